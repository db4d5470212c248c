"""Clients that do anything with their connections, at random but repeatably: whatever they do, each answer belongs to
its request, and afterwards nothing of them is left."""

from __future__ import annotations

import contextlib
import os
import random
import re
import socket
import threading
import time
from typing import Any

import psutil
import pytest

from depth import SEED, rounds

pytestmark = pytest.mark.chance

FIRST = int(os.environ.get("SCOREDOCK_RANDOM_SEED") or SEED or 5)
CONNECTIONS = rounds(gate=12, long=200, name="SCOREDOCK_RANDOM_CONNECTIONS")
CLIENTS = 5

SCRIPT = """
import time
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse
from flask import Response

opened = closed = 0

def init(): pass

def parts(name, count):
    global opened, closed
    opened += 1
    try:
        number = 0
        while number < count:
            number += 1
            yield name + ";" + "p" * 500
    finally:
        closed += 1

@rawhttp
def run(request):
    name, what = request.args["name"], request.args["what"]
    if what == "streams": return AMLResponse("%d %d" % (opened, closed), 200)
    if what == "large": return AMLResponse(name + ";" + "z" * 700_000, 200)
    if what == "parts": return Response(parts(name, 20))
    if what == "endless": return Response(parts(name, 10**9))
    if what == "fail": raise ValueError(name)
    if what == "pause": time.sleep(0.03)
    return AMLResponse(name + ";" + str(len(request.get_data())), 200)
"""

WHAT = ["small"] * 8 + ["body"] * 4 + ["chunked"] * 2 + ["head", "health", "missing", "large", "parts", "fail", "pause"]


class Exchange:
    """One request, and what its answer must be."""

    def __init__(self, chance: random.Random, name: str) -> None:
        self.name, self.what = name, chance.choice(WHAT)
        self.size = chance.choice([0, 1, 100, 5000, 200_000])
        self.head = self.what == "head"
        self.status = {"missing": 404, "fail": 500}.get(self.what, 200)

    def message(self, chance: random.Random) -> bytes:
        path = {"health": "/", "missing": "/missing"}.get(self.what, f"/score?name={self.name}&what={self.what}")
        lines = f"{path} HTTP/1.1\r\nHost: localhost\r\nx-ms-client-request-id: {self.name}\r\n"
        if self.what == "body":
            return f"POST {lines}Content-Length: {self.size}\r\n\r\n".encode() + b"b" * self.size
        if self.what == "chunked":
            body, left = b"", self.size
            while left:
                count = chance.randint(1, left)
                body += b"%x\r\n%b\r\n" % (count, b"c" * count)
                left -= count
            return f"POST {lines}Transfer-Encoding: chunked\r\n\r\n".encode() + body + b"0\r\n\r\n"
        return f"{'HEAD' if self.head else 'GET'} {lines}\r\n".encode()

    def check(self, status: int, head: bytes, body: bytes) -> None:
        assert status == self.status, (self.what, status, body[:100])
        if self.what not in ("health", "missing"):
            assert f"x-ms-client-request-id: {self.name}\r\n".encode() in head
        expected = {
            "health": b"Healthy",
            "large": f"{self.name};".encode() + b"z" * 700_000,
            "head": b"",
            "parts": (f"{self.name};".encode() + b"p" * 500) * 20,
            "body": f"{self.name};{self.size}".encode(),
            "chunked": f"{self.name};{self.size}".encode(),
        }
        if self.what in expected:
            assert body == expected[self.what], (self.what, body[:100], len(body))
        elif status == 200:
            assert body == f"{self.name};0".encode()


class Reader:
    """Takes answers from a socket, a few bytes or many at a time."""

    def __init__(self, sock: socket.socket, most: int) -> None:
        self._socket, self._most, self._rest = sock, most, b""

    def _more(self) -> None:
        data = self._socket.recv(self._most)
        if not data:
            raise EOFError
        self._rest += data

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._rest:
            self._more()
        found, _, self._rest = self._rest.partition(mark)
        return found

    def _exactly(self, count: int) -> bytes:
        parts, have = [self._rest], len(self._rest)
        while have < count:
            data = self._socket.recv(max(self._most, 65536))
            if not data:
                raise EOFError
            parts.append(data)
            have += len(data)
        whole = b"".join(parts)
        self._rest = whole[count:]
        return whole[:count]

    def answer(self, *, head_only: bool) -> tuple[int, bytes, bytes]:
        head = self._until(b"\r\n\r\n") + b"\r\n"
        found = re.match(rb"HTTP/1\.1 (\d\d\d) ", head)
        assert found, head[:100]
        body = b""
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        if head_only:
            pass
        elif length:
            body = self._exactly(int(length[1]))
        elif b"chunked" in head:
            while count := int(self._until(b"\r\n"), 16):
                body += self._exactly(count)
                assert self._exactly(2) == b"\r\n"
            assert self._exactly(2) == b"\r\n"
        return int(found[1]), head, body

    def at_end(self) -> bool:
        return not self._rest and not self._socket.recv(1)


