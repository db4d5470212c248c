"""Scripts that reach into the process of their worker: signals, clocks, forks, answers that end in the wrong place. The
request they spoil is theirs; the next one is answered, by the same worker."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and forks")

SCRIPT = """
import json, logging, multiprocessing, os, random, resource, signal, socket, sys, threading, time
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse
from flask import Response

class Leaving:
    def __getattr__(self, name):
        raise SystemExit("bye")

class Silent(Exception):
    def __str__(self):
        raise SystemExit("no text")
    __repr__ = __str__

class Broken(logging.Handler):
    encoding = "utf-8"
    def write(self, *given):
        raise RuntimeError("no output")
    flush = handle = write

class NoSocket(socket.socket):
    def __init__(self, *given, **options):
        raise OSError("no way out")

def init():
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))  # what is asked here may cost this worker, not the machine
    if os.fork() == 0:
        return  # goes on as if it were the worker

def parts(request):
    for number in range(3):
        yield "p%d;" % number

def endless(closed):
    try:
        while True:
            yield "x" * 1000
    finally:
        closed.append(True)

def breaking():
    yield "begun;"
    raise ValueError("no more")

def stubborn():
    while True:
        try:
            yield "x" * 1000
        except GeneratorExit:
            yield "y"

def boom(*_):
    raise random.choice([RuntimeError, TimeoutError, ValueError, SystemExit, KeyboardInterrupt])("from a handler")

def same(value):
    return value

closed = []

def later(number):
    for _ in range(number):
        time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGUSR2)
    os.close(os.open("no more signals", os.O_CREAT | os.O_WRONLY))

@rawhttp
def run(request):
    what = request.args.get("what", "")
    if what == "status": return AMLResponse("text", int(request.args["status"]))
    if what == "parts": return Response(parts(request), status=int(request.args.get("status", 200)))
    if what == "endless": return Response(endless(closed))
    if what == "closed": return AMLResponse(str(len(closed)), 200)
    if what == "breaks off": return Response(breaking())
    if what == "stubborn": return Response(stubborn())
    if what == "fails at its end":
        response = Response(parts(request))
        response.call_on_close(lambda: 1 / 0)
        return response
    if what == "leaving": return Leaving()
    if what == "silent": raise Silent
    if what == "pool":
        with multiprocessing.get_context("fork").Pool(2) as pool:
            return AMLResponse(json.dumps(pool.map(same, [1, 2])), 200)
    if what == "timer":
        signal.signal(signal.SIGALRM, boom)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
    if what == "default alarm":
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
    if what == "signals":
        signal.signal(signal.SIGUSR2, boom)
        threading.Thread(target=later, args=(150,), daemon=True).start()
    if what == "output": sys.stdout = Broken()
    if what == "logging": logging.getLogger("azmlinfsrv").addHandler(Broken())
    if what == "few descriptors": resource.setrlimit(resource.RLIMIT_NOFILE, (40, 4096))
    if what == "dumps": json.dumps = json.loads = lambda *_, **__: b"no text"
    if what == "socket": socket.socket = NoSocket
    if what == "clock": time.monotonic = time.time = time.perf_counter = lambda: 5.0
    if what == "default timeout": socket.setdefaulttimeout(0.5)
    if what == "recursion limit": sys.setrecursionlimit(10**6)
    if what == "switch interval": sys.setswitchinterval(1.0)
    if what == "wait":
        os.close(os.open("running", os.O_CREAT | os.O_WRONLY))
        while not os.path.exists("go"): time.sleep(0.005)
    if what == "sleep": time.sleep(float(request.args["seconds"]))
    return AMLResponse("fine", 200)
