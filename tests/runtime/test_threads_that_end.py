"""Each thread of the runtime is ended by an exception, and somebody notices."""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import io
import json
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest

from scoredock_runtime import contract
from scoredock_runtime.base import threads, traffic_counts
from scoredock_runtime.log.console_log import ConsoleLog
from scoredock_runtime.log.log_lines import Levels
from scoredock_runtime.log.log_writer import LogWriter
from scoredock_runtime.observability.collection import Collector
from scoredock_runtime.observability.telemetry import Telemetry
from scoredock_runtime.parent import debug_tunnel
from scoredock_runtime.parent.control_server import ControlServer
from scoredock_runtime.parent.file_watch import FileWatch
from scoredock_runtime.parent.parent_loop import ParentLoop
from scoredock_runtime.parent.worker_process import WorkerProcess
from scoredock_runtime.router.differences import Differences, Original, Pair
from scoredock_runtime.router.router import Pulse
from scoredock_runtime.service_folder import file_switch
from scoredock_runtime.template.template_process import TemplateProcess


class Ended(BaseException):
    """Nobody expects it, and no `except Exception` stops it."""


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What was reported. The pauses are short here."""
    reported: list[str] = []
    monkeypatch.setattr(threads, "report", reported.append)
    monkeypatch.setattr(threads, "_PAUSE", 0.001)
    yield reported
    threads.faults.clear()


def end(name: str) -> None:
    """Raises in the thread of that name, as soon as it comes back from what it waits for."""
    thread = [each for each in threading.enumerate() if each.name == name][-1]  # others of before may be there still
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Ended))


Wait = Callable[..., Any]


def test_work_is_begun_again_as_often_as_need_be(told: list[str], wait_for: Wait) -> None:
    turns: list[int] = []

    def work() -> None:
        turns.append(1)
        if len(turns) < 4:
            raise Ended(f"turn {len(turns)}")

    threads.start(work, name="turns", at_fault=threads.again).join(20)
    assert len(turns) == 4
    assert threads.faults["turns"] == 3
    assert ["turn 3" in each and "number 3 of it" in each for each in told] == [False, False, True]


@pytest.mark.parametrize("fault", [ValueError("a"), SystemExit(0), KeyboardInterrupt(), MemoryError(), Ended("b")])
def test_who_waits_is_told_whatever_it_was(fault: BaseException, told: list[str]) -> None:
    got: list[BaseException] = []

    def work() -> None:
        raise fault

    threads.start(work, name="work", at_fault=got.append).join(20)
    assert got == [fault]
    assert len(told) == 1
    assert type(fault).__name__ in told[0]


def test_a_report_that_fails_costs_nothing(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(threads, "report", lambda _: 1 / 0)
    got: list[BaseException] = []
    threads.start(lambda: 1 / 0, name="work", at_fault=got.append).join(20)
    assert len(got) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_call_that_is_called_off_is_not_made() -> None:
    made: list[int] = []
    call_off = threads.call_later(0.05, lambda: made.append(1), name="later", at_fault=made.append)
    call_off()
    later = threads.call_later(0.0, lambda: made.append(2), name="later 2", at_fault=made.append)
    while not made:
        time.sleep(0.001)
    later()
    assert made == [2]


ENDS = """
import ctypes, os, threading

class Ended(BaseException):
    pass

def init():
    pass

def run(data):
    import json
    name = json.loads(data)
    for each in threading.enumerate():
        if each.name == name:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(each.ident), ctypes.py_object(Ended))
    return os.getpid()
