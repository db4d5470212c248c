"""A contribution that somebody adds by the recipe of CONTRIBUTING.md is a folder on each side and a name in a table: it
is then in the terminal, in the palette, views and tables of the editor, in the protocol, in the docs, in checks and in
backups."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lsp.client import Client
from rules.test_new_verb import copy_of

SERVER = {
    "__init__.py": '"""Notes about a workspace."""\n',
    "contribution.py": '''"""What the core knows of notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scoredock.features.contribution import Contribution, FolderWatch
from scoredock.progress import CancelToken
from scoredock.registry.upkeep.carried_part import CarriedNote, CarriedPart


class _CarriedNotes:
    """A `CarriedPart`."""

    files = r"notes/[a-z]{1,40}\\.txt"

    def members(self, workspace: Path, left_out: list[str]) -> Iterator[tuple[str, bytes | Path]]:
        yield from ((f"notes/{each.name}", each.read_bytes()) for each in (workspace / "notes").glob("*.txt"))

    def settle(self, workspace: Path) -> list[CarriedNote]:
        return []

    def problems(self, workspace: Path, *, deep: bool, cancel: CancelToken) -> Iterator[tuple[Path, str, str]]:
        return iter(())


class _Watch:
    """A `FolderWatch`."""

    def __init__(self) -> None:
        self._names: list[str] = []

    def has_changed(self, workspace: Path) -> bool:
        before, self._names = self._names, [each.name for each in (workspace / "notes").glob("*.txt")]
        return before != self._names


class _Notes(Contribution):
    noun = "note"
    help = "Notes: what a team writes down about a workspace."
    nameless = ("note/list",)

    def names(self, workspace: Path) -> Sequence[str]:
        return sorted(each.stem for each in (workspace / "notes").glob("*.txt"))

    def backup(self) -> Sequence[CarriedPart]:
        return (_CarriedNotes(),)

    def state_topics(self) -> Mapping[str, FolderWatch]:
        return {"notes": _Watch()}


CONTRIBUTION = _Notes()
''',
    "messages.py": '''"""Notes about a workspace."""

from __future__ import annotations

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True)
class NoteListParams:
    """All notes of a workspace."""

    workspace_id: str = ""
    """Empty for the active workspace."""


@dataclass(frozen=True)
class NoteNames:
    """In their order."""

    names: list[str]
''',
    "verbs.py": '''"""Notes are listed."""

from __future__ import annotations

from scoredock.contrib.notes import messages
from scoredock.contrib.notes.contribution import CONTRIBUTION
from scoredock.context import Context, Operation
from scoredock.verb import CliCommand, EditorCommand, verb


@verb(
    "note/list",
    terminal=CliCommand("note list", "List the notes of the workspace.", (), ("scoredock note list",)),
    editor=(EditorCommand("listNotes", "List Notes", "contrib/notes/listing", palette=""),),
)
def list_notes(params: messages.NoteListParams, context: Context, operation: Operation) -> messages.NoteNames:
    """Nothing is made by looking."""
    return messages.NoteNames(list(CONTRIBUTION.names(context.workspace(params.workspace_id).path)))
''',
    "terminal.py": '''"""`scoredock note …`."""

from __future__ import annotations

from argparse import Namespace

from scoredock.cli.command import OK, Command
from scoredock.cli.session import Session
from scoredock.contrib.notes import messages
from scoredock.contrib.notes.verbs import list_notes


def _list(options: Namespace, session: Session) -> int:
    result = list_notes(messages.NoteListParams(), session.context, session.operation())
    session.result(result, "\\n".join(result.names) or "no notes")
    return OK


