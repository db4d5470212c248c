"""A contribution that somebody adds by the recipe of CONTRIBUTING.md is a folder on each side and a name in a table: it
is then in the terminal, in the palette and tables of the editor, in the protocol and in the docs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rules.test_new_verb import copy_of

SERVER = {
    "__init__.py": '"""Notes about a workspace."""\n',
    "contribution.py": '''"""What the core knows of notes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scoredock.features.contribution import Contribution


class _Notes(Contribution):
    noun = "note"
    help = "Notes: what a team writes down about a workspace."
    nameless = ("note/list",)

    def names(self, workspace: Path) -> Sequence[str]:
        return sorted(each.stem for each in (workspace / "notes").glob("*.txt"))


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
}
EDITOR = {
    "contribution.ts": """/** Notes about a workspace. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";

export const notes: Contribution = { name: "notes", commands: COMMANDS, pages: {} };
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
        (copy / folder / "contrib" / "notes").mkdir()
        for name, text in files.items():
            (copy / folder / "contrib" / "notes" / name).write_text(text)
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
    package = json.loads((copy / "package.json").read_text("utf-8"))["contributes"]
    assert "scoredock.listNotes" in [each["command"] for each in package["commands"]]
    hidden = [each["command"] for each in package["menus"]["commandPalette"] if each.get("when") == "false"]
    assert "scoredock.listNotes" not in hidden
    assert "./notes/contribution" in (copy / "extension" / "contrib" / "table.ts").read_text("utf-8")
    assert '"scoredock/note/list"' in (copy / "extension" / "protocol.ts").read_text("utf-8")
    assert "`scoredock note list`" in (copy / "docs" / "cli.md").read_text("utf-8")
