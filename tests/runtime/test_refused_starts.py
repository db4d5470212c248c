"""What no service starts with: variables that are to be numbers and are none, and a folder that is not there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ports import free_port
from scoredock_runtime import contract

PLAIN = "def init():\n    pass\n\n\ndef run(data):\n    return data\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WORKER_TIMEOUT", "x"),
        ("WORKER_TIMEOUT", "-5"),
        ("WORKER_TIMEOUT", ""),
        ("WORKER_COUNT", "many"),
        ("WORKER_COUNT", "0"),
        ("SCORING_TIMEOUT_MS", "soon"),
        ("SCORING_TIMEOUT_MS", "2.5"),
        ("HEALTH_PORT", "70000"),
        ("SCOREDOCK_RECYCLE_REQUESTS", "4e3"),
        ("SCOREDOCK_RECYCLE_MEGABYTES", "much"),
        ("SCOREDOCK_DATA_MEGABYTES", "1 GB"),
    ],
)
def test_a_variable_that_is_no_number_is_named(service: Any, name: str, value: str) -> None:
    service.write(PLAIN)
    service.start(environment={name: value, "SEPERATE_HEALTH_ENDPOINT": "true" if name == "HEALTH_PORT" else "false"})
    status = service.settle()
    assert (status.phase, status.failure.cause) == (contract.FAILED, contract.VARIABLE_INVALID)
    assert status.failure.message.startswith(f"{name} is {value!r}; it has to be a ")


def test_numbers_of_every_form_are_taken(service: Any) -> None:
    given = {"WORKER_COUNT": "01", "WORKER_TIMEOUT": "0", "SCORING_TIMEOUT_MS": "300.0", "HEALTH_PORT": "unread"}
    service.up(PLAIN, environment={**given, "SCOREDOCK_RECYCLE_REQUESTS": "0", "SCOREDOCK_DATA_MEGABYTES": "0.5"})
    assert service.score([1]).status == 200


def test_an_update_to_one_is_refused_and_the_old_revision_goes_on(service: Any) -> None:
    service.up(PLAIN)
    answer = service.replace(PLAIN, environment={"WORKER_TIMEOUT": "x"})
    assert answer.json()["failure"]["cause"] == contract.VARIABLE_INVALID
    assert service.score([1]).status == 200


def test_a_folder_that_is_not_there_is_named(service: Any) -> None:
    service.write(PLAIN)
    shutil.rmtree(service.app)
    service.start()
    failure = service.settle().failure
    assert failure.cause == contract.SCRIPT_INVALID
    assert (
        failure.message
        == f"The folder of the application, {service.app}, cannot be entered: No such file or directory."
    )


@pytest.mark.skipif(os.name == "nt", reason="pipes with a name")
def test_a_folder_that_is_taken_away_at_the_start_does_not_come_back(service: Any) -> None:
    """As that of a script that is tried, whose command was killed: the next command takes it away."""
    service.write(PLAIN)
    spec = service.folder / contract.SPEC_FILE
    os.mkfifo(spec)
    words = [sys.executable, "-m", "scoredock_runtime", "try", str(service.folder)]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as parent:
        with spec.open("w") as reading:  # open at both ends: it reads, and has not read yet
            shutil.rmtree(service.folder)
            reading.write(contract.to_json(service.spec))
        assert parent.stdin is not None
        parent.stdin.close()
        assert parent.wait(timeout=60) == 1
    assert not service.folder.exists()


def command(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The runtime as azmlinfsrv is called, with a script that ends it."""
    (folder / "score.py").write_text("def init():\n    raise SystemExit\n\n\ndef run(data):\n    pass\n")
    words = ("-m", "scoredock_runtime", "--entry_script", "score.py", "--port", str(free_port()))
    environment = {**os.environ, **variables}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("name", "value"), [("WORKER_TIMEOUT", "x"), ("WORKER_COUNT", "2.0"), ("SCOREDOCK_DATA_MEGABYTES", "1 GB")]
)
def test_from_the_command_line(tmp_path: Path, name: str, value: str) -> None:
    ended = command(tmp_path, **{name: value})
    said = ended.stdout + ended.stderr
    assert (ended.returncode, f"{name} is {value!r}; it has to be a " in said, "Traceback" in said) == (1, True, False)


def test_the_command_line_goes_on_without_the_folder_of_aml_app_root(tmp_path: Path) -> None:
    """As azmlinfsrv does, which only looks for files there."""
    ended = command(tmp_path, AML_APP_ROOT="/nowhere/to/be")
    said = ended.stdout + ended.stderr
    assert "AML_APP_ROOT is /nowhere/to/be, which is not a folder" in said
    assert "User's init function failed" in said
    assert "FileNotFoundError" not in said
