"""Text of others comes to the editor's window by extension/window.ts alone, as eslint.window.mjs says it."""

from __future__ import annotations

import functools
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

RULES = Path(__file__).parent

FORBIDDEN = {
    "a list": "vscode.window.showQuickPick([name]);",
    "a list that stays": "const pick = vscode.window.createQuickPick();",
    "a box": "void vscode.window.showInputBox({ value });",
    "a message": "await vscode.window.showErrorMessage(name);",
    "progress": "void vscode.window.withProgress({ location, title }, work);",
    "the status bar": "vscode.window.setStatusBarMessage(name, 1);",
    "by another name": "const { window } = vscode; window.showWarningMessage(name);",
    "taken out": "const { showInputBox } = vscode.window;",
    "by its text": 'vscode.window["showQuickPick"]([name]);',
    "the head of a tab": "this.view.title = titleOf(page);",
}
ALLOWED = {
    "the door": 'import { showQuickPick } from "../window"; void showQuickPick([name]);',
    "a document": "await vscode.window.showTextDocument(uri);",
    "the head of a tab, escaped": "view.title = inRow(titleOf(page));",
}


@functools.cache
def _linted() -> Any:
    texts = {f"extension/panels/{name}.ts": text for name, text in (FORBIDDEN | ALLOWED).items()}
    texts["extension/window.ts"] = FORBIDDEN["a list"]
    done = subprocess.run(
        ["node", str(RULES / "lint_texts.mjs")],
        input=json.dumps(texts),
        cwd=RULES.parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)["found"]


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_planted_call_past_the_door_is_noticed(name: str) -> None:
    assert [message for message in _linted()[f"extension/panels/{name}.ts"] if "text of others" in message] != []


@pytest.mark.parametrize("path", [*(f"extension/panels/{name}.ts" for name in ALLOWED), "extension/window.ts"])
def test_the_door_itself_and_other_calls_are_allowed(path: str) -> None:
    assert _linted()[path] == []


def test_every_check_has_these_rules() -> None:
    """The table is one thing, that eslint reads it another."""
    assert "...windowRules" in (RULES.parent.parent / "eslint.config.mjs").read_text(encoding="utf-8")
