"""Who may import whom in the extension, as eslint.imports.mjs says it; the README of each folder says the same."""

from __future__ import annotations

import functools
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

RULES = Path(__file__).parent
EXTENSION = RULES.parent.parent / "extension"


def _lint(texts: dict[str, str]) -> Any:
    done = subprocess.run(
        ["node", str(RULES / "lint_texts.mjs")],
        input=json.dumps(texts),
        cwd=RULES.parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


PLANTED = {
    "extension/views/planted.ts": 'import { registerCommands } from "../commands";',
    "extension/text/planted.ts": 'import * as vscode from "vscode";',
    "extension/state/planted.ts": 'import type { Tree } from "../views/tree";',
    "extension/editor/planted.ts": 'import { LanguageClient } from "vscode-languageclient/node";',
    "extension/protocol.ts": 'import { bytes } from "./text/format";',
    "extension/commands/models/planted.ts": 'import { deploy } from "../services/deploy";',
    "extension/commands/interaction/planted.ts": 'import { HANDLERS } from "../index";',
    "extension/commands/images/planted.ts": 'export { activate } from "../../main";',
    "extension/contrib/drift/planted.ts": 'import { runBatch } from "../batch/scoring";',
    "extension/contrib/drift/plantedContent.ts": 'import * as vscode from "vscode";',
    "extension/pages/planted.ts": 'import { driftContent } from "../contrib/drift/driftContent";',
    "extension/commands/services/planted.ts": 'import { drift } from "../../contrib/drift/contribution";',
    "extension/planted.ts": 'import { drift } from "./contrib/drift/contribution";',
}
ALLOWED = {
    "extension/views/allowed.ts": 'import type { State } from "../state/state";',
    "extension/commands/services/allowed.ts": (
        'import { busy } from "../interaction/progress";\nimport { tell } from "../../editor/notifications";'
    ),
    "extension/contrib/drift/allowed.ts": 'import { tell } from "../../editor/notifications";',
    "extension/allowed.ts": 'import { CONTRIBUTIONS } from "./contrib/table";',
    "extension/session/session.ts": 'import { LanguageClient } from "vscode-languageclient/node";',
}


@functools.cache
def linted() -> Any:
    return _lint(PLANTED | ALLOWED)


@pytest.mark.parametrize("path", PLANTED)
def test_a_planted_import_is_noticed(path: str) -> None:
    assert "restricted" in " ".join(linted()["found"][path])


@pytest.mark.parametrize("path", ALLOWED)
def test_an_import_that_is_allowed_is_none(path: str) -> None:
    assert linted()["found"][path] == []


def folders() -> list[str]:
    return sorted({str(path.parent.relative_to(EXTENSION)) for path in EXTENSION.glob("*/**/*.ts")})


@pytest.mark.parametrize("folder", folders())
def test_every_folder_says_what_lives_there_and_what_it_may_import(folder: str) -> None:
    readme = (EXTENSION / folder / "README.md").read_text(encoding="utf-8")
    assert readme.startswith(f"# {folder}\n")
    assert re.search(r"^Door: .", readme, re.MULTILINE)
    may = re.search(r"^May import: (.*)$", readme, re.MULTILINE)
    assert may is not None
    tables = linted()["tables"]
    if folder.startswith("commands/"):
        expected = [*tables["COMMANDS"][folder.removeprefix("commands/")], "commands"]
    elif folder.startswith("contrib/"):
        expected = ["contrib"]
    else:
        expected = tables["FOLDERS"][folder]
    assert re.findall(r"`(\w+)`", may[1]) == expected


def test_no_folder_may_import_one_that_may_import_it() -> None:
    """A folder comes after all that it may import."""
    tables = linted()["tables"]
    for table, outside in (
        (tables["FOLDERS"], {"app", "protocol", "window", "contribution"}),
        (tables["COMMANDS"], set[str]()),
    ):
        before = set(outside)
        for folder, allowed in table.items():
            assert set(allowed) <= before, folder
            before.add(folder)
