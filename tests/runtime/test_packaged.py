"""`serve` completes a spec that was written before anyone knew where it will run."""

from __future__ import annotations

import dataclasses
import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ports import free_port
from scoredock_runtime import contract
from scoredock_runtime.contract import CHALLENGE_HEADER, PROOF_HEADER, proof
from scoredock_runtime.log.console_log import WAITING_LIMIT, ConsoleLog
from scoredock_runtime.service_folder.packaged_spec import complete_spec, keys_from_environment

OPEN = contract.ServiceSpec("svc", 1, "", "", "../azureml-app", "score.py", model_dir="../azureml-app/azureml-models")


def test_what_is_left_open_is_filled_in_and_each_start_has_its_own_secret(tmp_path: Path) -> None:
    folder = str(tmp_path / "service")
    first, second = complete_spec(OPEN, folder), complete_spec(OPEN, folder)
    assert first.app_root == str(tmp_path / "azureml-app")
    assert first.model_dir == str(tmp_path / "azureml-app" / "azureml-models")
    assert first.python == sys.executable
    assert len(first.nonce) == 64
    assert first.nonce != second.nonce


def test_a_complete_spec_is_left_alone(tmp_path: Path) -> None:
    spec = contract.ServiceSpec("svc", 1, "n", "/usr/bin/python3", "/srv/app", "score.py", model_dir="/srv/models")
    assert complete_spec(spec, str(tmp_path)) == spec
    assert complete_spec(dataclasses.replace(spec, model_dir=""), str(tmp_path)).model_dir == ""


ONE, TWO = "a" * 64, "b" * 64


def test_keys_are_handed_in_where_a_package_asks_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = dataclasses.replace(OPEN, authentication=contract.Authentication())
    monkeypatch.setenv("SCOREDOCK_KEY_DIGESTS", f" {ONE.upper()},{TWO} ,")
    assert complete_spec(asking, str(tmp_path)).authentication == contract.Authentication([ONE, TWO])
    # An image that a cluster runs asks for none itself.
    assert complete_spec(OPEN, str(tmp_path)).authentication == contract.Authentication([ONE, TWO])
    monkeypatch.delenv("SCOREDOCK_KEY_DIGESTS")
    with pytest.raises(ValueError, match="asks for keys"):
        complete_spec(asking, str(tmp_path))
    assert complete_spec(OPEN, str(tmp_path)).authentication is None


@pytest.mark.parametrize(("handed", "workers"), [("2", 2), ("", 3), ("none", 3), ("0", 3), ("9" * 30, 3)])
def test_a_container_of_a_package_says_how_many_workers_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handed: str, workers: int
) -> None:
    monkeypatch.setenv("WORKER_COUNT", handed)
    packaged = dataclasses.replace(OPEN, worker_count=3)
    assert complete_spec(packaged, str(tmp_path)).worker_count == workers
    deployed = dataclasses.replace(packaged, nonce="n" * 32)
    assert complete_spec(deployed, str(tmp_path)).worker_count == 3, "a service here has what its revision says"


def test_keys_of_a_mounted_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{ONE}\n\n{TWO}\n{ONE}\n")
    assert keys_from_environment({}, str(file)) == contract.Authentication([ONE, TWO])
    assert keys_from_environment({"SCOREDOCK_KEY_DIGESTS": TWO}, str(file)).key_digests == [TWO, ONE]


@pytest.mark.parametrize("written", ["the-key", "a" * 63, f"{ONE}x", "ä"])
def test_a_key_itself_is_refused_and_not_repeated(tmp_path: Path, written: str) -> None:
    with pytest.raises(ValueError, match="not keys") as refused:
        keys_from_environment({"SCOREDOCK_KEY_DIGESTS": written}, str(tmp_path / "none"))
    assert written not in str(refused.value)


@pytest.mark.skipif(sys.platform == "win32", reason="a console signal ends it there")
def test_serve_prints_the_log_and_ends_at_a_signal(tmp_path: Path, wait_for: Any) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "score.py").write_text(
        "def init():\n    print('init ran', flush=True)\n\n\ndef run(data):\n    return data\n"
    )
    folder = tmp_path / "service"
    folder.mkdir()
    spec = dataclasses.replace(OPEN, app_root="../app", model_dir="")
    (folder / contract.SPEC_FILE).write_text(contract.to_json(spec))
    process = subprocess.Popen(
        [sys.executable, "-m", "scoredock_runtime", "serve", str(folder)], stdout=subprocess.PIPE, text=True, cwd="/"
    )
    try:
        wait_for(lambda: (found := contract.read_status(folder)) is not None and found.phase == contract.READY)
        told = contract.read_status(folder)
        assert told is not None
        assert told.parent_pid == process.pid
        connection = http.client.HTTPConnection("127.0.0.1", told.port, timeout=10)
        connection.request("GET", "/", headers={CHALLENGE_HEADER: "c"})
        answer = connection.getresponse()
        answer.read()
        assert answer.getheader(PROOF_HEADER) not in (None, proof("", "c")), "an empty secret would open the service"
        connection.request("POST", "/score", json.dumps([1]), {"Content-Type": "application/json"})
        assert json.loads(connection.getresponse().read()) == "[1]"
        connection.close()
    finally:
        process.terminate()
    rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "init ran" in rest
    assert "The service has stopped." in rest


