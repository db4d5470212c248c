"""Saving is enough: the service answers by the new code, or says at the line why it still answers by the old one."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import Window, until

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """import threshold


def init():
    bias = int("3")
    print("ready", bias)


def run(data):
    answer = 10
    return [answer, threshold.LIMIT]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An entry script and a module of its own, without a model."""
    folder = tmp_path / "churn"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "threshold.py").write_text("LIMIT = 5\n")
    return folder


def post(uri: str) -> list[int]:
    """What any client gets."""
    request = urllib.request.Request(uri, b"[1]", {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        found: list[int] = json.loads(answer.read())
        return found


def deployed(desk: Desk) -> str:
    """The address of a service from the whole folder."""
    made = desk.scoredock("service", "deploy", "churn", "--entry-script", "score.py", "--source-directory", ".")
    desk.window.side.show("Scoredock")
    desk.window.side.wait_row("Services", "churn", "Healthy", timeout=60)
    return str(made["scoringUri"])


def open_script(window: Window) -> None:
    """Once its lenses are there, which push the text down."""
    window.editor.open("score.py")
    until(lambda: window.editor.lenses(), "the lenses above init()")


@pytest.mark.long(
    "an editor of its own; tests/lsp saves by the same notification (test_reload.py), and the client that sends it is"
    " not ours"
)
def test_a_save_is_served_without_a_click(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window = desk.window
    uri = deployed(desk)
    window.side.press_inline("Services", "churn", "Send Request")
    panel = window.webview("Send")
    body = panel.locator("#body")
    until(lambda: body.input_value() != "", "a body")
    body.press("Control+Enter")
    answer = panel.locator("#answer")
    until(lambda: "10" in answer.inner_text(), "the first answer")

    open_script(window)
    window.editor.replace_word("10", "77")
    window.editor.save()
    saved = time.monotonic()
    until(lambda: post(uri) == [77, 5], "the new answer", every=0.01)
    print(f"saved in the editor to the new answer: {(time.monotonic() - saved) * 1000:.0f} ms")
    window.side.wait_row("Services", "churn", "reloaded")
    window.side.press_inline("Services", "churn", "Send Request")
    panel = window.webview("Send")
    answer = panel.locator("#answer")
    panel.locator("#body").press("Control+Enter")
    until(lambda: "77" in answer.inner_text(), "the new answer in the panel")

    # A module that it imports, and a change that another program makes.
    window.editor.open("threshold.py")
    window.editor.replace_word("5", "6")
    window.editor.save()
    until(lambda: post(uri) == [77, 6], "the module's new value")
    (project / "threshold.py").write_text("LIMIT = 9\n")
    until(lambda: post(uri) == [77, 9], "the value that another program wrote", timeout=30)
    window.status.wait("churn reloaded")
    assert window.notices.texts() == [], "nobody is interrupted"

    # The verb takes what is typed as well: it saves, which begins a reload by itself, and reloads after that.
    open_script(window)
    window.editor.replace_word("77", "88")
    window.side.choose("Services", "churn", "Reload Files")
    until(lambda: post(uri) == [88, 9], "what was typed")
    until(lambda: window.notices.texts() == [], "the progress to end, and no complaint")


@pytest.mark.long("tests/lsp has the diagnostic of a refused reload; a save that is served stays at the gate")
def test_a_refused_reload_shows_its_line_while_the_old_code_answers(
    open_desk: Callable[..., Desk], project: Path
) -> None:
    desk = open_desk(project)
    window = desk.window
    uri = deployed(desk)
    open_script(window)
    window.editor.replace_word("3", "three")
    window.editor.save()
    problem = window.panel.wait_problem("init-failed", timeout=60)
    assert "ValueError: invalid literal" in problem.message
    assert problem.source == "scoredock"
    assert "Ln 5" in problem.place
    row = window.side.wait_row("Services", "churn", "reload refused")
    assert "Healthy" in row.text
    window.side.wait_row("Services", "score.py:5")
    assert post(uri) == [10, 5]
    desk.picture("reload-refused")

    window.editor.replace_word("three", "4")
    window.panel.wait_no_problem("init-failed")
    window.editor.save()
    until(
        lambda: "reload refused" not in window.side.wait_row("Services", "churn").text, "the row without it", timeout=30
    )
    assert post(uri) == [10, 5]
    window.editor.replace_word("10", "11")
    window.editor.save()
    until(lambda: post(uri) == [11, 5], "the mended code")
    assert window.notices.texts() == []


@pytest.mark.long("the setting is tested in tests/lsp, and test_services.py deploys with it off at the gate")
def test_it_can_be_turned_off(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project, settings={"scoredock.services.reloadOnSave": False})
    window = desk.window
    uri = deployed(desk)
    open_script(window)
    window.editor.replace_word("10", "77")
    window.editor.save()
    assert desk.scoredock("service", "reload", "churn")["service"]["revision"] == 2, "it was not reloaded before"
    assert post(uri) == [77, 5]
