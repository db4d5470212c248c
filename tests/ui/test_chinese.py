"""The editor in Chinese: views, the list before a deployment, pages, messages and the walkthrough speak it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import ROOT
from desks import SHOTS
from workbench import fill, until, until_contains

if TYPE_CHECKING:
    from desks import Desk

HAN = re.compile(r"[\u3400-\u9fff]")
SCRIPT = """
import json
import os
from pathlib import Path


def init():
    global scale
    scale = int(Path(os.environ["AZUREML_MODEL_DIR"], "scale.bin").read_text())


def run(data):
    return sum(json.loads(data)["data"]) * scale
"""


def texts(name: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((ROOT / name).read_text(encoding="utf-8"))
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "adder"
    folder.mkdir()
    (folder / "score_adder.py").write_text(SCRIPT, encoding="utf-8")
    (folder / "scale.bin").write_text("2", encoding="utf-8")
    return folder


def picture(desk: Desk, name: str) -> None:
    """For somebody who reads Chinese; these are not committed."""
    if os.environ.get("SCOREDOCK_SHOTS"):
        desk.window.screenshot(SHOTS / f"chinese-{name}.png")


def buttons(desk: Desk, heading: str) -> list[str]:
    """Labels of the buttons of a page."""
    return [text.strip() for text in desk.window.webview(heading).locator("button").all_inner_texts() if text.strip()]


@pytest.mark.long("an editor of its own; that each text has a translation is a rule of the gate")
def test_the_editor_speaks_chinese(open_desk: Callable[..., Desk], project: Path) -> None:
    titles, words = (
        texts("package.nls.zh-cn.json"),
        texts("l10n/bundle.l10n.zh-cn.json"),
    )
    desk = open_desk(project, language="zh-cn")
    window = desk.window
    window.side.show("Scoredock")
    until_contains(lambda: window.side.welcome(titles["view.models"]), "注册模型")
    picture(desk, "empty")

    # Everything in one list before it is deployed.
    window.editor.open("score_adder.py")
    question = words["Press Enter to continue, or select what to change"]
    window.quick.ask(f"Scoredock: {titles['command.deploy']}", question, timeout=60)
    lines = window.quick.texts()
    assert words["Entry script"] in " ".join(lines), lines
    picture(desk, "summary")
    window.quick.pick(words["Deploy"])
    window.side.wait_row(titles["view.services"], "adder", words["Healthy"], timeout=120)
    model = window.side.wait_row(titles["view.models"], "scale")
    assert model.spoken.startswith("模型 scale"), model
    picture(desk, "views")

    # A request from the panel that has opened.
    panel = window.webview(words["Body"])
    assert panel.locator("#serviceState").inner_text() == words["Healthy"]
    fill(panel.locator("#body"), '{"data": [20, 1]}')
    panel.locator("#send").click()
    until(lambda: panel.locator("#answer").inner_text() == "42", "the response")

    window.quick.run_command("View: Close All Editors")
    window.side.press_row(titles["view.services"], "adder", "Enter")
    page = window.page_about(words["Overview"], words["Engine"], words["process"])
    assert words["Healthy"] in page
    assert [
        label for label in buttons(desk, words["Overview"]) if not HAN.search(label) and "swagger" not in label
    ] == []
    picture(desk, "page")

    window.quick.run_command("Welcome: Open Walkthrough...")
    window.quick.choose(titles["walkthrough.title"])
    steps = window.page.locator(".getting-started-step")
    steps.first.wait_for()
    until_contains(lambda: " ".join(steps.all_inner_texts()), titles["walkthrough.refused.title"])
    picture(desk, "walkthrough")