class Client:
    """A thread that opens one connection after the other."""

    def __init__(self, port: int, number: int) -> None:
        self._port, self._number = port, number
        self._chance = random.Random(FIRST * 1000 + number)
        self.faults: list[str] = []
        self.checked = 0
        self.thread = threading.Thread(target=self._run, name=f"client {number}")

    def _run(self) -> None:
        for index in range(CONNECTIONS):
            try:
                self._connection(f"c{self._number}n{index}")
            except Exception as fault:
                self.faults.append(f"connection {index} of client {self._number}: {fault!r}")

    def _connection(self, name: str) -> None:
        chance = self._chance
        end = chance.choice(["read all", "read all", "half close", "reset", "reset early", "endless"])
        exchanges = [Exchange(chance, f"{name}r{each}") for each in range(chance.choice([1, 1, 2, 5, 15]))]
        message = b"".join(each.message(chance) for each in exchanges)
        with socket.socket() as sock:
            sock.settimeout(30)
            if chance.random() < 0.2:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.connect(("127.0.0.1", self._port))
            if end == "endless":
                sock.sendall(f"GET /score?name={name}&what=endless HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                sock.recv(chance.choice([1, 1000, 65536]))
                return
            if end == "reset early":
                sock.sendall(message[: chance.randint(0, len(message))])
                self._reset(sock)
                return
            sender = threading.Thread(target=self._send, args=(sock, message, end))
            sender.start()
            reader = Reader(sock, chance.choice([1, 100, 65536, 1 << 20]))
            leave_after = chance.randint(0, len(exchanges)) if end == "reset" else len(exchanges)
            try:
                for each in exchanges[:leave_after]:
                    each.check(*reader.answer(head_only=each.head))
                    self.checked += 1
                if end == "half close":
                    assert reader.at_end()
            except (EOFError, ConnectionError):
                # A client that has sent its end, and is not served soon, may be taken for one that has gone.
                if end != "half close":
                    raise
            finally:
                if end == "reset":
                    self._reset(sock)
                sender.join(30)

    @staticmethod
    def _reset(sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.close()

    def _send(self, sock: socket.socket, message: bytes, end: str) -> None:
        chance = random.Random(len(message))
        with contextlib.suppress(OSError):
            while message:
                count = chance.choice([1, 7, 100, 5000, len(message), len(message)])
                sock.sendall(message[:count])
                message = message[count:]
                if count < 5000 and chance.random() < 0.3:
                    time.sleep(0.002)
            if end == "half close":
                sock.shutdown(socket.SHUT_WR)


def figure(text: str, name: str) -> float:
    found = re.search(rf"(?m)^{name}(?:\{{[^}}]*\}})? (\S+)$", text)
    assert found, text
    return float(found[1])


@pytest.mark.parametrize("limits", [{}, {"max_concurrent_requests": 3}], ids=["no limits", "three at once"])
def test_whatever_clients_do(limits: dict[str, Any], service: Any, wait_for: Any) -> None:
    service.up(SCRIPT, metrics=True, **limits)
    worker = psutil.Process(service.status.worker_pids[0])
    assert service.request("GET", "/score?name=a&what=small").status == 200
    before = worker.num_fds()
    clients = [Client(service.status.port, number) for number in range(CLIENTS)]
    for each in clients:
        each.thread.start()
    for each in clients:
        each.thread.join()
    assert [fault for each in clients for fault in each.faults] == []
    assert sum(each.checked for each in clients) > CONNECTIONS
    assert service.status.worker_pids == [worker.pid]
    wait_for(lambda: worker.num_fds() <= before, 20)

    def gauges() -> dict[str, float]:
        text = service.request("GET", "/metrics").body.decode()
        names = re.findall(r"(?m)^# TYPE (\S*(?:flight|queue)\S*) gauge$", text)
        assert len(names) >= 2, text
        return {name: figure(text, name) for name in names}

    wait_for(lambda: not any(gauges().values()), 10)
    opened, closed = service.request("GET", "/score?name=a&what=streams").body.split()
    assert opened == closed
    assert int(opened) > 0
    assert "fault inside the server" not in service.log_text()


@pytest.mark.long("test_lifecycle.py replaces a script under load at the gate")
def test_an_update_during_all_this_loses_nothing(service: Any) -> None:
    """Clients that ask on new connections get an answer each, whichever revision gives it."""
    service.up(SCRIPT)
    wrong: list[Any] = []
    ended = threading.Event()

    def ask(number: int) -> None:
        count = 0
        while not ended.is_set():
            count += 1
            name = f"u{number}.{count}"
            try:
                body = service.request("GET", f"/score?name={name}&what={'parts' if count % 3 else 'pause'}").body
                if not body.startswith(f"{name};".encode()):
                    wrong.append(body[:50])
            except OSError as fault:
                wrong.append(repr(fault))

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
    for each in clients:
        each.start()
    try:
        for revision in (2, 3, 4):
            assert service.replace(SCRIPT, revision).status == 200
    finally:
        ended.set()
        for each in clients:
            each.join()
    assert wrong == []