COMMANDS = (Command("note list", _list),)
''',
    "checks/__init__.py": '"""What notes say of a workspace file."""\n',
    "checks/rules.py": """from scoredock.checks.trying_rules import RULES as RULES
""",
    "checks/contribution.py": """from scoredock.checks.contributions import ContributedChecks

CHECKS = ContributedChecks(
    "Notes", "scoredock.contrib.notes.checks.rules:RULES", remarks="scoredock.contrib.notes.checks.words:remarks"
)
""",
    "checks/words.py": """from scoredock.contrib.notes.checks.rules import RULES
from scoredock.text import Position, Range


def remarks(text, facts, kind):
    place = Range(Position(0, 0), Position(0, 1))
    return [RULES[0].finding(place, message="A note.", severity="warning")] if "note" in text else []
""",
}
EDITOR = {
    "contribution.ts": """/** Notes about a workspace. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";
import { LISTS } from "./lists";

export const notes: Contribution = { name: "notes", commands: COMMANDS, pages: {}, lists: LISTS };
""",
    "lists.ts": """/** The list of notes, below the services. No `vscode` here. */
import { concernsTopic } from "../../state/state";
import { type ListTable, wholePage } from "../../views/listKinds";

declare module "../../views/listId" {
  interface ListRefs {
    readonly notes: OfWorkspace;
  }
  interface RowRefs {
    readonly note: { readonly name: string };
  }
}

export const LISTS: ListTable<"notes", "note"> = {
  kinds: {
    notes: {
      ask: async ({ workspaceId }, { request }) => {
        const { names } = await request("scoredock/note/list", { workspaceId });
        return wholePage(names.map((name) => ({ kind: "note", name })));
      },
      nodes: () => [],
      follows: (change) => concernsTopic(change, "notes"),
      below: "services",
    },
  },
  rows: { note: ({ name }) => name },
};
""",
    "listing.ts": """/** Notes are listed. */
import type { App } from "../../app";

export async function listNotes(app: App): Promise<void> {
  await app.session.request("scoredock/note/list", {});
}
""",
}


@pytest.mark.long("contributions that stand are generated and checked at the gate")
def test_a_contribution_is_a_folder_on_each_side(root: Path, tmp_path: Path) -> None:
    copy = copy_of(root, tmp_path / "copy")
    for folder, files in (("pyserver/scoredock", SERVER), ("extension", EDITOR)):
        for name, text in files.items():
            path = copy / folder / "contrib" / "notes" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    table = copy / "pyserver" / "scoredock" / "contrib" / "table.py"
    table.write_text(
        table.read_text().replace("NAMES: tuple[str, ...] = (\n", 'NAMES: tuple[str, ...] = (\n    "notes",\n')
    )
    env = {**os.environ, "PYTHONPATH": str(copy / "pyserver"), "SCOREDOCK_HOME": str(tmp_path / "home")}

    def python(*words: str) -> str:
        done = subprocess.run([sys.executable, *words], cwd=copy, env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    python("pyserver/tools/generate.py")
    assert "Notes: what a team writes down" in python("-m", "scoredock.cli", "--help")
    assert python("-m", "scoredock.cli", "note", "list") == "no notes\n"
    (tmp_path / "model.bin").write_bytes(b"12345")
    python("-m", "scoredock.cli", "model", "register", str(tmp_path / "model.bin"), "--name", "m")
    home = next((tmp_path / "home").rglob("store.sqlite3")).parent
    (home / "notes").mkdir()
    (home / "notes" / "first.txt").write_text("a note")
    python("-m", "scoredock.cli", "workspace", "backup", str(tmp_path / "w.tar"))
    python("-m", "scoredock.cli", "workspace", "restore", str(tmp_path / "w.tar"), "--name", "again")
    assert python("-m", "scoredock.cli", "note", "list", "-w", "again") == "first\n"
    script = tmp_path / "score.py"
    script.write_text("# note\ndef init():\n    pass\n\n\ndef run(data):\n    return data\n")
    assert "A note." in python("-m", "scoredock.cli", "check", str(script))
    with Client(tmp_path / "home", command=[sys.executable, "-m", "scoredock.server", "--stdio"], env=env) as client:
        client.initialize(tmp_path)
        client.ask("scoredock/state/list", {"folders": [str(tmp_path)]})
        (home / "notes" / "second.txt").write_text("another")
        client.notified("scoredock/registry/changed", lambda params: params["others"] == ["notes"])
    types = [str(copy / "node_modules" / ".bin" / "tsc"), "--noEmit", "-p", "."]
    done = subprocess.run(types, cwd=copy, capture_output=True, text=True, timeout=300)
    assert not [line for line in done.stdout.splitlines() if "contrib/notes" in line], done.stdout
    package = json.loads((copy / "package.json").read_text("utf-8"))["contributes"]
    assert "scoredock.listNotes" in [each["command"] for each in package["commands"]]
    hidden = [each["command"] for each in package["menus"]["commandPalette"] if each.get("when") == "false"]
    assert "scoredock.listNotes" not in hidden
    assert "./notes/contribution" in (copy / "extension" / "contrib" / "table.ts").read_text("utf-8")
    assert '"scoredock/note/list"' in (copy / "extension" / "protocol.ts").read_text("utf-8")
    assert "`scoredock note list`" in (copy / "docs" / "cli.md").read_text("utf-8")
