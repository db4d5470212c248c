"""An exception of a signal handler may come between any two lines of the loop that the main thread leads.

A script raises one there, at one line after the other. Every client gets its answer, or sees its connection close;
nobody waits; the worker stays and serves what comes next.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from depth import rounds
from pace import patience

SCRIPT = """
import builtins, json, os, sys

class Plan:
    left = -1
    seen = 0
    place = "nowhere"
    events = "line"
    leaving = ""
    line = 0

def trace(frame, event, _):
    if "scoredock_runtime" not in frame.f_code.co_filename:
        return None
    frame.f_trace_opcodes = Plan.events == "opcode"
    if Plan.leaving:
        # Back at the line of a `with` whose block is over: what it holds is held still.
        if frame.f_code.co_name == Plan.leaving:
            before, Plan.line = Plan.line, frame.f_lineno if event == "line" else 0
            if 0 < Plan.line < before:
                sys.settrace(None)
                Plan.place = Plan.leaving
                raise Plan.kind("raised by a signal handler")
    elif event == Plan.events:
        Plan.seen += 1
        Plan.left -= 1
        if Plan.left == 0:
            sys.settrace(None)
            Plan.place = "%s:%s" % (os.path.basename(frame.f_code.co_filename), frame.f_lineno)
            raise Plan.kind("raised by a signal handler")
    return trace

def init(): pass

def in_the_loop():
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name == "_run_inline":
            return True
        frame = frame.f_back
    return False

def run(data):
    if data == "":
        return "fine"
    asked = json.loads(data)
    if asked == "where":
        return Plan.place
    if asked == "seen":
        return Plan.seen
    if asked == "inline":
        return in_the_loop()
    if asked == "stop":
        sys.settrace(None)
        return "no more"
    Plan.left, Plan.events, Plan.seen, Plan.place = asked["after"], asked["events"], 0, "nowhere"
    Plan.kind, Plan.leaving = getattr(builtins, asked["kind"]), asked.get("leaving", "")
    frame = sys._getframe().f_back
    while frame is not None:
        if "scoredock_runtime" in frame.f_code.co_filename:
            frame.f_trace = trace
            frame.f_trace_opcodes = Plan.events == "opcode"
        frame = frame.f_back
    sys.settrace(trace)
    return "begun"
"""
LAST = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
KINDS = ["RuntimeError", "TimeoutError", "KeyboardInterrupt"]
"""An error, one that the system's own errors are caught with, and one that `except Exception` lets pass."""

LONG = pytest.mark.long("at the gate every third line meets one of the kinds")


def ask(asked: Any = None) -> bytes:
    body = b"" if asked is None else json.dumps(asked).encode()
    return b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def statuses(received: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"HTTP/1\.1 (\d\d\d)", received)]


def exchange(port: int, *requests: bytes) -> bytes:
    """What comes back on a connection until the service closes it."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"".join(requests) + LAST)
        return rest_of(client)


def rest_of(client: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionError):
        while data := client.recv(65536):
            received += data
    return received


def until_inline(port: int) -> None:
    """The main thread takes the loop after quick requests in succession, and few are quick on a busy machine."""
    deadline = time.monotonic() + patience(60)
    while b"true" not in exchange(port, *[ask()] * 20, ask("inline")):
        assert time.monotonic() < deadline, "the main thread does not take the loop"


def raise_after(port: int, number: int, kind: str, events: str) -> None:
    """Two clients while the exception comes: one with requests in a row, and one that waits on a kept connection."""
    # The last one may have had fewer places than were counted, and its exception would come in this one's beginning.
    exchange(port, ask("stop"))
    until_inline(port)
    first = socket.create_connection(("127.0.0.1", port), timeout=30)
    second = socket.create_connection(("127.0.0.1", port), timeout=30)
    with first, second:
        second.sendall(ask())
        assert statuses(second.recv(65536)) == [200]
        first.sendall(ask({"after": number, "kind": kind, "events": events}) + ask() + LAST)
        second.sendall(ask())
        waits = []
        for name, client, receive in (("first", first, rest_of), ("second", second, lambda it: it.recv(65536))):
            try:
                with contextlib.suppress(ConnectionError):
                    assert set(statuses(receive(client))) <= {200, 404, 500}
            except TimeoutError:
                waits.append(name)
    assert not waits, f"{waits} after {kind} in place {number}: {exchange(port, ask('where'))!r}"


@pytest.mark.parametrize(
    ("events", "kinds"),
    [
        ("line", KINDS),
        *(pytest.param("line", [kind], marks=LONG) for kind in KINDS),
        *(pytest.param("opcode", [kind], marks=LONG) for kind in KINDS),
    ],
)
def test_nobody_waits_after_an_exception_between_any_two_lines(service: Any, events: str, kinds: list[str]) -> None:
    port = service.up(SCRIPT).status.port
    workers = service.status.worker_pids
    number, deadline = 0, time.monotonic() + patience(60)
    while number <= 200:  # fewer where the main thread lost the loop soon, as it may on a busy machine
        assert time.monotonic() < deadline, f"{number} places"
        raise_after(port, 10**9, kinds[0], events)
        number = int(re.findall(rb"\r\n\r\n(\d+)", exchange(port, ask("seen")))[0])
    for turn, after in enumerate(range(1, number + 1, rounds(gate=3, long=1))):
        raise_after(port, after, kinds[turn % len(kinds)], events)
    exchange(port, ask("stop"))
    assert statuses(exchange(port, ask())) == [200, 404]
    assert service.status.worker_pids == workers
    descriptors = Path("/proc", str(workers[0]), "fd")
    assert not descriptors.is_dir() or len(list(descriptors.iterdir())) < 60


@pytest.mark.parametrize("kind", KINDS)
def test_a_lock_that_the_loop_was_about_to_leave_holds_nobody_up(service: Any, kind: str) -> None:
    port = service.up(SCRIPT).status.port
    deadline = time.monotonic() + patience(60)
    while b"flush" not in exchange(port, ask("where")):  # another thread may have had the loop, or written the log
        assert time.monotonic() < deadline, "the lock of the log is never left in the main thread"
        until_inline(port)
        plan = {"after": 0, "kind": kind, "events": "line", "leaving": "flush"}
        exchange(port, ask(plan), ask())
        for _ in range(5):  # too few for the main thread to lead again: another one has the log to write
            time.sleep(0.06)
            assert set(statuses(exchange(port, ask()))) <= {200, 404, 500}
        exchange(port, ask("stop"))
    assert statuses(exchange(port, ask())) == [200, 404]