"""  # noqa: E501 (a text that would change if it were wrapped)


def ask(what: str, method: str = "GET", **more: str) -> bytes:
    query = "&".join([f"what={what.replace(' ', '+')}", *(f"{name}={value}" for name, value in more.items())])
    return f"{method} /score?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def exchange(port: int, *requests: bytes, last: bytes = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n") -> bytes:
    """What comes back on one connection, with a request at its end that has it closed."""
    told = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"".join(requests) + last + b"Connection: close\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while data := client.recv(65536):
                told += data
    return told


def statuses(told: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"HTTP/1\.1 (\d\d\d)", told)]


@pytest.fixture(scope="module", params=["queue", "inline"])
def shared(request: Any, tmp_path_factory: Any, shared_type: Any) -> Iterator[Any]:
    """With run() called from the queue, and between two looks at the sockets."""
    made = shared_type(tmp_path_factory.mktemp("scripts"), sys.executable, SCRIPT)
    made.inline = request.param == "inline"
    yield made
    made.close()


@pytest.fixture
def victim(shared: Any) -> Any:
    return shared.give()


@pytest.fixture
def port(shared: Any, victim: Any) -> int:
    if shared.inline:
        exchange(victim.status.port, *[ask("")] * 60)
    return int(victim.status.port)


@pytest.fixture
def same_worker(victim: Any) -> Iterator[None]:
    before = victim.status.worker_pids
    yield
    told = exchange(victim.status.port, ask(""))
    assert statuses(told) == [200, 404]
    assert victim.status.worker_pids == before


@pytest.mark.parametrize("status", ["204", "304"])
@pytest.mark.parametrize("what", ["status", "parts"])
def test_answers_without_a_body_end_with_their_headers(what: str, status: str, port: int, same_worker: None) -> None:
    told = exchange(port, ask(what, status=status))
    assert statuses(told) == [int(status), 404]
    head, _, rest = told.partition(b"\r\n\r\n")
    assert rest.startswith(b"HTTP/1.1 404")
    assert b"transfer-encoding" not in head.lower()


def test_the_answer_to_head_has_no_parts(port: int, same_worker: None) -> None:
    told = exchange(port, ask("parts", "HEAD"))
    assert statuses(told) == [200, 404]
    assert told.partition(b"\r\n\r\n")[2].startswith(b"HTTP/1.1 404")


@pytest.mark.parametrize("status", ["100", "101", "199", "0", "1000"])
def test_a_status_that_would_announce_another_answer_is_none(status: str, port: int, same_worker: None) -> None:
    assert statuses(exchange(port, ask("status", status=status))) == [500, 404]


@pytest.mark.parametrize("what", ["leaving", "silent"])
def test_what_raises_system_exit_outside_run(what: str, port: int, same_worker: None) -> None:
    assert statuses(exchange(port, ask(what), ask(""))) == [500, 200, 404]


def test_a_stream_that_fails_when_it_is_closed(port: int, same_worker: None) -> None:
    told = exchange(port, ask("fails at its end"))
    assert told.count(b"p2;") == 1
    assert statuses(told) == [200, 404]


def test_a_stream_that_breaks_off_has_no_end(port: int, same_worker: None) -> None:
    for _ in range(5):
        told = exchange(port, ask("breaks off"))
        assert told.endswith(b"6\r\nbegun;\r\n")


def test_a_stream_without_end_is_closed_when_its_client_has_gone(port: int, same_worker: None, wait_for: Any) -> None:
    before = exchange(port, ask("closed")).partition(b"\r\n\r\n")[2][:2].split(b"H")[0]
    for what in ("endless", "stubborn"):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(ask(what))
            assert client.recv(1000)
    after = exchange(port, ask("closed")).partition(b"\r\n\r\n")[2][:2].split(b"H")[0]
    assert int(after) == int(before) + 1


def test_a_pool_of_processes_ends(port: int, same_worker: None) -> None:
    """A new process forgets a signal that comes before its Python has begun; the pool would wait for ever."""
    for _ in range(6):
        assert b"[1, 2]" in exchange(port, ask("pool"))


@pytest.mark.parametrize("what", ["timer", "default alarm"])
def test_an_alarm_that_a_script_leaves_behind(what: str, port: int, same_worker: None) -> None:
    assert statuses(exchange(port, ask(what), ask("sleep", seconds="0.3"))) == [200, 200, 404]


def test_signals_whose_handler_raises_anywhere(victim: Any, port: int, same_worker: None, wait_for: Any) -> None:
    """Each request has one answer, though it may be a 500; the loop keeps turning. The request that sets the signals
    off may meet the first of them."""
    ended = victim.app / "no more signals"
    ended.unlink(missing_ok=True)
    found = statuses(exchange(port, ask("signals")))

    def more() -> bool:
        over = ended.exists()
        with contextlib.suppress(ConnectionError):
            found.extend(statuses(exchange(port, ask(""), ask(""))))
        return over

    wait_for(more, 30)
    assert set(found) <= {200, 404, 500}
    assert found.count(200) > 20


@pytest.mark.parametrize(
    "what", ["default timeout", "recursion limit", "switch interval", "dumps", "socket", "output", "clock"]
)
def test_what_a_script_replaces_it_replaces_for_itself(what: str, port: int, same_worker: None) -> None:
    assert statuses(exchange(port, ask(what))) == [200, 404]
    for _ in range(3):
        assert statuses(exchange(port, ask(""))) == [200, 404]


def test_more_clients_than_descriptors_wait_their_turn(port: int, same_worker: None) -> None:
    assert statuses(exchange(port, ask("few descriptors"))) == [200, 404]
    with contextlib.ExitStack() as held:
        for _ in range(60):
            held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
    assert statuses(exchange(port, ask(""))) == [200, 404]


def test_health_beside_run_with_a_stopped_clock_and_the_end(victim: Any, port: int, wait_for: Any) -> None:
    """Last: what the scripts above have replaced is still replaced."""
    worker = psutil.Process(victim.status.worker_pids[0])
    with socket.create_connection(("127.0.0.1", port)) as busy:
        busy.sendall(ask("wait"))
        wait_for((victim.app / "running").exists)
        assert victim.request().status == 200  # run() goes on only after that
        (victim.app / "go").touch()
        assert statuses(busy.recv(1000)) == [200]
    assert len([each for each in worker.children() if each.status() != psutil.STATUS_ZOMBIE]) == 0
    victim.stop(5)
    wait_for(lambda: "ended with exit code 0" in victim.log_text())


def test_a_log_handler_that_raises_costs_what_is_logged(service: Any) -> None:
    service.up(SCRIPT)
    before = service.status.worker_pids
    told = exchange(service.status.port, ask("logging"), ask("leaving"), ask("breaks off"), ask(""))
    assert set(statuses(told)) <= {200, 404, 500}
    assert service.request().status == 200
    assert service.status.worker_pids == before


def test_a_script_that_closes_all_descriptors_costs_its_worker(service: Any, wait_for: Any) -> None:
    service.up(
        "import os\ndef init(): pass\ndef run(data):\n    if data == '1': os.closerange(3, 256)\n    return data\n"
    )
    (pid,) = service.status.worker_pids
    with contextlib.suppress(OSError):
        service.score(1)
    wait_for(lambda: service.status.worker_pids not in ([pid], []), 10)
    assert service.score(2).status == 200


def test_signals_do_not_reach_the_parent_group(service: Any) -> None:
    """SIGUSR1 is the runtime's own question where a worker is; a script's process answers and goes on."""
    service.up("import os\ndef init(): pass\ndef run(data): return os.getpid()\n")
    pid = service.score(1).json()
    os.kill(pid, signal.SIGUSR1)
    assert service.score(1).json() == pid
