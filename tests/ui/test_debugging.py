"""F5 in an entry script, by mouse and keyboard: deployed, stopped at a line of run(), and answering when it goes on."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from debugging.dap import debugger_python
from workbench import Window, until
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
OF_THIS_SCRIPT = "Scoredock: Debug Service of This Script"
LIMIT = 1.5
"""Seconds that a request may take."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "adder"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    limits = {"computeType": "aks", "authEnabled": False, "scoringTimeoutMs": int(LIMIT * 1000)}
    (folder / "deploymentconfig.json").write_text(json.dumps(limits))
    (folder / "notes.py").write_text("print('no entry script')\n")
    return folder


class Request:
    """One request from outside the editor, under way until it is asked for."""

    def __init__(self, address: str, body: str) -> None:
        self._answers: list[requests.Response] = []
        self._thread = threading.Thread(
            target=lambda: self._answers.append(requests.post(address, data=body, timeout=240)), daemon=True
        )
        self._thread.start()

    def under_way(self) -> bool:
        return self._thread.is_alive()

    def answer(self) -> tuple[int, str]:
        self._thread.join(240)
        assert self._answers, "no answer"
        return self._answers[0].status_code, self._answers[0].text


def press_f5(window: Window, ours: Callable[[], bool]) -> None:
    """F5 in the text of the script, until it was ours.

    The editor learns that an entry script is in front a moment after that has the keyboard. A key that comes before is
    its own, and then it asks for a debugger.
    """

    def refused() -> bool:
        return any("is under way" in text for text in window.notices.texts())

    def pressed() -> bool:
        window.editor.click("up")
        window.press("F5")
        until(lambda: ours() or window.quick.is_open() or refused(), "F5 to be taken", timeout=60)
        if refused():
            # The service answers a moment before the change that it comes from has ended; one is told to try again.
            window.notices.clear()
            return False
        with contextlib.suppress(AssertionError):
            return until(ours, "our F5", timeout=1)
        window.quick.cancel()
        return False

    until(pressed, "F5 to be ours")


@pytest.mark.long("tests/deploy stops at a line in a process and in a container")
def test_f5_in_an_entry_script_stops_in_run(open_desk: Callable[..., Desk], project: Path, tmp_path: Path) -> None:
    def debugger(home: Path) -> Path:
        return debugger_vsix(tmp_path / "debugger.vsix", debugger_python(home))

    desk = open_desk(project, extension=debugger)
    window = desk.window
    window.editor.open("score.py")
    until(lambda: "Deploy" in window.editor.lenses(), "the lens of an entry script", timeout=60)
    assert window.quick.offers_command(OF_THIS_SCRIPT)
    window.editor.open("notes.py")
    assert not window.quick.offers_command(OF_THIS_SCRIPT), "F5 elsewhere is the editor's own"
    window.editor.open("score.py")
    until(lambda: "Deploy" in window.editor.lenses(), "the lens of an entry script")
    x, y = window.editor.place("total = sum")
    margin = window.page.locator(".part.editor .monaco-editor .glyph-margin").first.bounding_box()
    assert margin is not None
    assert x > margin["x"]
    window.page.mouse.click(margin["x"] + margin["width"] / 2, y)
    until(lambda: window.page.locator(".codicon-debug-breakpoint").count() > 0, "a breakpoint in the margin")

    # Nothing is deployed and there is no launch.json: F5 asks what a deployment asks, and goes on from there.
    press_f5(window, lambda: "Deploy score.py to Debug It" in window.quick.heading())
    window.quick.go_on()
    window.page.locator(".debug-toolbar").wait_for(timeout=120_000 * STRETCH)

    def service() -> dict[str, object]:
        return desk.scoredock("service", "list")["services"][0]  # type: ignore[no-any-return]

    until(lambda: (service()["revision"], service()["state"]) == (2, "Healthy"), "the debugged revision", timeout=90)
    address = str(service()["scoringUri"])
    request = Request(address, '{"data": [40, 2]}')
    line = window.page.locator(".debug-top-stack-frame-line").first
    line.wait_for(timeout=30_000 * STRETCH)
    window.status.wait(f"Ln {TOTAL}")
    if not request.under_way():
        raise AssertionError(request.answer())
    # As long as the person stands there, no time-out runs.
    stood = time.monotonic()
    while request.under_way() and time.monotonic() < stood + 2 * LIMIT:
        time.sleep(0.1)
    assert request.under_way()
    assert requests.get(address.removesuffix("/score"), timeout=60).status_code == 200
    window.press("F5")
    assert request.answer() == (200, "42")

    window.press("Shift+F5")
    window.page.locator(".debug-toolbar").wait_for(state="hidden", timeout=60_000 * STRETCH)
    # The environment is another one as soon as the restart begins.
    until(
        lambda: "debugpy" not in str(service()["environment"]) and service()["state"] == "Healthy",
        "the service without the debugger",
        timeout=60,
    )
    assert Request(address, '{"data": [1]}').answer() == (200, "1")

    # By now there is a service: the same key goes straight to it.
    press_f5(window, lambda: window.page.locator(".debug-toolbar").is_visible())
    until(lambda: (service()["revision"], service()["state"]) == (3, "Healthy"), "the debugged revision", timeout=90)
    # Restart, the editor's own: a revision of what is typed by now, under the debugger as before.
    window.editor.replace_word("sum", "max")
    window.press("Control+Shift+F5")
    until(lambda: (service()["revision"], service()["state"]) == (4, "Healthy"), "the restarted session", timeout=90)
    request = Request(str(service()["scoringUri"]), '{"data": [40, 2]}')
    line.wait_for(timeout=30_000 * STRETCH)
    assert request.under_way()
    window.press("F5")
    assert request.answer() == (200, "40")
    window.press("Shift+F5")


