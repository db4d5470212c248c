"""`scoredock service debug` of a service in a container: the command carries the session, for as long as it lasts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import docker_daemon
from cli.conftest import Terminal
from debugging.dap import Editor, debugger_python
from pace import patience

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

IMAGE_SECONDS = 200.0


@pytest.fixture
def docked(terminal: Terminal) -> Iterator[Terminal]:
    terminal.env["SCOREDOCK_BASE_IMAGE"] = docker_daemon.base_image()
    terminal.env["DOCKER_HOST"] = docker_daemon.docker_host()
    yield terminal
    terminal.run("service", "delete", "adder")
    docker_daemon.require_nothing_of(terminal.home / "workspaces" / "local")


class Command:
    """The command under way, up to the moment at which the service is ready under the debugger."""

    def __init__(self, terminal: Terminal, editor: Editor, breakpoints: dict[Path, list[int]]) -> None:
        words = [sys.executable, "-m", "scoredock.cli", "service", "debug", "adder", "--port", str(editor.port)]
        self.process = subprocess.Popen(
            words, cwd=terminal.folder, env=terminal.environment(), stdout=subprocess.PIPE, text=True
        )
        editor.begin(breakpoints, patience(IMAGE_SECONDS))
        assert self.process.stdout is not None
        assert f"port {editor.port}" in self.process.stdout.readline()
        self._answers: list[str] = []
        ask = lambda: self._answers.append(terminal.run("service", "call", "adder", "--data", '{"data": [1]}').stdout)  # noqa: E731
        self._asking = threading.Thread(target=ask)
        self._asking.start()

    def answer(self) -> str:
        self._asking.join(patience(60))
        return self._answers[0].strip()

    def end(self) -> None:
        self.process.wait(patience(60))
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.mark.long(
    "tests/deploy debugs containers at the gate (test_docker_debug.py), test_service_tools.py the command of a process"
)
def test_the_command_stays_until_the_session_ends(docked: Terminal) -> None:
    docked.ok("service", "deploy", "adder", "--entry-script", "score.py", "--engine", "docker")
    usual = docked.ok("service", "call", "adder", "--data", '{"data": [1]}').strip()
    script = docked.folder / "score.py"
    python = debugger_python(docked.home)
    for ends in ("by the editor", "by Ctrl+C"):
        with Editor(python) as editor:
            editor.listen([{"localRoot": str(docked.folder), "remoteRoot": "."}])
            command = Command(docked, editor, {script: [9]})
            assert editor.stopped()[:2] == (str(script), 9)
            assert command.process.poll() is None
            if ends == "by the editor":
                editor.go_on()
                assert command.answer() == usual
                editor.disconnect()
            else:
                os.kill(command.process.pid, signal.SIGINT)
                assert command.answer() == usual, "the script goes on"
                command.end()
        command.end()
        assert command.process.returncode == 0, ends
    assert docked.json("service", "restart", "adder")["state"] == "Healthy"
