"""The way from a debugger in a container to whoever holds the service's secret; a script stands in for the debugger."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from pace import patience
from scoredock_runtime import contract

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="containers run Linux")

TOKEN = "0123456789abcdef" * 2
DEBUGPY = """
import os, pathlib

def connect(address):
    pathlib.Path(os.environ["TELL"]).write_text(str(address[1]))

def wait_for_client():
    pass

def is_client_connected():
    return True
"""
"""Instead of the real one, which is met in tests/deploy/test_docker_debug.py: it only tells where it was to connect."""


def up(service: Any, token: str = TOKEN) -> int:
    """A service that waits for a debugger, and the port that its worker was told."""
    service.write(DEBUGPY, name="debugpy.py")
    told = service.folder / "port"
    variables = {contract.DEBUG_PORT_VARIABLE: "5678", "PYTHONPATH": str(service.app), "TELL": str(told)}
    service.up(debug_token=token, environment=variables)
    return int(told.read_text())


def waiting(service: Any, token: str = TOKEN, nonce: str = "") -> socket.socket:
    """A request for the next connection; nobody has answered it yet."""
    stream = socket.create_connection(("127.0.0.1", service.status.control_port), patience(30))
    body = json.dumps({"token": token}).encode()
    stream.sendall(
        b"POST /debugger HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
        % ((nonce or service.spec.nonce).encode(), len(body), body)
    )
    return stream


def head(stream: socket.socket) -> bytes:
    told = b""
    while not told.endswith(b"\r\n\r\n"):
        byte = stream.recv(1)
        if not byte:
            break
        told += byte
    return told


def rest(stream: socket.socket) -> bytes:
    return b"".join(iter(lambda: stream.recv(65536), b""))


def call(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), patience(30))


def test_bytes_pass_both_ways_and_connections_stay_apart(service: Any) -> None:
    port = up(service)
    assert port != 5678
    with closing(call(port)) as first, closing(waiting(service)) as one:
        assert head(one).startswith(b"HTTP/1.1 101 ")
        with closing(waiting(service)) as two, closing(call(port)) as second:
            assert head(two).startswith(b"HTTP/1.1 101 ")
            first.sendall(b"of the first" * 100_000)
            first.shutdown(socket.SHUT_WR)
            second.sendall(b"of the second")
            two.sendall(b"to the second")
            assert second.recv(100) == b"to the second"
            assert two.recv(100) == b"of the second"
            assert rest(one) == b"of the first" * 100_000
            one.sendall(b"and back")
            assert first.recv(100) == b"and back"
            one.close()
            assert rest(first) == b""


def test_an_end_outside_is_an_end_inside_and_the_last_one_closes_the_way(
    service: Any, wait_for: Callable[..., Any]
) -> None:
    port = up(service)
    inside, outside = call(port), waiting(service)
    assert head(outside).startswith(b"HTTP/1.1 101 ")
    outside.close()
    assert rest(inside) == b""
    inside.close()
    wait_for(lambda: refused(port))
    with closing(waiting(service)) as late:
        assert head(late) == b"", "what is over stays over"


def test_who_no_longer_waits_closes_the_way(service: Any, wait_for: Callable[..., Any]) -> None:
    port = up(service)
    waiting(service).close()
    wait_for(lambda: refused(port))
    assert service.score([1]).status == 200


def refused(port: int) -> bool:
    try:
        call(port).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        pass  # it was closed while this one waited to be accepted: the next one is refused
    return False


def test_it_takes_the_secret_and_a_token(service: Any) -> None:
    up(service)
    with closing(waiting(service, nonce="another")) as stranger:
        assert head(stranger).split()[1] == b"401"
    for wrong in ("", "short", "x" * 65):
        assert service.control("POST", "/debugger", {"token": wrong}).status == 400
    assert service.control("POST", "/debugger", {}).status == 400


def test_a_stop_waits_for_nobody_who_waits_for_a_debugger(service: Any) -> None:
    port = up(service)
    with closing(waiting(service)) as first, closing(call(port)):
        assert head(first).startswith(b"HTTP/1.1 101 ")
        with closing(waiting(service)) as second:  # not before: it would be as likely to get the connection
            begun = time.monotonic()
            assert service.stop().phase == contract.STOPPED
            assert time.monotonic() - begun < patience(20)
            assert rest(first) == b""
            assert rest(second) == b""


def test_without_a_token_the_port_is_the_persons_own(service: Any) -> None:
    assert up(service, token="") == 5678