@pytest.mark.long("the test above asks the palette the same at the gate; here it is a window without a debugger")
def test_f5_elsewhere_is_the_editors_own(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window = desk.window
    window.editor.open("score.py")
    until(lambda: "Deploy" in window.editor.lenses(), "the lens of an entry script", timeout=60)
    assert window.quick.offers_command(OF_THIS_SCRIPT)
    window.editor.open("notes.py")
    assert not window.quick.offers_command(OF_THIS_SCRIPT)


def launch(project: Path, **said: str) -> None:
    """What the person has written into launch.json."""
    configuration = {"type": "scoredock", "request": "launch", "name": "mine", **said}
    (project / ".vscode").mkdir(exist_ok=True)
    (project / ".vscode" / "launch.json").write_text(
        json.dumps({"version": "0.2.0", "configurations": [configuration]})
    )


@pytest.mark.long("F5 without a launch.json runs the same commands at the gate; this is another minute of the editor")
def test_a_configuration_of_launch_json_does_the_same(
    open_desk: Callable[..., Desk], project: Path, tmp_path: Path
) -> None:
    def debugger(home: Path) -> Path:
        return debugger_vsix(tmp_path / "debugger.vsix", debugger_python(home))

    launch(project, entryScript="${workspaceFolder}/score.py")
    desk = open_desk(project, extension=debugger)
    window = desk.window

    def service() -> dict[str, object]:
        return desk.scoredock("service", "list")["services"][0]  # type: ignore[no-any-return]

    def debugged(revision: int) -> None:
        window.page.locator(".debug-toolbar").wait_for(timeout=120_000 * STRETCH)
        until(lambda: (service()["revision"], service()["state"]) == (revision, "Healthy"), "the revision", timeout=90)
        window.press("Shift+F5")
        window.page.locator(".debug-toolbar").wait_for(state="hidden", timeout=60_000 * STRETCH)
        until(
            lambda: "debugpy" not in str(service()["environment"]) and service()["state"] == "Healthy",
            "the service without the debugger",
            timeout=60,
        )

    window.editor.open("notes.py")
    window.editor.click("print")
    window.press("F5")
    until(lambda: "Deploy score.py to Debug It" in window.quick.heading(), "what a deployment asks", timeout=60)
    window.quick.go_on()
    debugged(2)
    launch(project, service=str(service()["name"]))
    window.editor.open("notes.py")
    window.editor.click("print")
    window.press("F5")
    debugged(3)
