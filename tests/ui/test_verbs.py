"""Debug by mouse and keyboard, from the row of a service."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from debugging.dap import debugger_python
from workbench import until, until_contains
from workbench.debugger import debugger_vsix
from workbench.wait import STRETCH

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = """\
import json


def init():
    print("up")


def run(data):
    rows = json.loads(data)
    total = sum(rows["data"])
    return total
"""
TOTAL = 10


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "adder"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "weights.bin").write_bytes(b"1234")
    return folder


def deployed(desk: Desk, project: Path) -> None:
    desk.scoredock("service", "deploy", "adder", "--entry-script", str(project / "score.py"))
    desk.window.side.show("Scoredock")
    desk.window.side.wait_row("Services", "adder", "Healthy", timeout=60)


@pytest.mark.long("test_debugging.py shows the other way, with the debugger")
def test_without_the_debugger_the_way_to_it_is_offered(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    deployed(desk, project)
    desk.window.side.choose("Services", "adder", "Debug")
    desk.window.notices.wait("the editor needs the Python Debugger extension")


@pytest.mark.long("test_debugging.py stops at a breakpoint at the gate")
def test_a_breakpoint_stops_the_service_in_the_editor(
    open_desk: Callable[..., Desk], project: Path, tmp_path: Path
) -> None:
    desk = open_desk(project, own=True)
    deployed(desk, project)
    spec = desk.home / "workspaces" / "local" / "services" / "adder" / "spec.json"
    desk.server.install(debugger_vsix(tmp_path / "debugger.vsix", debugger_python(desk.home)))
    window = desk.open_window()
    window.editor.open("score.py")
    window.editor.reveal(TOTAL)
    window.press("F9")
    until(lambda: window.page.locator(".codicon-debug-breakpoint").count() > 0, "a breakpoint in the margin")

    window.side.show("Scoredock")
    window.side.wait_row("Services", "adder", "Healthy", timeout=60)
    window.side.choose("Services", "adder", "Debug")
    window.page.locator(".debug-toolbar").wait_for(timeout=60_000 * STRETCH)
    until(lambda: desk.scoredock("service", "show", "adder")["revision"] == 2, "the new revision to serve", timeout=90)

    answers: list[Any] = []
    body = json.dumps({"data": [40, 2]})
    asking = threading.Thread(target=lambda: answers.append(desk.scoredock("service", "call", "adder", "-d", body)))
    asking.start()
    assert "AZUREML_DEBUG_PORT" in spec.read_text()
    line = window.page.locator(".debug-top-stack-frame-line").first
    line.wait_for(timeout=30_000 * STRETCH)
    until_contains(window.editor.tabs, "score.py")
    desk.picture("debug")
    window.press("F5")
    asking.join(240)
    assert answers[0]["body"] == "42"

    # The editor's own Restart, with a line that was written meanwhile.
    window.editor.click("return total")
    window.press("End")
    window.page.keyboard.type(" + 1")
    window.editor.save()
    window.press("Control+Shift+F5")
    until(lambda: desk.scoredock("service", "show", "adder")["revision"] == 3, "the next revision to serve", timeout=90)
    asking = threading.Thread(target=lambda: answers.append(desk.scoredock("service", "call", "adder", "-d", body)))
    asking.start()
    line.wait_for(timeout=30_000 * STRETCH)
    window.press("F5")
    asking.join(240)
    assert answers[1]["body"] == "43"

    window.press("Shift+F5")
    until(lambda: "AZUREML_DEBUG_PORT" not in spec.read_text(), "the service to run without the debugger", timeout=60)
    until(
        lambda: desk.scoredock("service", "show", "adder")["state"] == "Healthy", "the service to be well", timeout=60
    )
    assert desk.scoredock("service", "call", "adder", "-d", body)["body"] == "43"
