"""Clients of an endpoint that send bodies of 1 B to 5 MB, whole and in pieces, and look at every answer."""

from __future__ import annotations

import http.client
import random
import socket
import threading
import time
import zlib
from collections.abc import Callable
from typing import Any

SIZES = (
    1,
    20,
    900,
    4_000,
    16_000,
    17_000,
    20_000,
    66_000,
    300_000,
    1_000_000,
    5_000_000,
)
WEIGHTS = (8, 8, 8, 8, 8, 8, 8, 8, 3, 1, 0.3)
"""Large ones would leave no time for the others."""
_BYTES = b"0123456789abcdef" * (SIZES[-1] // 16)
_PER_CONNECTION = 200
SCRIPT = """
import zlib

def init():
    pass

def run(data):
    return [len(data), zlib.crc32(data.encode())]
"""


def pieces_of(head: bytes, body: bytes, chance: random.Random) -> list[bytes]:
    """A request as clients send it: at once, its head before its body (as `requests` and `http.client` do), or cut
    anywhere."""
    kind = chance.randrange(3)
    if kind == 0:
        return [head + body]
    if kind == 1:
        return [head, body]
    whole = head + body
    cuts = sorted(chance.randrange(1, len(whole)) for _ in range(chance.randrange(1, 6)))
    return [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True) if end > start]


class MixedClient:
    """One connection at a time, which is left after a while for another one."""

    def __init__(self, port: int, number: int, seed: int) -> None:
        self.port = port
        self.number = number
        self.answered = 0
        self.wrong: list[str] = []
        self._chance = random.Random(1000 * seed + number)
        self._socket: socket.socket | None = None
        self._on_this = 0

    def ask(self) -> None:
        """One request and a look at its answer."""
        chance = self._chance
        size = chance.choices(SIZES, WEIGHTS)[0]
        start = chance.randrange(16)
        body = b'"' + _BYTES[start : start + max(0, size - 2)] + b'"' if size > 1 else b"7"
        chunked = chance.random() < 0.1
        try:
            told = self._one(body, chunked=chunked)
        except (OSError, http.client.HTTPException, ValueError) as fault:
            told = repr(fault)
            self.close()
        if told:
            self.wrong.append(f"client {self.number}, {len(body)} bytes, {chunked=}: {told}")
        self.answered += 1

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _one(self, body: bytes, *, chunked: bool) -> str:
        if self._socket is None or self._on_this >= _PER_CONNECTION:
            self.close()
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._on_this = 0
        self._on_this += 1
        framed = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body
        length = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(body)
        head = b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + length + b"\r\n\r\n"
        for piece in pieces_of(head, framed, self._chance):
            self._socket.sendall(piece)
        response = http.client.HTTPResponse(self._socket, method="POST")
        response.begin()
        answer = response.read()
        wanted = b"[%d, %d]" % (len(body), zlib.crc32(body))
        return "" if response.status == 200 and answer == wanted else f"{response.status} {answer[:200]!r}"


class MixedLoad:
    """So many clients, which can be made to rest between two requests: what is kept then is nobody's."""

    def __init__(self, port: int, count: int, rate: float, seed: int) -> None:
        self.clients = [MixedClient(port, number, seed) for number in range(count)]
        self._gap = count / rate
        self._ended = threading.Event()
        self._go = threading.Event()
        self._go.set()
        self._resting = threading.Barrier(count + 1)
        self._threads = [threading.Thread(target=self._run, args=(client,)) for client in self.clients]

    def start(self) -> None:
        for each in self._threads:
            each.start()

    def rest(self, look: Callable[[], Any]) -> Any:
        """What `look` finds while no request is under way and all connections are open."""
        self._go.clear()
        self._resting.wait(120)
        try:
            return look()
        finally:
            self._go.set()
            self._resting.wait(120)

    def end(self) -> None:
        """Returns once the last client has left."""
        self._ended.set()
        for each in self._threads:
            each.join()

    @property
    def answered(self) -> int:
        return sum(each.answered for each in self.clients)

    @property
    def wrong(self) -> list[str]:
        return [line for each in self.clients for line in each.wrong]

    def _run(self, client: MixedClient) -> None:
        due = time.monotonic()
        while not self._ended.is_set():
            if not self._go.is_set():
                self._resting.wait(120)
                self._go.wait()
                self._resting.wait(120)
                due = time.monotonic()
            client.ask()
            due += self._gap
            wait = due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            else:
                due = time.monotonic()
        client.close()
