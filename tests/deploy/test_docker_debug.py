"""A debugger in an editor stops a service in a container, over a real daemon, as it stops one in a process."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent
from scoredock.services.debug import debug
from scoredock.services.request import UpdateRequest

from debugging.dap import Editor
from deploy.debugged import RETURN, SCRIPT, TOTAL, Start, editor_for, mappings
from deploy.docked import Docked
from pace import patience
from ports import free_port
from scoredock_runtime.contract import DEBUG_PORT_VARIABLE

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

IMAGE_SECONDS = 200.0
"""The first start for a debugger makes the image with it."""


def begun(docked: Docked, editor: Editor, cancel: CancelToken | None = None) -> Start:
    return Start(lambda: debug(docked.deployments, "svc-one", editor.port, Silent(), cancel or CancelToken()))


def go(editor: Editor, breakpoints: dict[Path, list[int]]) -> dict[Path, list[bool]]:
    return editor.begin(breakpoints, patience(IMAGE_SECONDS))


def begin_request(docked: Docked, body: str) -> tuple[threading.Thread, list[str]]:
    """A request under way, and where its answer will be."""
    answers: list[str] = []

    def ask() -> None:
        try:
            answers.append(docked.answer(body=body))
        except ScoredockError as error:
            answers.append(error.code)

    asking = threading.Thread(target=ask)
    asking.start()
    return asking, answers


FURTHER = pytest.mark.long("the other of two ways to the same end; both are at the gate for services in processes")


@pytest.mark.parametrize("kind", [pytest.param("a script alone", marks=FURTHER), "a source directory"])
def test_a_breakpoint_in_run_stops_at_the_line_in_the_editor(docked: Docked, kind: str) -> None:
    if kind == "a script alone":
        script = docked.write("score.py", SCRIPT)
        view = docked.deploy(entry_script=str(script))
    else:
        script = docked.write("src/inner/score.py", SCRIPT)
        view = docked.deploy(entry_script=str(script), source_directory=str(docked.project / "src"))
    # Edited since: what is debugged is what the editor shows.
    script.write_text("# one line more\n" + script.read_text())
    with editor_for(docked) as editor:
        editor.listen(mappings(docked))
        start = begun(docked, editor)
        assert go(editor, {script: [TOTAL + 1]}) == {script: [True]}
        debugged = start.end()
        assert (debugged.state, debugged.engine, debugged.port) == ("Healthy", "docker", view.port)
        asking, answers = begin_request(docked, "[1, 2, 3]")
        assert editor.stopped() == (str(script), TOTAL + 1, "run")
        assert docked.deployments.service("svc-one").state == "Healthy", "health answers while the script stands still"
        with pytest.raises(ScoredockError, match="connected to a debugger"):
            docked.deployments.reload("svc-one")
        editor.go_on()
        asking.join(patience(30))
        assert answers == ["6"]
        editor.disconnect()
    assert docked.answer(body="[4]") == "4"
    current = docked.deployments.ledger.require("svc-one").current
    assert current is not None
    assert current.spec is not None
    assert DEBUG_PORT_VARIABLE not in current.spec.variables
    view = docked.deployments.restart("svc-one")
    assert (view.state, "debugpy" in view.environment) == ("Healthy", False)
    assert docked.answer(body="[5]") == "5"
    assert docked.deployments.reload("svc-one", force=True).outcome == "reloaded"


@pytest.mark.long("a breakpoint in run() stops at the gate")
def test_it_stops_in_init_without_a_time_out_and_begins_anew_at_the_same_port(docked: Docked) -> None:
    """As after F5, and after Restart in the editor, which listens where it did; the container stays."""
    script = docked.write("score.py", SCRIPT)
    docked.deploy(entry_script=str(script))
    docked.deployments.settings = type(docked.deployments.settings)(
        start_timeout=1.0,
        stop_grace=1.0,
        docker=docked.deployments.settings.docker,
        base_image=docked.deployments.settings.base_image,
    )
    port = free_port()
    for revision in (2, 3):
        with editor_for(docked) as editor:
            editor.port = port
            editor.listen(mappings(docked))
            start = begun(docked, editor)
            go(editor, {script: [6]})
            assert editor.stopped() == (str(script), 6, "init")
            assert docked.answer(body="[5]") == "5", "the old revision serves on"
            time.sleep(1.5)  # longer than the start may take
            editor.go_on()
            assert start.end().revision == revision
            editor.disconnect()
        assert docked.answer(body="[7]") == "7"
    assert len(docked.containers()) == 2, "one holds the network; the debugged one took the next revision up"


@pytest.mark.long(
    "the same for a service in a process is at the gate (test_debug), and how its debugger is reached in a container"
)
def test_a_program_that_the_script_starts_is_debugged_as_well(docked: Docked) -> None:
    """It has a connection of its own to the editor."""
    docked.write("src/child.py", "print('child ran', flush=True)\n")
    script = docked.write(
        "src/score.py",
        """
        import pathlib, subprocess, sys

        def init():
            pass

        def run(data):
            child = pathlib.Path(__file__).parent / "child.py"
            return subprocess.run([sys.executable, str(child)], capture_output=True, text=True).stdout
        """,
    )
    docked.deploy(entry_script=str(script), source_directory=str(docked.project / "src"))
    with editor_for(docked) as editor:
        editor.listen(mappings(docked))
        start = begun(docked, editor)
        go(editor, {})
        start.end()
        asking, answers = begin_request(docked, "[1]")
        told = editor.until(lambda message: message.get("event") == "debugpyAttach", patience(60))
        child = told["body"]
        with editor.attached(child) as second:
            second.begin({}, patience(60))
            asking.join(patience(60))
        assert answers == [json.dumps("child ran\n")]
        editor.disconnect()


@pytest.mark.long(
    "the same for a service in a process is at the gate (test_debug), and how its debugger is reached in a container"
)
def test_a_stopped_service_is_started_for_the_debugger(docked: Docked) -> None:
    script = docked.write("score.py", SCRIPT)
    docked.deploy(entry_script=str(script))
    docked.deployments.stop("svc-one")
    with editor_for(docked) as editor:
        editor.listen(mappings(docked))
        start = begun(docked, editor)
        go(editor, {script: [RETURN]})
        assert start.end().state == "Healthy"
        asking, answers = begin_request(docked, "[2]")
        assert editor.stopped() == (str(script), RETURN, "run")
        # Stopped by hand while it stands there: nothing waits for the editor.
        assert docked.deployments.stop("svc-one").state == "Stopped"
        editor.until(lambda message: message.get("event") == "terminated", patience(40))
        asking.join(patience(30))
        assert answers == ["service-unreachable"]
    assert docked.deployments.start("svc-one").state == "Healthy"
    assert docked.answer(body="[5]") == "5"


def test_nobody_listens(docked: Docked) -> None:
    docked.deploy(SCRIPT)
    before = docked.containers()
    port = free_port()
    with pytest.raises(ScoredockError) as refused:
        debug(docked.deployments, "svc-one", port, Silent(), CancelToken())
    assert refused.value.code == "debugger-failed"
    assert f"127.0.0.1:{port}" in refused.value.message
    assert "Make the editor listen" in refused.value.fix
    assert docked.answer(body="[5]") == "5", "the old revision serves on"
    view = docked.deployments.service("svc-one")
    assert (view.state, view.revision) == ("Healthy", 1)
    assert [each["Id"] for each in docked.containers()] == [each["Id"] for each in before]


@pytest.mark.long(
    "the same for a service in a process is at the gate (test_debug), and how its debugger is reached in a container"
)
def test_cancelled_while_the_editor_lets_it_wait(docked: Docked) -> None:
    docked.deploy(SCRIPT)
    cancel = CancelToken()
    with editor_for(docked) as editor:
        editor.listen(mappings(docked))
        start = begun(docked, editor, cancel)
        editor.until(lambda message: message.get("event") == "initialized", patience(IMAGE_SECONDS))
        cancel.cancel()
        start.over()
        assert isinstance(start.error, ScoredockError)
        assert start.error.code == "cancelled"
    assert docked.answer(body="[5]") == "5"
    assert docked.deployments.service("svc-one").revision == 1


@pytest.mark.long("a breakpoint in run() stops at the gate")
@pytest.mark.parametrize("what", ["the editor", pytest.param("the way to it", marks=FURTHER)])
def test_the_debugger_goes_away_in_the_middle(docked: Docked, what: str) -> None:
    script = docked.write("score.py", SCRIPT)
    docked.deploy(entry_script=str(script))
    with editor_for(docked) as editor:
        editor.listen(mappings(docked))
        start = begun(docked, editor)
        go(editor, {script: [TOTAL]})
        start.end()
        asking, answers = begin_request(docked, "[1, 2]")
        assert editor.stopped() == (str(script), TOTAL, "run")
        tunnel = tunnel_of(docked)
        if what == "the editor":
            editor.die()
        else:
            tunnel.close()  # as when the server ends that carries it
        asking.join(patience(60))
        assert answers == ["3"], "the script goes on"
        assert tunnel.over.wait(patience(30)), "nothing of the container reaches this machine any more"
    assert docked.answer(body="[4]") == "4"
    script.write_text(script.read_text().replace("return total", "return -total"))
    view = docked.deployments.update("svc-one", UpdateRequest())
    assert (view.state, view.revision, "debugpy" in view.environment) == ("Healthy", 3, False)
    assert docked.answer(body="[4]") == "-4"
    assert docked.deployments.stop("svc-one").state == "Stopped"


def tunnel_of(docked: Docked) -> Any:
    engine: Any = docked.deployments.engines["docker"]
    found = engine._tunnels.of(docked.workspace / "services" / "svc-one")
    assert found is not None
    return found
