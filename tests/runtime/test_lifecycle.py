"""The life of a service: start, stop, replacing under load, crashes, the parent's own death."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

import interpreters
from depth import rounds
from pace import within
from scoredock_runtime import contract

ECHO = "def init():\n    pass\n\ndef run(data):\n    return {'revision': 1, 'got': data}\n"
PID = "import os\ndef init(): pass\ndef run(data):\n    return os.getpid()\n"


def test_start_tells_a_status_and_outlives_its_caller(service: Any, wait_for: Any) -> None:
    service.write(ECHO)
    first = service.start(fresh=True)
    assert service.start_code == 0
    assert (first.phase, first.revision) == (contract.STARTING, 1)
    status = service.settle()
    assert status.phase == contract.READY
    assert status.port == first.port
    parent = psutil.Process(status.parent_pid)
    assert contract.beginning(parent.pid) == status.parent_started
    assert parent.ppid() != os.getpid()
    assert parent not in psutil.Process().children(recursive=True)
    assert all(str(Path(f"/proc/{parent.pid}/fd/{number}").readlink()) == "/dev/null" for number in (0, 1, 2))
    assert os.getsid(parent.pid) != os.getsid(0)
    assert (service.folder / "status.json").stat().st_mode & 0o777 == 0o600
    assert service.control("GET", "/status").json() == json.loads(contract.to_json(service.status))
    assert service.stop().phase == contract.STOPPED
    wait_for(service.gone)


@pytest.mark.chance
@pytest.mark.parametrize("how", ["as the service is", "as a child"])
def test_a_tree_kill_of_the_caller_spares_the_service(how: str, service: Any, wait_for: Any) -> None:
    """An editor ends its language server by killing all descendants; a parent started as a child shows the check."""
    service.write(ECHO)
    (service.folder / "spec.json").write_text(contract.to_json(service.spec))
    verb = "start" if how == "as the service is" else "serve"
    server = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            f"subprocess.Popen([sys.executable, '-m', 'scoredock_runtime', {verb!r}, {str(service.folder)!r}])\n"
            "time.sleep(600)",
        ],
        stdout=subprocess.DEVNULL,
        cwd="/",
    )
    wait_for(lambda: (service.folder / "status.json").exists())
    parent = psutil.Process(service.settle().parent_pid)
    kill_tree(server.pid)
    server.wait()
    if how == "as a child":
        wait_for(lambda: not parent.is_running() or parent.status() == psutil.STATUS_ZOMBIE)
        wait_for(service.gone, 5)
    else:
        assert parent.is_running()
        assert service.score("still here").json()["got"] == '"still here"'


def kill_tree(pid: int) -> None:
    """By parent ids, children last found first killed, as the editor's language client does."""
    family = [pid]
    for each in family:
        family += [p.pid for p in psutil.process_iter(["ppid"]) if p.info["ppid"] == each]
    for each in family:
        try:
            os.kill(each, signal.SIGKILL)
        except ProcessLookupError:
            continue


def test_a_used_port_fails_at_once_and_leaves_nothing(service: Any, wait_for: Any) -> None:
    service.write(ECHO)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        status = service.start(port=port)
    assert service.start_code == 1
    assert (status.phase, status.failure.cause) == (contract.FAILED, contract.PORT_IN_USE)
    assert status.failure.message == f"Port {port} on 127.0.0.1 is in use by another program."
    wait_for(service.gone)
    assert service.start(port=port).phase == contract.STARTING
    assert service.settle().phase == contract.READY


