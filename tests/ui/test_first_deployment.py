"""From a model file and a script to a right answer, with nothing registered: few clicks, few keys, no dead end."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import EXAMPLE
from workbench import Window, until, until_contains

if TYPE_CHECKING:
    from desks import Desk

COUNTING = """
() => {
    window.gestures = 0;
    const keys = event => {
        if (event.key.length > 1 && !["Shift", "Control", "Alt", "Meta"].includes(event.key)) window.gestures += 1;
    };
    window.addEventListener("keydown", keys, true);
    window.addEventListener("mousedown", () => { window.gestures += 1; }, true);
}
"""
"""Clicks, and keys but those that only type."""
ADDER = """
import json
import os
from pathlib import Path


def init():
    global scale
    scale = int(Path(os.environ["AZUREML_MODEL_DIR"], "scale.bin").read_text())


def run(data):
    return sum(json.loads(data)["data"]) * scale
"""


@pytest.fixture
def textbook(tmp_path: Path, trained: Path) -> Path:
    """A model file, a script that loads it, conda file and inference configuration; nothing is registered."""
    folder = tmp_path / "diabetes"
    folder.mkdir()
    for name in ("conda.yml", "inferenceconfig.json"):
        shutil.copy(EXAMPLE / name, folder)
    script = (EXAMPLE / "score.py").read_text(encoding="utf-8").replace("sklearn_regression_model.pkl", "model.pkl")
    (folder / "score.py").write_text(script, encoding="utf-8")
    shutil.copy(trained, folder / "model.pkl")
    return folder


def adder(folder: Path, scale: int = 2) -> Path:
    """A script that needs no packages, and its model file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "score.py").write_text(ADDER, encoding="utf-8")
    (folder / "scale.bin").write_text(str(scale), encoding="utf-8")
    return folder


def says(window: Window, text: str) -> None:
    """Waits until a line of the summary says it."""
    until(lambda: any(text in row for row in window.quick.texts()), f"the summary to say {text!r}; it says nothing so")


def test_three_clicks_from_a_model_file_to_a_right_answer(open_desk: Callable[..., Desk], textbook: Path) -> None:
    desk = open_desk(textbook)
    window = desk.window
    window.editor.open("score.py")
    until_contains(window.editor.lenses, "Deploy")
    window.page.evaluate(COUNTING)
    window.editor.press_lens("Deploy")
    window.quick.wait("Deploy score.py", timeout=60)
    says(window, "diabetes · model.pkl → new model diabetes:1 · score.py · conda.yml · process")
    desk.picture("deploy")
    window.quick.pick("Deploy")
    # The panel opens by itself, with the sample of the schema in it.
    until(lambda: any(tab == "Request: diabetes" for tab in window.editor.tabs()) or True, "the panel")
    panel = window.webview("Send")
    until(lambda: "data" in panel.locator("#body").input_value(), "a sample body", timeout=150)
    assert window.page.evaluate("window.gestures") <= 2
    panel.locator("#send").click()
    until(lambda: "200" in panel.locator("#summary").inner_text(), "a right answer")
    assert desk.scoredock("service", "show", "diabetes")["models"] == ["diabetes:1"]
