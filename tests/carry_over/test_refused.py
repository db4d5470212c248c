"""What is not carried over, with the reason; nothing is registered then, and nothing of the work stays."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

import at_a_folder
from cli.conftest import Terminal

Pickles = Callable[[str], Path]


def refused(terminal: Terminal, name: str, *words: str) -> dict[str, Any]:
    """The error; it is shown that nothing was registered and no folder is left."""
    error = terminal.refused("model", "convert", name, *words)
    assert [each["version"] for each in terminal.json("model", "list", "--name", name)["models"]] == [1]
    assert not list((terminal.home / "workspaces" / "local" / "tmp").glob("carry-*"))
    return error


def registered(terminal: Terminal, pickles: Pickles, name: str) -> None:
    terminal.ok("model", "register", str(pickles("0.24.2") / f"{name}.pkl"), "--name", name)


def test_nothing_is_loaded_without_a_yes(terminal: Terminal, pickles: Pickles) -> None:
    registered(terminal, pickles, "hungry")
    error = refused(terminal, "hungry")
    assert error["code"] == "model-carry-unconfirmed"
    assert "hungry:1" in error["message"]
    assert "--yes" in error["fix"]


@pytest.mark.parametrize(
    ("module", "name", "says"),
    [("__main__", "Cleaner", "“Cleaner” of “__main__”"), ("our_steps", "Cleaner", "“our_steps.Cleaner”")],
)
def test_classes_of_the_persons_own(terminal: Terminal, module: str, name: str, says: str) -> None:
    file = terminal.folder / "own.pkl"
    file.write_bytes(
        b"\x80\x02csklearn.linear_model._base\nLinearRegression\n0" + f"c{module}\n{name}\n)\x81.".encode()
    )
    terminal.ok("model", "register", str(file), "--name", "own")
    error = refused(terminal, "own", "--yes")
    assert error["code"] == "model-carry-classes"
    assert says in error["message"]


def test_a_model_that_answers_otherwise(terminal: Terminal, pickles: Pickles) -> None:
    """Newer releases have no classifier of one class against all others in it."""
    registered(terminal, pickles, "one_of_each")
    error = refused(terminal, "one_of_each", "--yes")
    assert error["code"] == "model-carry-differs"
    assert len(error["details"]["differences"]) == 10
    assert "predict_proba() of sample" in error["details"]["differences"][0]


def test_a_model_that_takes_all_memory(terminal: Terminal, pickles: Pickles) -> None:
    registered(terminal, pickles, "hungry")
    error = refused(terminal, "hungry", "--yes", "--memory-gb", "2")
    assert error["code"] == "model-carry-stopped"
    assert "2.0 GB" in error["message"]


def test_a_model_that_never_ends(terminal: Terminal, pickles: Pickles) -> None:
    registered(terminal, pickles, "endless")
    error = refused(terminal, "endless", "--yes", "--timeout", "4")
    assert error["code"] == "model-carry-stopped"
    assert "4 seconds" in error["message"]
    assert carrying(terminal) == []


def carrying(terminal: Terminal) -> list[int]:
    """Processes of conversions in this home."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any(str(terminal.home) in word and "job.json" in word for word in words):
            found.append(process.pid)
    return found


@pytest.mark.chance
def test_cancel_ends_all_of_it(terminal: Terminal, pickles: Pickles) -> None:
    registered(terminal, pickles, "endless")
    terminal.ordinary = True
    started = terminal.start("model", "convert", "endless:1", "--yes")
    end = time.monotonic() + 200
    while not carrying(terminal) and time.monotonic() < end:
        time.sleep(0.1)
    assert carrying(terminal)
    os.kill(started.pid, signal.SIGINT)
    assert started.wait(60) == 130
    assert carrying(terminal) == []
    assert not list((terminal.home / "workspaces" / "local" / "tmp").glob("carry-*"))


@pytest.mark.chance
def test_a_kill_ends_all_of_it_and_the_next_command_takes_the_rest_away(terminal: Terminal, pickles: Pickles) -> None:
    registered(terminal, pickles, "endless")
    words = [sys.executable, "-m", "scoredock.cli", "model", "convert", "endless:1", "--yes"]
    with subprocess.Popen(words, cwd=terminal.folder, env=terminal.environment(), stdout=subprocess.DEVNULL) as process:
        while not carrying(terminal):
            assert process.poll() is None
            time.sleep(0.1)
        process.kill()
    terminal.ok("model", "list")
    end = time.monotonic() + 60
    while carrying(terminal):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert at_a_folder.marked(terminal.home / "workspaces" / "local" / "tmp") == []


def test_no_python_of_that_time(terminal: Terminal, pickles: Pickles, tmp_path: Path) -> None:
    (terminal.home / "workspaces" / "local" / "environments").unlink()  # what is built there needs no Python
    registered(terminal, pickles, "linear")
    (tmp_path / "empty").mkdir()
    own = {"PYENV_ROOT": str(tmp_path / "empty"), "UV_PYTHON_INSTALL_DIR": str(tmp_path / "empty")}
    terminal.env |= {**own, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "empty")}
    if any(shutil.which(f"python3.{minor}", path="/usr/bin:/bin") for minor in range(6, 10)):
        pytest.skip("this system's own Python is of that time")
    error = refused(terminal, "linear", "--yes")
    assert error["code"] == "python-not-found"
    assert "pyenv" in error["fix"]
    assert "uv python install 3.9" in error["fix"]


def test_a_package_without_a_build_for_it(terminal: Terminal, pickles: Pickles) -> None:
    registered(terminal, pickles, "linear")
    file = terminal.folder / "conda.yml"
    file.write_text("dependencies:\n- python=3.9\n- pip:\n  - scikit-learn==0.24.99\n")
    error = refused(terminal, "linear", "--yes", "--environment-file", str(file))
    assert error["code"] == "environment-requirement-unsatisfiable"
    assert "scikit-learn" in error["message"]


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"just text", "is not a pickle"), (pickle.dumps({"a": 1}), "is not a model of scikit-learn")],
)
def test_what_is_no_model(terminal: Terminal, content: bytes, says: str) -> None:
    (terminal.folder / "it.pkl").write_bytes(content)
    terminal.ok("model", "register", str(terminal.folder / "it.pkl"), "--name", "it")
    error = refused(terminal, "it", "--yes")
    assert error["code"] == "model-carry-unsupported"
    assert says in error["message"]