@pytest.mark.skipif(sys.platform == "win32", reason="a console signal ends it there")
@pytest.mark.parametrize("fails", [False, True])
def test_serve_prints_records_where_it_is_asked_to(tmp_path: Path, wait_for: Any, fails: bool) -> None:
    (tmp_path / "app").mkdir()
    end = "    raise ValueError('no model')\n" if fails else ""
    script = "import sys\n\n\ndef init():\n    print('init \"ran\"', flush=True)\n    print('odd', file=sys.stderr)\n"
    (tmp_path / "app" / "score.py").write_text(f"{script}{end}\n\ndef run(data):\n    return data\n")
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / contract.SPEC_FILE).write_text(
        contract.to_json(dataclasses.replace(OPEN, app_root="../app", model_dir=""))
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "scoredock_runtime", "serve", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env={**os.environ, contract.CONSOLE_VARIABLE: contract.CONSOLE_RECORDS},
    )
    phase = contract.FAILED if fails else contract.READY
    try:
        wait_for(lambda: (met := contract.read_status(folder)) is not None and met.phase == phase)
    finally:
        process.terminate()
    printed, rest = (each.decode("utf-8").splitlines() for each in process.communicate(timeout=20))
    records = [contract.record_from_line(line) for line in printed]
    stored = [contract.record_from_line(line) for line in _log_of(folder)]
    assert records == stored, "the same as is stored, in the same order"
    shown = {(each.s, each.l, each.m.rpartition(" - ")[2]) for each in records if each is not None}
    assert shown >= {("stdout", "I", 'init "ran"'), ("stderr", "W", "odd")}, shown
    assert any(stream == "server" for stream, _, _ in shown)
    failures = [contract.failure_from_line(line) for line in rest]
    assert (failures[-1:] != []) == fails
    if fails:
        assert failures[-1] is not None
        assert failures[-1].cause == contract.INIT_FAILED


def _log_of(folder: Path) -> list[str]:
    return (folder / contract.LOG_FOLDER / contract.LOG_FILE).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("records", [False, True])
def test_lines_that_a_slow_reader_misses_are_counted(records: bool) -> None:
    """In the form of all others."""
    read, write = os.pipe()
    console = ConsoleLog(write, records=records)
    os.close(write)
    long = contract.to_json(contract.LogRecord(1, 1.0, "stdout", "I", "x" * 10_000))
    written = WAITING_LIMIT // 10_000 + 50
    for _ in range(written):
        console.show([long])
    with os.fdopen(read, encoding="utf-8") as stream:
        lines = [stream.readline() for _ in range(20)]  # there is room again
        console.show([long])
        console.close(0)
        lines += stream.readlines()
    notices = [each.rstrip() for each in lines if "left out" in each]
    counted = 0
    for notice in notices:
        record = contract.record_from_line(notice)
        assert (record is not None) == records
        text = record.m if record is not None else notice
        assert text.endswith("they came faster than they were read.")
        counted += int(text.split()[0])
        if record is not None:
            assert (record.n, record.s, record.l, record.t > 1e9) == (0, "server", "W", True)
    assert counted > 0
    assert len(lines) - len(notices) + counted == written + 1, "each line is shown or counted"
    assert all(contract.record_from_line(each) is not None for each in lines) == records


def test_serve_says_why_it_cannot_begin(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scoredock_runtime", "serve", str(tmp_path)], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1
    assert "spec.json cannot be read" in done.stderr
    assert done.stdout == ""


@pytest.mark.skipif(sys.platform == "win32", reason="a console signal ends it there")
def test_a_service_of_the_command_line_takes_its_private_folder_along(tmp_path: Path, wait_for: Any) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (tmp_path / "score.py").write_text("def init(): print('init ran', flush=True)\ndef run(data): return data\n")
    command = [sys.executable, "-m", "scoredock_runtime", "--entry_script", "score.py", "--port", str(free_port())]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        folder = wait_for(lambda: next((each.parent for each in scratch.rglob(contract.SPEC_FILE)), None))
        wait_for(lambda: (found := contract.read_status(folder)) is not None and found.phase == contract.READY)
        private = scratch / folder.relative_to(scratch).parts[0]
        assert private.stat().st_mode & 0o077 == 0
    finally:
        process.terminate()
    told, _ = process.communicate(timeout=20)
    assert "init ran" in told
    assert list(scratch.iterdir()) == []


PROGRAM = """
    import subprocess, sys

    def init():
        pass

    def run(data):
        told = subprocess.run(["python", "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True)
        return [sys.prefix, told.stdout.strip(), told.stderr]
"""


@pytest.mark.parametrize("variables", [{}, {"PATH": "/usr/bin:/bin"}], ids=["of the machine", "of one's own"])
def test_a_program_that_a_script_starts_by_name_is_its_environments(service: Any, variables: dict[str, str]) -> None:
    """Wherever a package runs: in an image of one's own, from run.sh, in an app of Azure Functions."""
    service.up(PROGRAM, environment=variables)
    prefix, told, failed = service.score().json()
    assert (told, failed) == (prefix, "")
