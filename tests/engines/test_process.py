"""What only the process engine must do: never touch what is not ours, survive whoever started it, know its own
files."""

from __future__ import annotations

import dataclasses
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from scoredock.engines.handle import Handle, handle_from_text
from scoredock.engines.log_files import last_number, read_log
from scoredock.engines.ports import require_free_port
from scoredock.engines.probe import Address, probe
from scoredock.engines.process.engine import ProcessEngine
from scoredock.engines.process.table import Identity, own_identity
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

from pace import patience
from scoredock_runtime import contract
from suspension import suspend


@pytest.fixture
def bench(hosted: Any) -> Any:
    """Of this engine only."""
    return hosted


def rewrite_status(folder: Path, **changes: object) -> None:
    status = contract.read_status(folder)
    assert status is not None
    (folder / contract.STATUS_FILE).write_text(contract.to_json(dataclasses.replace(status, **changes)))  # type: ignore[arg-type]


@pytest.mark.chance
def test_a_process_id_that_was_given_to_another_is_never_signalled(bench: Any) -> None:
    handle = bench.healthy()
    folder = handle.folder
    bench.engine.stop(handle, 1)
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        # As if the number had been used again: same id, another start time.
        rewrite_status(folder, phase=contract.READY, parent_pid=bystander.pid, parent_started=handle.started)
        forged = dataclasses.replace(handle, pid=bystander.pid)
        assert bench.engine.observe(forged).state == "Failed"
        bench.engine.stop(forged, 0)
        bench.engine.remove(forged)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.chance
def test_a_stranger_on_the_saved_port_is_not_healthy(bench: Any) -> None:
    handle = bench.healthy()
    folder = handle.folder

    class Stranger(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "7")
            self.end_headers()
            self.wfile.write(b"Healthy")

        def log_message(self, format: str, *arguments: object) -> None:
            return

    with http.server.HTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        assert probe(Address(port, handle.nonce)).reached
        assert not probe(Address(port, handle.nonce)).proven
        rewrite_status(folder, port=port)
        seen = bench.engine.observe(handle)
        assert (seen.state, seen.phase) == ("Unhealthy", "a stranger answers on its port")
        server.shutdown()


@pytest.mark.chance
def test_a_killed_parent_is_a_crash_and_leaves_no_worker(bench: Any) -> None:
    handle = bench.healthy()
    os.kill(handle.pid, signal.SIGKILL)
    seen = bench.until(handle, "Failed")
    assert seen.failure.cause == "service-crashed"
    deadline = time.monotonic() + patience(5)
    while bench.left() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert bench.left() == []


@pytest.mark.chance
def test_a_cancel_that_comes_after_the_decision_ends_no_worker(bench: Any) -> None:
    """The old worker stands still, so the parent takes its time to answer who asked for the new revision."""
    nonce = "n" * 32
    handle = bench.healthy(nonce=nonce)

    def workers_of(revision: int) -> list[int]:
        told = contract.read_status(handle.folder)
        return told.worker_pids if told is not None and told.revision == revision else []

    (old,) = workers_of(1)
    cancel, replaced = CancelToken(), []
    launch = bench.launch(revision=2, nonce=nonce)
    replacing = threading.Thread(target=lambda: replaced.append(bench.engine.replace(handle, launch, Silent(), cancel)))
    suspend(psutil.Process(old))
    try:
        replacing.start()
        until = time.monotonic() + patience(30)
        while not workers_of(2):
            assert time.monotonic() < until, "the new revision never served"
            time.sleep(0.01)
        (new,) = set(workers_of(2)) - {old}
        cancel.cancel()
        replacing.join()
    finally:
        psutil.Process(old).resume()
    seen = bench.until(replaced[0], "Healthy")
    assert (seen.revision, seen.restarts) == (2, 0)
    assert new in workers_of(2)


