"""A service that speaks HTTPS, over real connections: versions, junk, slow clients, unusable files."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import socket
import ssl
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from certificates import pair
from pace import within
from scoredock_runtime import contract
from scoredock_runtime.contract import Authentication

KEY = "primary-key-of-the-service-0123456789abcdef"
ALLOWED = Authentication([hashlib.sha256(KEY.encode()).hexdigest()])
ECHO = """
import json

def init():
    pass

def run(data):
    return {"got": json.loads(data)}
"""


def plain(port: int, data: bytes, timeout: float = 10.0) -> bytes:
    """What comes back until the other end closes, or says nothing for a while."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout) as sock, contextlib.suppress(OSError):
        sock.sendall(data)
        while part := sock.recv(65536):
            got += part
    return got


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return pair(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secured(
    tmp_path_factory: pytest.TempPathFactory, service_type: Callable[..., Any], certificate: tuple[Path, Path]
) -> Iterator[Any]:
    service = service_type(tmp_path_factory.mktemp("secured") / "svc", sys.executable)
    service.up(ECHO, tls_certificate=str(certificate[0]), tls_key=str(certificate[1]), authentication=ALLOWED)
    yield service
    service.clean_up()


def client(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(certificate[0]))
    context.check_hostname = True
    return context


def over_tls(
    service: Any, context: ssl.SSLContext, body: bytes = b"[1]", count: int = 1, **headers: str
) -> list[tuple[int, bytes]]:
    connection = http.client.HTTPSConnection("127.0.0.1", service.status.port, timeout=20, context=context)
    found = []
    try:
        for _ in range(count):
            connection.request(
                "POST",
                "/score",
                body,
                {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}", **headers},
            )
            answer = connection.getresponse()
            found.append((answer.status, answer.read()))
    finally:
        connection.close()
    return found


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken(secured: Any, certificate: tuple[Path, Path], version: ssl.TLSVersion) -> None:
    context = client(certificate)
    context.minimum_version = context.maximum_version = version
    assert over_tls(secured, context, count=3) == [(200, b'{"got": [1]}')] * 3


def test_older_versions_of_tls_are_refused(secured: Any, certificate: tuple[Path, Path]) -> None:
    context = client(certificate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        over_tls(secured, context)
    assert over_tls(secured, client(certificate))[0][0] == 200


def test_plain_http_to_a_tls_port_is_told_so(secured: Any, certificate: tuple[Path, Path]) -> None:
    answer = plain(secured.status.port, b"POST /score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n\r\n[1]")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"HTTPS" in answer
    assert over_tls(secured, client(certificate))[0][0] == 200


@pytest.mark.parametrize(
    "junk", [b"\x00", b"\x16\x03\x01\xff\xff" + b"x" * 400, b"SSH-2.0-x\r\n", bytes(range(256)) * 64]
)
def test_junk_on_a_tls_port_harms_nobody(secured: Any, certificate: tuple[Path, Path], junk: bytes) -> None:
    plain(secured.status.port, junk, 2.0)
    assert over_tls(secured, client(certificate))[0][0] == 200


def test_half_done_handshakes_do_not_keep_others_waiting(secured: Any, certificate: tuple[Path, Path]) -> None:
    halves = [socket.create_connection(("127.0.0.1", secured.status.port), 5) for _ in range(40)]
    try:
        for each in halves:
            each.sendall(b"\x16\x03\x01\x02\x00\x01")
        begun = time.monotonic()
        assert over_tls(secured, client(certificate), count=5)[-1][0] == 200
        assert within(time.monotonic() - begun, 3)
    finally:
        for each in halves:
            each.close()


def test_large_bodies_pass_through_tls_in_both_directions(secured: Any, certificate: tuple[Path, Path]) -> None:
    body = json.dumps(["x" * 1000] * 5000).encode()
    ((status, answer),) = over_tls(secured, client(certificate), body)
    assert status == 200
    assert json.loads(answer)["got"] == json.loads(body)


def test_the_key_holds_over_tls_too(secured: Any, certificate: tuple[Path, Path]) -> None:
    assert over_tls(secured, client(certificate), Authorization="Bearer no")[0][0] == 401


def test_files_that_cannot_be_used_end_the_start_with_a_sentence(service: Any, certificate: tuple[Path, Path]) -> None:
    service.write()
    service.start(tls_certificate=str(certificate[0]), tls_key=str(certificate[0]))
    status = service.settle()
    assert status.phase == contract.FAILED
    assert status.failure.cause == contract.TLS_INVALID
    assert "holds a certificate" in status.failure.message


def test_an_update_to_unusable_files_leaves_the_old_revision_serving(
    service: Any, certificate: tuple[Path, Path]
) -> None:
    service.up(ECHO, tls_certificate=str(certificate[0]), tls_key=str(certificate[1]), authentication=ALLOWED)
    answer = service.replace("def init(): pass\ndef run(data): return 2\n", tls_key=str(certificate[0]))
    assert answer.json()["failure"]["cause"] == contract.TLS_INVALID
    assert over_tls(service, client(certificate)) == [(200, b'{"got": [1]}')]


@pytest.mark.chance
def test_handshakes_cut_anywhere_leave_nothing(
    secured: Any, certificate: tuple[Path, Path], wait_for: Callable[..., Any]
) -> None:
    """Byte by byte, cut short, reset, and hundreds of clients that speak no TLS at all."""
    hello, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        client(certificate).wrap_bio(hello, outgoing, server_hostname="localhost").do_handshake()
    first = outgoing.read()
    worker = psutil.Process(secured.status.worker_pids[0])
    before = worker.num_fds()
    for number in range(60):
        with socket.create_connection(("127.0.0.1", secured.status.port), timeout=10) as cut:
            cut.sendall(first[: number * len(first) // 50])
            if number % 2:
                cut.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            elif number % 3 == 0:
                cut.shutdown(socket.SHUT_WR)
    with contextlib.ExitStack() as held:
        for number in range(300):
            each = held.enter_context(socket.create_connection(("127.0.0.1", secured.status.port), timeout=10))
            each.sendall([b"G", b"GET / HTTP/1.1\r\n\r\n", first[:100], first, b""][number % 5])
        begun = time.monotonic()
        assert over_tls(secured, client(certificate))[0][0] == 200
        assert within(time.monotonic() - begun, 5)
    wait_for(lambda: worker.num_fds() <= before + 1, 20)
    assert secured.status.worker_pids == [worker.pid]
    assert "fault inside the server" not in secured.log_text()


def test_slow_bytes_of_a_handshake_are_put_together(secured: Any, certificate: tuple[Path, Path]) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client(certificate).wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", secured.status.port), timeout=10) as slow:
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                for byte in outgoing.read():
                    slow.sendall(bytes([byte]))
                incoming.write(slow.recv(97))
        tls.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        slow.sendall(outgoing.read())
        told = b""
        while b"Healthy" not in told:
            incoming.write(slow.recv(13))
            with contextlib.suppress(ssl.SSLWantReadError):
                told += tls.read(1000)
