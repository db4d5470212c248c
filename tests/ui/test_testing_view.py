"""The Testing view beyond a plain run: tests under the debugger, and tests that run again when something is saved."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from debugging.dap import debugger_python
from workbench import Window, until
from workbench.debugger import debugger_vsix
from workbench.wait import STRETCH

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = '''"""Adds up."""

import json


def init():
    print("up")


def run(raw_data):
    numbers = json.loads(raw_data)["data"]
    total = sum(numbers)
    return {"sum": total}
'''
TOTAL = 12
TIMEOUT = 1.0
"""Seconds that a response may take by the deployment configuration, and by what the test expects."""
TESTS = """### two numbers
# @expect status 200
# @expect time < 500 ms
# @expect body {"sum": 3}
POST http://127.0.0.1:6789/score
Content-Type: application/json

{"data": [1, 2]}
"""
FILE = "tests.http"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "adding"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "deploymentconfig.json").write_text(
        f'{{"computeType": "aks", "authEnabled": false, "scoringTimeoutMs": {int(TIMEOUT * 1000)}}}'
    )
    (folder / FILE).write_text(TESTS)
    return folder


def states(window: Window) -> list[str]:
    """Of the rows of the view, as they are read out."""
    read = "rows => rows.map(row => row.getAttribute('aria-label') ?? '')"
    return window.page.get_by_role("treeitem").evaluate_all(read)  # type: ignore[no-any-return]


def shows(window: Window, state: str) -> bool:
    return any(state in each for each in states(window))


def open_view(window: Window) -> None:
    """With the tests of the only file."""
    window.side.show("Scoredock")
    window.side.show("Testing")
    until(lambda: shows(window, FILE), "the file in the view", timeout=60)
    window.page.get_by_role("treeitem").first.click()
    window.page.keyboard.press("ArrowRight")
    until(lambda: shows(window, "two numbers"), "the test of the file")


@pytest.mark.long("two debug sessions in an editor of its own; tests/deploy debugs a test at the gate")
def test_a_breakpoint_stops_while_a_test_runs(open_desk: Callable[..., Desk], project: Path, tmp_path: Path) -> None:
    def debugger(home: Path) -> Path:
        return debugger_vsix(tmp_path / "debugger.vsix", debugger_python(home))

    desk = open_desk(project, extension=debugger)
    window = desk.window
    open_view(window)
    window.editor.open("score.py")
    x, y = window.editor.place("total = sum")
    margin = window.page.locator(".part.editor .monaco-editor .glyph-margin").first.bounding_box()
    assert margin is not None
    assert x > margin["x"]
    window.page.mouse.click(margin["x"] + margin["width"] / 2, y)
    until(
        lambda: window.page.locator(".codicon-debug-breakpoint").count() > 0,
        "a breakpoint in the margin",
    )

    window.quick.run_command("Test: Debug All Tests")
    line = window.page.locator(".debug-top-stack-frame-line").first
    line.wait_for(timeout=180_000 * STRETCH)
    window.status.wait(f"Ln {TOTAL}")
    # A person who looks at a line for longer than any limit still gets the answer.
    stood = time.monotonic()
    while time.monotonic() < stood + 2 * TIMEOUT:
        assert line.is_visible()
        time.sleep(0.1)
    desk.picture("testing-debugger")
    window.press("F5")
    window.side.show("Testing")
    until(lambda: shows(window, "two numbers (Passed)"), "the test to pass", timeout=60)
    window.page.locator(".debug-toolbar").wait_for(state="hidden", timeout=60_000 * STRETCH)
    until(lambda: not desk.service_processes(), "the temporary service to be gone")

    # The end of the session is the end of the run.
    window.quick.run_command("Test: Debug Last Run")
    line.wait_for(timeout=60_000 * STRETCH)
    window.press("Shift+F5")
    window.page.locator(".debug-toolbar").wait_for(state="hidden", timeout=60_000 * STRETCH)
    until(lambda: not desk.service_processes(), "the temporary service to be gone")


@pytest.mark.long("an editor of its own; which files concern a test is asked by tests/extension")
def test_tests_run_again_when_the_script_is_saved(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window = desk.window
    open_view(window)
    window.quick.run_command("Test: Start Continuous Run")
    # The editor asks for the profile that runs then; its list has ours.
    window.quick.wait("Select profiles to run when files change")
    assert sorted(window.quick.labels()) == [
        "Run against the Running Service",
        "Run in a Temporary Service",
    ]
    window.quick.choose("Run in a Temporary Service")
    window.quick.press_ok()
    window.editor.open("score.py")
    window.editor.replace_word("sum", "max")
    window.editor.save()
    until(
        lambda: shows(window, "two numbers (Failed)"),
        "the test to run again",
        timeout=120,
    )
    desk.picture("testing-continuous")
    # Two changes, one right after the other: the tests of the first give way, those of the second count.
    window.editor.replace_word("max", "min")
    window.editor.save()
    window.editor.replace_word("min", "sum")
    window.editor.save()
    until(
        lambda: shows(window, "two numbers (Passed)"),
        "the tests of the last change",
        timeout=120,
    )
    # Once it is switched off, tests run when they are asked for.
    window.quick.run_command("Test: Stop Continuous Run")
    window.editor.replace_word("sum", "max")
    window.editor.save()
    window.quick.run_command("Test: Run All Tests")
    until(
        lambda: shows(window, "two numbers (Failed)"),
        "the run that was asked for",
        timeout=120,
    )