@pytest.mark.chance
def test_services_survive_the_end_of_the_whole_tree_that_started_them(bench: Any, tmp_path: Path) -> None:
    # As vscode-languageclient ends a server: every descendant by parent process id, then the server.
    launch = bench.launch()
    code = f"""
        import json, time
        from pathlib import Path
        from scoredock.engines.base import Launch
        from scoredock.engines.front_end import front_end_from_json
        from scoredock.engines.handle import handle_to_text
        from scoredock.engines.process.engine import ProcessEngine
        from scoredock.progress import CancelToken, Silent
        values = json.loads({json.dumps(json.dumps(dataclasses.asdict(launch), default=str))})
        for name in ("folder", "app_root", "python"):
            values[name] = Path(values[name])
        values["front"] = front_end_from_json(values["front"])
        print(handle_to_text(ProcessEngine().start(Launch(**values), Silent(), CancelToken())), flush=True)
        time.sleep(60)
    """
    starter = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert starter.stdout is not None
    handle = handle_from_text(starter.stdout.readline())
    assert handle is not None
    bench.handles.append(handle)
    bench.until(handle, "Healthy")
    family = psutil.Process(starter.pid).children(recursive=True)
    assert handle.pid not in [member.pid for member in family]
    for member in family:
        member.kill()
    os.killpg(starter.pid, signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    time.sleep(0.3)
    assert bench.engine.observe(handle).state == "Healthy"


def test_our_own_variables_do_not_reach_the_service(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME", "SCOREDOCK_HOME", "VSCODE_PID"):
        monkeypatch.setenv(name, "/leaked")
    monkeypatch.setenv("FROM_THE_PERSON", "stays")
    script = "import os\ndef init(): print('ENV', dict(os.environ))\ndef run(d): pass\n"
    monkeypatch.setenv("OF_THE_EDITOR", "/leaked")
    handle = bench.healthy(script, environment={"ASKED_FOR": "yes"}, inherited=("FROM_THE_PERSON",))
    told = next(record.m for record in bench.engine.logs(handle) if "ENV" in record.m)
    assert "/leaked" not in told
    assert "'FROM_THE_PERSON': 'stays'" in told
    assert "'ASKED_FOR': 'yes'" in told


def test_the_spec_is_private(bench: Any) -> None:
    handle = bench.healthy()
    assert (handle.folder / contract.SPEC_FILE).stat().st_mode & 0o077 == 0


def test_a_missing_interpreter_says_so(bench: Any, tmp_path: Path) -> None:
    with pytest.raises(ScoredockError) as missing:
        bench.start(python=tmp_path / "gone")
    assert missing.value.code == "runtime-missing"


def test_an_interpreter_without_the_runtime_says_so(bench: Any) -> None:
    with pytest.raises(ScoredockError) as failed:
        bench.start(python=Path(sys._base_executable))  # type: ignore[attr-defined]
    assert failed.value.code == "environment-build-failed"
    assert "scoredock_runtime" in failed.value.message


def test_damaged_status_is_no_crash_of_ours(bench: Any) -> None:
    handle = bench.healthy()
    status = handle.folder / contract.STATUS_FILE
    whole = status.read_text()
    for broken in ("", "{", "[]", '{"phase": 1}', "\x00" * 10):
        status.write_text(broken)
        assert bench.engine.observe(handle).state == "Unhealthy"
    status.unlink()
    assert bench.engine.observe(handle).state == "Unhealthy"
    status.write_text(whole)
    assert bench.engine.observe(handle).state == "Healthy"
    status.write_text("")
    bench.engine.stop(handle, 1)
    status.write_text("")
    assert bench.engine.observe(handle).state == "Failed"


def test_port_holder_is_named() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(ScoredockError) as refused:
            require_free_port(holder.getsockname()[1])
    assert f"process {os.getpid()}" in refused.value.message


@pytest.mark.skipif(sys.platform != "linux", reason="only there the kernel's figures follow the clock")
def test_a_step_of_the_clock_leaves_services_and_writers_alive(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a suspended virtual machine: all that the kernel tells as a time since the epoch moves with the
    clock."""
    handle = bench.healthy()
    me = own_identity()
    told = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: told(process) + 3600)
    monkeypatch.setattr(psutil, "boot_time", lambda: time.time() + 3600)
    assert bench.engine.observe(handle).state == "Healthy"
    assert me.alive()
    assert bench.engine.find(str(bench.owner)) == [handle]
    os.kill(contract.read_status(handle.folder).parent_pid, signal.SIGKILL)
    seen = bench.until(handle, "Failed")
    assert seen.failure is not None
    assert "no longer exists" in seen.failure.message


@pytest.mark.skipif(sys.platform == "win32", reason="a folder that is worked in cannot be moved")
def test_what_runs_in_a_folder_that_was_moved_is_ours_and_in_one_that_was_copied_is_not(
    bench: Any, tmp_path: Path
) -> None:
    handle = bench.healthy()
    copy, away = tmp_path / "copy", tmp_path / "away"
    place = handle.folder.relative_to(bench.owner)
    shutil.copytree(bench.owner, copy, symlinks=True)
    bench.engine.clear(copy / place)
    assert bench.engine.observe(handle).state == "Healthy"
    shutil.rmtree(copy)
    shutil.move(bench.owner, away)
    try:
        (one,) = bench.engine.find(str(away))
        assert (one.folder, one.pid, one.port) == (away / place, handle.pid, handle.port)
        look = bench.engine.observe(one)
        assert (look.state, look.phase) == ("Healthy", "its data folder was moved, restart it")
        (one.folder / contract.STATUS_FILE).unlink()
        bench.engine.clear(one.folder)
        assert not Identity(handle.pid, handle.started).alive()
    finally:
        shutil.move(away, bench.owner)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the time of the start tells it")
def test_a_process_of_before_the_machine_was_started_is_nobody_of_now(bench: Any) -> None:
    handle = bench.healthy()
    bench.engine.stop(handle, 1)
    own = own_identity()
    former = own.started + contract.BOOT * (1 if own.started < 2 * contract.BOOT else -1)
    assert not Identity(own.pid, former).alive()
    # A machine that is shut down in order lets each process stop; one that loses its power does not.
    for phase in (contract.READY, contract.STOPPED):
        rewrite_status(handle.folder, phase=phase, parent_pid=own.pid, parent_started=former)
        seen = bench.engine.observe(handle)
        assert seen.state == "Failed"
        assert seen.failure is not None
        assert (seen.failure.cause, seen.failure.message) == (
            "service-interrupted",
            "The machine was restarted since the service ran.",
        )


def test_identity_needs_both_number_and_start_time() -> None:
    own = psutil.Process()
    assert own_identity().alive()
    assert not Identity(own.pid, own_identity().started - 1).alive()
    # As an older runtime told it.
    assert Identity(own.pid, own.create_time()).alive()
    assert not Identity(own.pid, own.create_time() - 1).alive()
    assert not Identity(0, 0).alive()
    assert not Identity(2**22 + 1, 1.0).alive()


def write_log(folder: Path, name: str, numbers: range, tail: str = "") -> None:
    lines = [json.dumps({"n": n, "t": 1.0, "s": "stdout", "l": "I", "m": f"line {n} " + "x" * 50}) for n in numbers]
    (folder / contract.LOG_FOLDER).mkdir(parents=True, exist_ok=True)
    (folder / contract.LOG_FOLDER / name).write_text("\n".join(lines) + "\n" + tail)


def test_log_is_read_across_rotation_from_any_number(tmp_path: Path) -> None:
    write_log(tmp_path, "service.jsonl.2", range(1, 5000))
    write_log(tmp_path, "service.jsonl.1", range(5000, 9000))
    write_log(tmp_path, "service.jsonl", range(9000, 9500), tail='{"n": 9500, "t"')
    for since in (0, 1, 1234, 4998, 4999, 5000, 8999, 9000, 9250, 9499, 99999):
        assert [record.n for record in read_log(tmp_path, since)] == list(range(since + 1, 9500))
    assert last_number(tmp_path) == 9499


def test_log_passes_over_what_is_no_record(tmp_path: Path) -> None:
    write_log(
        tmp_path,
        "service.jsonl",
        range(1, 3),
        tail='garbage\n{"n": "x"}\n[]\n{"n": 7, "t": 1, "s": "stdout", "l": "I", "m": "ok"}\n',
    )
    assert [record.n for record in read_log(tmp_path)] == [1, 2, 7]
    assert list(read_log(tmp_path / "nowhere")) == []
    assert last_number(tmp_path / "nowhere") == 0


def test_observe_of_a_folder_that_is_gone(tmp_path: Path) -> None:
    handle = Handle("process", tmp_path / "gone", pid=1, started=1.0, nonce="n", port=1)
    engine = ProcessEngine()
    assert engine.observe(handle).state == "Failed"
    engine.stop(handle, 0)
    engine.remove(handle)
