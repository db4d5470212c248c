"""A router whose version is on another machine, which is lost: what had not come there goes elsewhere, and what was
under way there gets an error. The machine is a process in a network of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from endpoints import Endpoint
from pace import patience, within
from parts import missing
from ports import free_port
from runtime.test_router_pods import answer_to
from scoredock_runtime.contract import Route, Routes

HERE, THERE = "198.51.100.1", "198.51.100.2"
"""Addresses that nobody has."""
SERVER = """
import http.server
import sys
import time

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["X-Hold"]:
            time.sleep(0.5)  # until the system has acknowledged it
            print("holds", flush=True)
            time.sleep(3600)
        self.send_response(200)
        self.send_header("Content-Length", "1")
        self.end_headers()
        self.wfile.write(b"1")

    def log_message(self, *words):
        pass

server = http.server.ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Handler)
print("listens", flush=True)
server.serve_forever()
"""


class Machine:
    """Another one, at the end of a cable."""

    def __init__(self, port: int) -> None:
        self.port = port
        command = ["unshare", "--net", sys.executable, "-c", SERVER, str(port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.wait_for("listens")
        # The name of an interface has 15 characters at most.
        self._cable, number = f"sd-{self._process.pid}", str(self._process.pid)
        _run("ip", "link", "add", self._cable, "type", "veth", "peer", "name", "eth0", "netns", number)
        _run("ip", "address", "add", f"{HERE}/30", "dev", self._cable)
        _run("ip", "link", "set", self._cable, "up")
        self._inside("address", "add", f"{THERE}/30", "dev", "eth0")
        self._inside("link", "set", "eth0", "up")

    def takes_connections(self) -> bool:
        """Whether the cable carries something; a busy system takes a moment."""
        with contextlib.suppress(OSError), socket.create_connection((THERE, self.port), timeout=1):
            return True
        return False

    def wait_for(self, line: str) -> None:
        """It says so."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == line

    def lose(self) -> None:
        """From now on it says nothing, to nobody."""
        self._inside("address", "del", f"{THERE}/30", "dev", "eth0")

    def end(self) -> None:
        """Its network goes with it; the cable here at once, for the next one has the same addresses."""
        _run("ip", "link", "delete", self._cable)
        self._process.kill()
        self._process.wait()

    def _inside(self, *words: str) -> None:
        _run("nsenter", f"--net=/proc/{self._process.pid}/ns/net", "ip", *words)


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"


@pytest.fixture
def machine(wait_for: Callable[..., Any]) -> Iterator[Machine]:
    if os.geteuid() != 0 or shutil.which("ip") is None or shutil.which("unshare") is None:
        missing("a network of its own for a process (root, iproute2)")
    made = Machine(free_port())
    try:
        wait_for(made.takes_connections)
        yield made
    finally:
        made.end()


@pytest.fixture
def port(machine: Machine, make_service: Callable[..., Any], wait_for: Callable[..., Any]) -> int:
    """Of an endpoint whose version green is on the machine and has all requests; blue is here."""
    endpoint = Endpoint(make_service, wait_for)
    endpoint.version("blue")
    both = [*endpoint.routes(blue=0).versions, Route("green", machine.port, 100, host=THERE)]
    endpoint.router.start(
        routes=Routes(both, "blue"), template=False, app_root=str(endpoint.router.folder), entry_script=""
    )
    return int(endpoint.router.settle().port)


def test_what_a_lost_machine_has_not_received_is_answered_by_another_version(machine: Machine, port: int) -> None:
    assert answer_to(port, "localhost") == (200, "green")
    machine.lose()
    began = time.monotonic()
    assert answer_to(port, "localhost") == (200, "blue"), "the connection was free, and nothing says that it is dead"
    assert within(time.monotonic() - began, 5)
    began = time.monotonic()
    assert answer_to(port, "localhost") == (200, "blue")
    assert within(time.monotonic() - began, 1.5)


@pytest.mark.long("waits for a machine that says nothing any more")
def test_what_a_lost_machine_was_working_on_gets_an_error(machine: Machine, port: int) -> None:
    assert answer_to(port, "localhost") == (200, "green")
    answers = []
    client = threading.Thread(target=lambda: answers.append(answer_to(port, "localhost", **{"X-Hold": "1"})))
    client.start()
    machine.wait_for("holds")
    machine.lose()
    began = time.monotonic()
    client.join(patience(25))
    assert answers == [(502, "green")], "it is not sent to another one"
    assert within(time.monotonic() - began, 15)