"""


@pytest.mark.parametrize("name", ["http", "parent"])
def test_a_worker_that_loses_a_thread_is_replaced(name: str, service: Any, wait_for: Wait) -> None:
    # Its parent says something each moment, so that the one that listens to it comes back from its wait.
    service.up(ENDS, liveness=contract.Liveness(initial_delay=0.05, period=0.05))
    (before,) = service.status.worker_pids
    with contextlib.suppress(OSError, http.client.HTTPException):  # it may end before the answer leaves
        assert service.score(name).json() == before

    def replaced() -> bool:
        # What it waits for comes from its parent or from a client.
        try:
            return bool(service.score("none").json() != before)
        except (OSError, http.client.HTTPException, ValueError):
            return False

    wait_for(replaced, 60)
    wait_for(lambda: service.status.phase == contract.READY)
    wait_for(lambda: f"The thread “{name}” of Scoredock raised an exception" in service.log_text())


def test_the_log_goes_on(tmp_path: Path, wait_for: Wait) -> None:
    log = LogWriter(str(tmp_path), 1 << 20, 2)
    end("log")
    log.tell("one")
    wait_for(lambda: threads.faults.get("log"))
    log.take("stdout", ["two"], Levels("stdout"))
    path = tmp_path / contract.LOG_FILE
    wait_for(lambda: path.exists() and '"two"' in path.read_text())
    log.close()


def test_the_shown_log_goes_on(wait_for: Wait) -> None:
    read, write = os.pipe()
    log = ConsoleLog(write)
    end("shown log")
    log.show(["one"])
    wait_for(lambda: threads.faults.get("shown log"))
    log.show(["two"])
    got = b""
    while b"two" not in got:
        got += os.read(read, 100)
    log.close(5)
    for each in (read, write):
        os.close(each)


def test_the_watch_of_files_goes_on(tmp_path: Path, wait_for: Wait) -> None:
    changed: list[list[str]] = []
    watch = FileWatch(str(tmp_path), str(tmp_path), changed.append)
    end("watch")
    wait_for(lambda: threads.faults.get("watch"))
    (tmp_path / "score.py").write_text("1")
    wait_for(lambda: changed)
    watch.end()


def test_the_control_endpoint_goes_on(wait_for: Wait) -> None:
    def answer(route: str, body: Any, gone: Any) -> tuple[int, str]:
        if body.get("fail"):
            raise ValueError("planted")
        return 200, json.dumps(route)

    server = ControlServer(lambda: "nonce", answer, ("127.0.0.1", 0))

    def ask(path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Authorization": "Bearer nonce"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    assert ask("/status?fail=1") == 0
    wait_for(lambda: threads.faults.get("control"))
    end("control")
    ask("/status")
    wait_for(lambda: threads.faults["control"] == 2)
    wait_for(lambda: ask("/status") == 200)
    server.close()


def test_deadlines_are_still_looked_at(wait_for: Wait) -> None:
    looks: list[int] = []
    pulse = Pulse(lambda: looks.append(1), 0.001)
    pulse.start()
    pulse.go_on()
    wait_for(lambda: looks)
    end("pulse")
    wait_for(lambda: threads.faults.get("pulse"))
    before = len(looks)
    wait_for(lambda: len(looks) > before)
    pulse.rest()


def test_responses_to_copies_are_still_compared(tmp_path: Path, wait_for: Wait) -> None:
    counts = memoryview(bytearray(8 * traffic_counts.NUMBERS)).cast("d")
    first, second = (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % each for each in (1, 2))
    differences = Differences(str(tmp_path))
    pair = Pair("green", counts, Original(b"GET / HTTP/1.1\r\n\r\n", first, "blue", False, 0.1), second, 0.1)
    differences.take(pair)
    wait_for(lambda: counts[traffic_counts.DIFFERENT])
    end("compare")
    differences.take(pair)
    wait_for(lambda: threads.faults.get("compare"))
    before = counts[traffic_counts.DIFFERENT]
    differences.take(pair)
    wait_for(lambda: counts[traffic_counts.DIFFERENT] > before)


def test_spans_are_still_made(wait_for: Wait) -> None:
    made: list[Any] = []
    telemetry = Telemetry(made.append, lambda _: 1 / 0)
    request = ("POST", "/score", 200, 0, 0.1, "id", None, None)
    end("telemetry")
    telemetry.add_request(*request)
    wait_for(lambda: threads.faults.get("telemetry"))
    before = len(made)
    telemetry.add_request(*request)
    wait_for(lambda: len(made) > before)
    telemetry.close(1.0)
    assert threads.faults["end of telemetry"] == 1


def test_what_is_collected_is_still_written(wait_for: Wait) -> None:
    collection = Collector.__new__(Collector)
    collection._fresh()
    written: list[int] = []
    collection._format = lambda records, grouped: written.append(len(records)) or 0  # type: ignore[method-assign,func-returns-value]
    collection._tell = lambda: None  # type: ignore[method-assign]
    collection.add("model", "1", "inputs", "data.csv", b"", [b"1"])
    wait_for(lambda: written)
    end("collection")
    collection.add("model", "1", "inputs", "data.csv", b"", [b"2"])
    wait_for(lambda: threads.faults.get("collection"))
    before = len(written)
    collection.add("model", "1", "inputs", "data.csv", b"", [b"3"])
    wait_for(lambda: len(written) > before)
    collection.close()


class Broken(io.RawIOBase):
    """A stream that raises what nobody expects."""

    def read(self, _: int = -1) -> bytes:
        raise Ended


def test_a_parent_that_cannot_hear_its_caller_stops(wait_for: Wait) -> None:
    events: SimpleQueue[Any] = SimpleQueue()
    loop = ParentLoop.__new__(ParentLoop)
    loop._service = SimpleNamespace(events=events)  # type: ignore[assignment]
    loop.hold(Broken())  # type: ignore[arg-type]
    assert events.get(timeout=20) == ("stop", None, 0.0)


def test_a_worker_that_its_parent_cannot_hear_is_dealt_with(wait_for: Wait) -> None:
    worker: Any = WorkerProcess.__new__(WorkerProcess)
    worker._events, worker.number = SimpleQueue(), 7
    worker.channel = worker.process = None  # whatever is asked of them raises
    worker._thread(lambda _: worker._put("silent"), worker._read_channel)
    worker._thread(lambda _: worker._put("ended"), worker._await_end)
    assert sorted(worker._events.get(timeout=20)[0] for _ in range(2)) == ["ended", "silent"]
    assert threads.faults["worker 7"] == 2


def test_the_end_of_the_template_is_told(wait_for: Wait) -> None:
    template: Any = TemplateProcess.__new__(TemplateProcess)
    template.channel, template._replies = None, SimpleQueue()
    events: SimpleQueue[Any] = SimpleQueue()
    template.listen(events)
    assert events.get(timeout=20) == ("template", template, None)
    assert template._replies.get(timeout=20) is None, "who waits for a fork is told as well"


def test_what_a_debugger_said_is_cut_off_and_not_lost_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, worker = socket.socketpair()
    outside, editor = socket.socketpair()
    copy = debug_tunnel._copy

    def fails_one_way(source: socket.socket, target: socket.socket, end: int) -> None:
        if source is outside:
            raise Ended
        copy(source, target, end)

    monkeypatch.setattr(debug_tunnel, "_copy", fails_one_way)
    debug_tunnel._join(inside, outside)
    assert worker.recv(1) == editor.recv(1) == b""
    for each in (inside, worker, outside, editor):
        each.close()


def test_a_folder_that_cannot_be_removed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_for: Wait
) -> None:
    monkeypatch.setattr(file_switch.shutil, "rmtree", lambda *_, **__: 1 / 0)
    file_switch._remove([str(tmp_path)])
    wait_for(lambda: threads.faults.get("remove"))


def test_every_place_where_a_thread_begins_is_asked_here() -> None:
    """A new one gets its line, and its test above."""
    found: dict[str, int] = {}
    for file in sorted(Path(threads.__file__).parents[1].rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        count = len(re.findall(r"(?<!self\.)threads\.(?:start|call_later)\(", text))
        if count:
            found[file.stem] = count
    assert found == {
        "collection": 1,
        "console_log": 1,
        "control_server": 3,  # two begin again; one is a request, whose end is that of its connection
        "debug_tunnel": 1,
        "debugger": 1,  # the bound of a wait: the worker ends, as with `http`
        "differences": 1,
        "file_switch": 1,
        "file_watch": 1,
        "log_writer": 1,
        "loop_threads": 1,
        "parent_loop": 1,
        # Of workers of batch jobs elsewhere: the connection ends, or the actor, which their driver takes for their end.
        "ray_actor": 1,
        "ray_job": 4,
        "remote": 5,
        "remote_script": 1,  # the watch over a script's process: the worker ends either way, as with `http`
        "router": 1,
        "telemetry": 2,
        "template_process": 1,
        "worker": 1,
        "worker_process": 1,
    }