BROKEN = {
    "no file": None,
    "no json": "{",
    "no object": "[]",
    "parts missing": '{"name": "x"}',
    "newer": (
        '{"name":"x","revision":1,"nonce":"n","python":"p","app_root":"/","entry_script":"s.py","contract_version":99}'
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_spec_fails_at_once(name: str, service: Any, wait_for: Any) -> None:
    if BROKEN[name] is not None:
        (service.folder / "spec.json").write_text(BROKEN[name])
    done = subprocess.run(
        [sys.executable, "-m", "scoredock_runtime", "start", str(service.folder)], capture_output=True, text=True
    )
    status = contract.status_from_json(done.stdout)
    assert done.returncode == 1
    assert status.phase == contract.FAILED
    assert status.failure.message.startswith("spec.json cannot be read: ")
    wait_for(service.gone)


def test_an_interpreter_that_is_none_fails(service: Any, wait_for: Any, tmp_path: Path) -> None:
    service.write(ECHO)
    service.start(python=str(tmp_path / "nowhere" / "python"))
    failed = service.settle()
    assert (failed.phase, failed.failure.cause) == (contract.FAILED, contract.SERVICE_CRASHED)
    assert "could not be started" in failed.failure.message
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    service.start(python=str(bare / "bin" / "python"))
    failed = service.settle()
    assert "No module named scoredock_runtime" in failed.failure.message
    wait_for(service.gone)


def test_a_second_start_is_refused_and_harms_nothing(service: Any) -> None:
    service.up(ECHO)
    before = service.status
    again = service.start()
    assert service.start_code == 1
    assert again.failure.message == "Another parent process runs this service already."
    assert service.status == before
    assert service.score(1).status == 200


def test_the_port_stays_over_a_stop_and_a_start(service: Any) -> None:
    port = service.up(ECHO).status.port
    service.stop()
    assert service.start().port == port
    assert service.settle().phase == contract.READY
    numbers = [record["n"] for record in service.log()]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.chance
@pytest.mark.parametrize("by", ["control", "SIGTERM", "SIGINT"])
def test_stop_lets_requests_under_way_finish(by: str, service: Any, wait_for: Any) -> None:
    service.up(
        "import time\ndef init(): pass\ndef run(data):\n    print('begun')\n    time.sleep(0.5)\n    return 'done'\n"
    )
    answers: list[Any] = []
    client = threading.Thread(target=lambda: answers.append(service.score(1)))
    client.start()
    wait_for(lambda: "begun" in service.log_text())
    if by == "control":
        assert service.stop(grace=10).phase == contract.STOPPED
    else:
        os.kill(service.status.parent_pid, getattr(signal, by))
    client.join(10)
    assert [answer.json() for answer in answers] == ["done"]
    wait_for(service.gone)
    assert service.status.phase == contract.STOPPED


def test_stop_ends_what_does_not_end_and_frees_the_port(service: Any, wait_for: Any) -> None:
    service.up("import time\ndef init(): pass\ndef run(data):\n    print('begun')\n    time.sleep(600)\n")
    threading.Thread(target=ask_in_vain, args=(service,), daemon=True).start()
    wait_for(lambda: "begun" in service.log_text())
    port = service.status.port
    begun = time.monotonic()
    service.stop(grace=0.5)
    assert within(time.monotonic() - begun, 1.5)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
    wait_for(service.gone, 2)


def ask_in_vain(service: Any) -> None:
    """A request whose connection is lost."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        service.score(1)


class Load:
    """Clients that ask without pause and count what went wrong."""

    def __init__(self, service: Any, *, keep_alive: bool) -> None:
        self.answers: list[Any] = []
        self.faults: list[str] = []
        self._port = service.status.port
        self._ended = threading.Event()
        self._keep_alive = keep_alive
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(4)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(10)

    def _ask(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        while not self._ended.is_set():
            try:
                connection.request("POST", "/score", "1", {"Content-Type": "application/json"})
                response = connection.getresponse()
                self.answers.append((response.status, json.loads(response.read())))
            except (OSError, http.client.HTTPException, ValueError) as fault:
                self.faults.append(repr(fault))
                connection.close()
            if not self._keep_alive:
                connection.close()


@pytest.mark.chance
@pytest.mark.parametrize("keep_alive", [True, False], ids=["kept connections", "new connections"])
def test_replacing_fails_no_request(keep_alive: bool, service: Any, wait_for: Any) -> None:
    service.up(ECHO)
    old = service.status.worker_pids
    with Load(service, keep_alive=keep_alive) as load:
        wait_for(lambda: len(load.answers) > 50)
        for revision in (2, 3):
            answer = service.replace(ECHO.replace("'revision': 1", f"'revision': {revision}"), revision)
            assert answer.status == 200, answer.body
            assert answer.json()["revision"] == revision
            seen = len(load.answers)
            wait_for(lambda seen=seen: len(load.answers) > seen + 50)
        wait_for(lambda: len(service.status.worker_pids) == 1)
        seen = len(load.answers)
        wait_for(lambda: len(load.answers) > seen + 50)
    assert load.faults == []
    assert {status for status, _ in load.answers} == {200}
    assert {answer["revision"] for _, answer in load.answers[seen:]} == {3}
    assert not set(old) & set(service.status.worker_pids)
    assert json.loads((service.folder / "spec.json").read_text())["revision"] == 3


REFUSED = {
    "raises": ("def init():\n    raise ValueError('new')\ndef run(d): pass\n", "init-failed", "ValueError: new"),
    "exits": ("import os\ndef init():\n    os._exit(7)\ndef run(d): pass\n", "init-exited", "exit code 7"),
    "hangs": ("import time\ndef init():\n    time.sleep(600)\ndef run(d): pass\n", "init-timeout", "within 1 seconds"),
    "broken": ("def init(:\n", "script-invalid", "SyntaxError"),
}


@pytest.mark.parametrize(
    "name",
    [
        "raises",
        pytest.param(
            "exits", marks=pytest.mark.long("test_zoo.py has what ends init(), and the two others a replacement")
        ),
        "hangs",
        pytest.param(
            "broken", marks=pytest.mark.long("test_zoo.py has broken scripts, and the two others a replacement")
        ),
    ],
)
def test_a_bad_replacement_leaves_the_old_one_serving(name: str, service: Any, wait_for: Any) -> None:
    script, cause, message = REFUSED[name]
    service.up(ECHO)
    with Load(service, keep_alive=True) as load:
        answer = service.replace(script, start_timeout=1.0)
    status = service.status
    assert answer.status == 200
    assert (status.phase, status.revision, status.failed_revision) == (contract.READY, 1, 2)
    assert status.failure.cause == cause
    assert message in status.failure.message
    assert load.faults == []
    wait_for(lambda: len(service.status.worker_pids) == 1)
    good = service.replace(ECHO, 3).json()
    assert (good["revision"], good["failure"], good["failed_revision"]) == (3, None, 0)


@pytest.mark.long("test_every_python.py starts other Pythons at the gate; here one replaces another")
def test_a_replacement_may_use_another_python(service: Any, oldest_python: str) -> None:
    version = "import sys\ndef init(): pass\ndef run(data):\n    return list(sys.version_info[:2])\n"
    service.up(version)
    assert service.score(1).json() == list(sys.version_info[:2])
    assert service.replace(version, python=oldest_python).json()["revision"] == 2
    assert service.score(1).json() == [int(part) for part in next(iter(interpreters.found())).split(".")]


@pytest.mark.chance
def test_who_asked_for_a_replacement_meets_it_at_once(service: Any) -> None:
    script = "def init(): pass\ndef run(data):\n    return {}\n"
    service.up(script.format(1))
    for revision in range(2, 2 + rounds(gate=4, long=20)):
        assert service.replace(script.format(revision), revision).json()["revision"] == revision
        assert service.score(0).json() == revision


@pytest.mark.chance
def test_a_crash_in_run_is_followed_by_a_new_worker(service: Any, wait_for: Any) -> None:
    service.up(
        "import os\ndef init(): pass\ndef run(data):\n    if data == '1':\n        os._exit(1)\n    return"
        " os.getpid()\n"
    )
    first = service.score(0).json()
    with pytest.raises((OSError, http.client.HTTPException)):
        service.score(1)
    begun = time.monotonic()
    assert service.score(0).json() != first
    assert within(time.monotonic() - begun, 2)
    status = wait_for(lambda: service.status if service.status.phase == contract.READY else None)
    assert status.restarts == 1
    with pytest.raises((OSError, http.client.HTTPException)):
        service.score(1)
    begun = time.monotonic()
    assert service.score(0).status == 200
    assert within(time.monotonic() - begun, 2.5)


def test_a_crash_loop_is_given_up(service: Any, wait_for: Any) -> None:
    service.up(
        "import os, threading\ndef init():\n    threading.Timer(0.1, os._exit, [9]).start()\ndef run(d): pass\n",
        restart_limit=2,
    )
    status = wait_for(lambda: service.status if service.status.phase == contract.FAILED else None)
    assert status.failure.cause == contract.SERVICE_CRASHED
    assert (
        status.failure.message
        == "The worker ended 3 times within 600 seconds. The last time: It ended with exit code 9."
    )
    wait_for(service.gone)


@pytest.mark.chance
@pytest.mark.parametrize(
    "busy",
    [
        pytest.param(False, id="idle", marks=pytest.mark.long("the busy one is harder to end")),
        pytest.param(True, id="spinning"),
    ],
)
def test_nothing_outlives_a_killed_parent(busy: bool, service: Any, wait_for: Any) -> None:
    script = (
        "import subprocess\ndef init():\n    subprocess.Popen(['sleep', '603'])\ndef run(d):\n    print('begun')\n   "
        " while True: pass\n"
    )
    service.up(script)
    if busy:
        threading.Thread(target=ask_in_vain, args=(service,), daemon=True).start()
        wait_for(lambda: "begun" in service.log_text())
    assert len(service.processes()) == (4 if sys.platform == "linux" else 3)  # parent, worker, its child, the template
    os.kill(service.status.parent_pid, signal.SIGKILL)
    wait_for(service.gone, 5)
    again = service.start()
    assert again.phase == contract.STARTING, again.failure
    assert service.settle().phase == contract.READY


def test_files_of_the_script_have_usual_rights(service: Any) -> None:
    service.up("def init():\n    open('made', 'w').close()\ndef run(d): pass\n")
    (service.app / "reference").touch()
    assert (service.app / "made").stat().st_mode == (service.app / "reference").stat().st_mode


@pytest.mark.chance
def test_several_workers_share_the_socket(service: Any) -> None:
    service.up(PID + "\nimport time\n", worker_count=2)
    assert len(service.status.worker_pids) == 2
    answers: list[int] = []
    script = "import os, time\ndef init(): pass\ndef run(data):\n    time.sleep(0.3)\n    return os.getpid()\n"
    assert service.replace(script, worker_count=2).status == 200
    clients = [threading.Thread(target=lambda: answers.append(service.score(1).json())) for _ in range(8)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(20)
    assert len(answers) == 8


def test_a_sleeping_machine_is_no_crash(service: Any) -> None:
    """Everything stopped and continued, as by a lid that closes."""
    service.up(PID)
    before = service.status
    family = [psutil.Process(pid) for pid in (before.parent_pid, *before.worker_pids)]
    for process in family:
        process.suspend()
    time.sleep(1.5)
    for process in family:
        process.resume()
    assert service.score(1).json() == before.worker_pids[0]
    assert service.status == before


CONTROL = {
    "no nonce": ("GET", "/status", None, "wrong", 401),
    "nonce not ASCII": ("GET", "/status", None, "n\u00f6", 401),
    "unknown route": ("GET", "/nothing", None, None, 404),
    "method": ("GET", "/stop", None, None, 404),
    "grace": ("POST", "/stop", {"grace": "soon"}, None, 400),
    "negative grace": ("POST", "/stop", {"grace": -1}, None, 400),
    "no object": ("POST", "/stop", [1], None, 400),
    "large": ("POST", "/stop", {"x": "y" * 70_000}, None, 400),
    "relative": ("POST", "/replace", {"spec": "spec.json"}, None, 400),
    "absent": ("POST", "/replace", {"spec": "/nowhere/spec.json"}, None, 422),
}


def test_the_control_endpoint_refuses_what_it_must(service: Any) -> None:
    service.up(ECHO)
    for name, (method, path, body, nonce, status) in CONTROL.items():
        assert service.control(method, path, body, nonce).status == status, name
    assert service.status.phase == contract.READY


def test_address_and_port_hold_for_life(service: Any) -> None:
    service.up(ECHO)
    assert service.replace(ECHO, port=service.status.port + 1).status == 422
    assert service.replace(ECHO, port=service.status.port).status == 200


def test_the_guide_tells_the_figures_of_the_spec() -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    usual = contract.ServiceSpec("svc", 1, "", "", ".", "score.py")
    assert f"(`stop_grace`, {usual.stop_grace:g} s)" in guide
    assert (usual.log_file_bytes, usual.log_file_count) == (10_000_000, 3)
    assert "the service keeps it in three files of 10 MB" in guide
    assert (usual.recycle_requests, usual.recycle_megabytes) == (0, 0)
    assert "no request fails. Both are off;" in guide
