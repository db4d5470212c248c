"""An exception of a signal handler may come between any two steps of the loop: the client that it hits is let go, and
does not wait for an answer that nobody makes."""

from __future__ import annotations

import socket
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="descriptors are listed in /proc")

SCRIPT = """
import os, sys

PLACES = {
    "after accept": ("c_return", "_accept"),
    "before it is watched": ("call", "add"),
    "after what was read": ("c_return", "recv"),
}

def init(): pass

def run(data):
    place, _, kind = data.partition(",")
    if place not in PLACES:
        return "fine"
    event, name = PLACES[place]
    def raising(frame, what, argument):
        called = getattr(argument, "__name__", "") if what.startswith("c_") else frame.f_code.co_name
        if (what, called) == (event, name):
            sys.setprofile(None)
            os.close(os.open("raised", os.O_CREAT | os.O_WRONLY))
            raise {"RuntimeError": RuntimeError, "SystemExit": SystemExit}[kind]("as a signal handler does")
    sys.setprofile(raising)
    return "set"
"""


def ask(body: str, client: socket.socket) -> bytes:
    client.sendall(f"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    return client.recv(65536)


HIT = ("after accept", "before it is watched", "after what was read")
OTHER = pytest.mark.long("the other exception is raised there at the gate")


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        pytest.param(place, kind, marks=[OTHER] if (place == HIT[1]) == (kind == "RuntimeError") else [])
        for place in HIT
        for kind in ("RuntimeError", "SystemExit")
    ],
)
def test_who_is_hit_is_let_go(place: str, kind: str, service: Any) -> None:
    service.up(SCRIPT)
    address = ("127.0.0.1", service.status.port)
    with socket.create_connection(address, timeout=10) as first:
        for _ in range(60):  # until run() is called between two looks at the sockets
            assert b"fine" in ask("again", first)
        assert b"set" in ask(f"{place},{kind}", first)
    with socket.create_connection(address, timeout=10) as hit:
        try:
            answered = ask("again", hit)  # a time-out is a client that waits for nothing
        except ConnectionError:
            answered = b""
        assert answered == b"" or b"HTTP/1.1 " in answered
    assert (service.app / "raised").exists()
    with socket.create_connection(address, timeout=10) as later:
        assert b"fine" in ask("again", later)
    assert service.status.phase == "ready"
