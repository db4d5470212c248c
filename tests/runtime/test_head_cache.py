"""Heads that are read once: what is recognised is what the parser would have read, whatever the bytes."""

from __future__ import annotations

import json
import random
import socket
from typing import Any

import httptools
import pytest

from depth import SEED, rounds
from scoredock_runtime import contract
from scoredock_runtime.http import head_cache
from scoredock_runtime.http.head_cache import HeadCache
from scoredock_runtime.http.messages import Request

CASES = rounds(gate=2_500, long=200_000)

HEADS = [
    b"Host: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n",
    b"Host: localhost:5001\r\nAccept: */*\r\ncontent-length: %d\r\nUser-Agent: a/1.0\r\n",
    b"CONTENT-LENGTH: %d\r\nHost: localhost\r\nX-Length: 5\r\n",
    b"Host: localhost\r\nX-Length: 7\r\nContent-Length: %d\r\n",
    b"Host: localhost\r\nAuthorization: Bearer secret\r\nContent-Length:   %d\r\n",
    b"Host: localhost\r\nContent-Length: 0%d\r\n",
]
SPLICES = [
    b"\r\n\r\n",
    b"\r\n",
    b"\n",
    b" ",
    b":",
    b"0",
    b"7",
    b"12",
    b"Content-Length: 3\r\n",
    b"ength: 2\r\n",
    b"X-Length: 4\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Expect: 100-continue\r\n",
    b"Upgrade: h2c\r\n",
    b"Connection: close\r\n",
    b"POST /score HTTP/1.1\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"\0",
    b"\xff",
]


class Heard:
    """What the parser says of some bytes."""

    def __init__(self, data: bytes) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.url = self.body = b""
        self.begun = self.complete = 0
        parser = httptools.HttpRequestParser(self)
        try:
            parser.feed_data(data)
            self.fault = ""
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as fault:
            self.fault = type(fault).__name__
        self.keeps = bool(self.complete) and parser.should_keep_alive()
        self.method = parser.get_method() if self.complete else b""

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        self.complete += 1


def learned(heads: HeadCache, data: bytes) -> bool:
    """As a worker does: only what is one whole request, kept alive, for run(), which has passed."""
    heard = Heard(data)
    one = heard.complete == 1 and heard.begun == 1 and not heard.fault
    if not one or not heard.keeps or heard.url != b"/score" or heard.method != b"POST":
        return False
    request = Request(heard.method, heard.url, heard.headers, heard.body, keep_alive=True)
    wanted = {
        b"host",
        b"content-length",
        b"content-type",
        b"authorization",
        b"connection",
        b"transfer-encoding",
        b"origin",
    }
    request.given = {name: value for name, value in heard.headers if name in wanted}
    heads.learn(data, request)
    return heads.find(data) is not None


def agree(heads: HeadCache, data: bytes) -> bool:
    """Whether the bytes are recognised; fails when the parser would have read something else."""
    found = heads.find(data)
    if found is None:
        return False
    head, body = found
    heard = Heard(data)
    assert (heard.fault, heard.begun, heard.complete, heard.keeps) == ("", 1, 1, True), data
    assert (heard.method, heard.url, heard.body) == (b"POST", b"/score", body), data
    assert without_length(heard.headers) == without_length(head.headers), data
    return True


def without_length(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, b"" if name == b"content-length" else value) for name, value in headers]


def requests(chance: random.Random) -> bytes:
    body = bytes(
        chance.choice(b'{}[]0123456789"a\r\n:') for _ in range(chance.choice([0, 1, 5, 9, 10, 11, 99, 100, 4000]))
    )
    return b"POST /score HTTP/1.1\r\n" + chance.choice(HEADS) % len(body) + b"\r\n" + body


def run(seed: int, cases: int) -> tuple[int, int]:
    chance = random.Random(seed)
    heads = HeadCache()
    taught = recognised = 0
    for _ in range(cases):
        data = requests(chance)
        for _ in range(chance.choice([0, 0, 0, 1, 1, 2, 3])):
            place = chance.randrange(len(data) + 1)
            if chance.random() < 0.6:
                data = data[:place] + chance.choice(SPLICES) + data[place:]
            else:
                data = data[:place] + data[place + chance.randrange(1, 6) :]
        recognised += agree(heads, data)
        taught += learned(heads, data)
    return taught, recognised


@pytest.mark.timeout(300)
def test_what_is_recognised_is_what_the_parser_reads() -> None:
    taught, recognised = run(20261120 + SEED, CASES)
    assert taught > CASES / 40
    assert recognised > CASES / 10


@pytest.mark.long("a planted bug that takes as many cases as the long run has")
def test_a_length_that_is_not_the_length_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the look at whose digits are left out, another header's would pass for the length."""
    monkeypatch.setattr(head_cache, "_LENGTH", b"")
    with pytest.raises(AssertionError):
        run(20261120, 40_000)


ECHO = "def init(): pass\ndef run(data): return data\n"


def ask(client: socket.socket, body: bytes, *headers: bytes) -> tuple[int, Any]:
    head = b"\r\n".join([b"POST /score HTTP/1.1", b"Host: localhost", *headers, b"Content-Length: %d" % len(body)])
    client.sendall(head + b"\r\n\r\n" + body)
    told = b""
    while b"\r\n\r\n" not in told:
        told += client.recv(65536)
    head, _, rest = told.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r")[0])
    while len(rest) < length:
        rest += client.recv(65536)
    return int(head[9:12]), json.loads(rest)


def test_bodies_of_all_lengths_on_one_connection(service: Any) -> None:
    service.up(ECHO)
    chance = random.Random(1)
    with socket.create_connection(("127.0.0.1", service.status.port), timeout=10) as client:
        for number in range(500):
            text = "x" * chance.choice([0, 1, 9, 10, 99, 100, 5000, 70_000]) + str(number)
            assert ask(client, text.encode(), b"X-Length: %d" % len(text)) == (200, text)


def test_a_head_that_is_known_does_not_open_the_door(service: Any) -> None:
    import hashlib

    digest = hashlib.sha256(b"first").hexdigest()
    service.up(ECHO, authentication=contract.Authentication(key_digests=[digest]))
    key = b"Authorization: Bearer first"
    with socket.create_connection(("127.0.0.1", service.status.port), timeout=10) as client:
        for _ in range(50):
            assert ask(client, b"1", key)[0] == 200
        assert ask(client, b"1")[0] == 401
        other = {"key_digests": [hashlib.sha256(b"second").hexdigest()], "token_secret": ""}
        assert service.control("POST", "/authentication", other).status == 200
        assert ask(client, b"1", key)[0] == 401
        assert ask(client, b"1", b"Authorization: Bearer second")[0] == 200


def test_scripts_that_see_headers_see_their_own(service: Any) -> None:
    service.up("def init(): pass\ndef run(data, request_headers):\n    return request_headers['Content-Length']\n")
    with socket.create_connection(("127.0.0.1", service.status.port), timeout=10) as client:
        for length in (1, 2, 2, 30, 4, 400):
            assert ask(client, b"y" * length) == (200, str(length))
