"""A command is killed while it has something temporary: after the next command nothing of it is there."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

import at_a_folder
from cli.conftest import Terminal
from depth import SEED, rounds
from pace import patience
from parts import missing
from ports import free_port

pytestmark = [pytest.mark.chance, pytest.mark.skipif(os.name != "posix", reason="no SIGKILL")]

KILLS = rounds(gate=1, long=10)
"""At each phase of each command."""
SLOW = "import time\n\n\ndef init():\n    time.sleep(20)\n\n\ndef run(data):\n    return 1\n"
PIPELINE = "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - run: sleep 600\n"
NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
PACKAGE = ["package", "create", "--es", "score.py", "-m", "model", "--cf", "plain.txt"]
COMMANDS = {
    "drift": ["drift", "compare", "new.csv", "--baseline", "old.csv", "--python", sys.executable],
    "package": [*PACKAGE, "-o", "package"],
    "pipeline": ["pipeline", "run", "pipeline.yml"],
    "try": ["try", "slow.py", "--cf", "plain.txt", "--no-models"],
    "build": ["environment", "build", "plain"],
    "notebook": ["sdk", "notebook", "book.ipynb"],
}
PHASES = [
    ("drift", "scoredock-drift-"),
    ("package", "scoredock-package-"),
    ("pipeline", "scoredock-pipeline-"),
    ("try", "scoredock-try-"),
    ("build", "scoredock-uv-"),
    ("build", ".building-"),
]
"""Command, and how the name of what it has then begins."""


@pytest.fixture
def prepared(terminal: Terminal, tmp_path: Path) -> Terminal:
    """With what the commands read."""
    at_a_folder.with_own_folders(terminal, tmp_path)
    rows = "a,b\n" + "".join(f"{number},{number % 7}\n" for number in range(20_000))
    files = {"new.csv": rows, "old.csv": rows, "plain.txt": "packaging\n", "slow.py": SLOW, "pipeline.yml": PIPELINE}
    for name, text in {**files, "book.ipynb": NOTEBOOK}.items():
        (terminal.folder / name).write_text(text)
    terminal.ok("model", "register", "model.bin", "--name", "model")
    terminal.ok("environment", "register", "plain.txt", "--name", "plain")
    return terminal


def begun(terminal: Terminal, beginning: str) -> bool:
    """Whether a command has something whose name begins so."""
    return any(path.name.startswith(beginning) for path in at_a_folder.left_by_commands(terminal))


def kill(terminal: Terminal, command: str, beginning: str, pause: float) -> None:
    """A command, so many seconds after it has something whose name begins so."""
    words = [sys.executable, "-m", "scoredock.cli", *COMMANDS[command]]
    silent = subprocess.DEVNULL
    process = subprocess.Popen(
        words, cwd=terminal.folder, env=terminal.environment(), stdin=silent, stdout=silent, stderr=silent
    )
    end = time.monotonic() + patience(60)
    while not begun(terminal, beginning):
        assert process.poll() is None, "it ended before it had anything temporary"
        assert time.monotonic() < end
    time.sleep(pause)
    process.kill()
    process.communicate()


def programs(terminal: Terminal) -> list[psutil.Process]:
    """What still runs of all that commands have started."""
    running = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("TMPDIR") == terminal.env["TMPDIR"]:
                running.append(process)
    return running


def await_end(terminal: Terminal) -> None:
    """Of what a killed command has started."""
    end = time.monotonic() + patience(30)
    while running := programs(terminal):
        assert time.monotonic() < end, running
        time.sleep(0.05)


@pytest.mark.parametrize("number", range(KILLS))
@pytest.mark.parametrize(("command", "beginning"), PHASES)
def test_nothing_is_left_after_the_next_command(prepared: Terminal, command: str, beginning: str, number: int) -> None:
    pause = random.Random(f"{SEED} {command} {beginning} {number}").choice((0.0, 0.0, 0.02, 0.1, 0.3))
    kill(prepared, command, beginning, pause if number else 0.0)
    prepared.ok("model", "list")
    assert at_a_folder.left_by_commands(prepared) == []
    await_end(prepared)
    assert at_a_folder.left_by_commands(prepared) == [], "what went on for a moment has made nothing again"
    assert prepared.run("workspace", "verify").returncode == 0


def test_a_killed_build_is_interrupted_and_goes_on_by_the_command_it_names(prepared: Terminal) -> None:
    kill(prepared, "build", ".building-", 0.0)
    (build,) = builds(prepared)
    assert build["state"] == "Interrupted"
    assert "interrupted" in prepared.ok("environment", "list")
    command = "scoredock environment build plain:1"
    assert command in build["fix"]
    prepared.ok(*command.split()[1:])
    assert [each["state"] for each in builds(prepared)] == ["Ready"]


IMAGE = ["model", "register", "copied", "--from", "oci:layout"]


@pytest.mark.parametrize("number", range(KILLS))
@pytest.mark.parametrize("purpose", ["drift", "package", "pipeline", "try", "uv", "notebook", "model-image"])
def test_nothing_is_left_of_what_ends_at_a_step(prepared: Terminal, purpose: str, number: int) -> None:
    """Also of folders that are there for moments only."""
    words = {"uv": COMMANDS["build"], "model-image": IMAGE, **COMMANDS}[purpose]
    (prepared.folder / "slow.py").write_text(SLOW.replace("20", "0"))
    (prepared.folder / "pipeline.yml").write_text(PIPELINE.replace("600", "0"))
    prepared.ok("model", "push", "model:1", "--to", "oci:layout")
    at_a_folder.require_nothing_left(prepared, purpose, number, words)
    await_end(prepared)
    assert at_a_folder.left_by_commands(prepared) == []


@pytest.mark.parametrize("number", range(KILLS))
def test_nothing_is_left_of_a_runtime_that_somebody_started(prepared: Terminal, number: int) -> None:
    """`python -m scoredock_runtime`, killed on its way or once it answers."""
    port = free_port()
    program = f"{at_a_folder.HOOK}\nimport runpy\nrunpy.run_module('scoredock_runtime', run_name='__main__')"
    steps = at_a_folder.steps("server", number)
    variables = {**prepared.environment(), at_a_folder.VARIABLE: f"server {steps}"}
    words = [sys.executable, "-c", program, "--entry_script", "score.py", "--port", str(port)]
    with subprocess.Popen(words, cwd=prepared.folder, env=variables, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                process.kill()
    assert process.returncode == -9
    prepared.ok("model", "list")
    await_end(prepared)
    assert at_a_folder.left_by_commands(prepared) == []


def test_a_killed_pipeline_ends_its_step(prepared: Terminal) -> None:
    words = [sys.executable, "-m", "scoredock.cli", *COMMANDS["pipeline"]]
    with subprocess.Popen(words, cwd=prepared.folder, env=prepared.environment(), stdout=subprocess.DEVNULL) as process:
        while not any(each.name() == "sleep" for each in programs(prepared)):
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
    await_end(prepared)


def test_a_killed_check_leaves_no_process(prepared: Terminal) -> None:
    """Of many files, which several processes look at."""
    for number in range(400):
        (prepared.folder / f"score{number}.py").write_text(SLOW)
    words = [sys.executable, "-m", "scoredock.cli", "check", "."]
    with subprocess.Popen(words, cwd=prepared.folder, env=prepared.environment(), stdout=subprocess.DEVNULL) as process:
        while len(programs(prepared)) < 2:
            if process.poll() is not None:
                missing("a second processor")
        process.kill()
    await_end(prepared)


def builds(terminal: Terminal) -> list[dict[str, Any]]:
    """Of the environment that is registered."""
    listed = terminal.json("environment", "list")["environments"]
    (builds_of_it,) = (each["builds"] for each in listed if each["id"] == "plain:1")
    return [each for each in builds_of_it if each["state"] != "NotBuilt"]


@pytest.mark.parametrize("command", ["drift", "notebook"])
def test_what_ends_by_itself_leaves_nothing(prepared: Terminal, command: str) -> None:
    assert prepared.run(*COMMANDS[command]).returncode == 0
    assert at_a_folder.left_by_commands(prepared) == []
    assert list(Path(prepared.env["TMPDIR"]).iterdir()) == []
