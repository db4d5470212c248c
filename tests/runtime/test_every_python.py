"""The runtime installs and serves on every Python of this machine: with its compiled extra and without, and where the
system has no epoll."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path
from typing import Any

import pytest

import interpreters

PLAIN = """
import json, os, time

def init():
    global answered
    answered = 0

def run(data):
    value = json.loads(data)
    if value == "slow":
        time.sleep(0.6)
    if value == "wait":
        open("running", "w").close()
        while not os.path.exists("go"):
            time.sleep(0.005)
    if value == "fail":
        raise ValueError("as asked")
    return {"got": value}
"""

DECORATED = """
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema

def init(): pass

@input_schema("numbers", StandardPythonParameterType([1, 2]))
@input_schema("times", StandardPythonParameterType(2))
@output_schema(StandardPythonParameterType([2, 4]))
def run(numbers, times=3):
    return [each * times for each in numbers]
"""

RAW = """
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init(): pass

@rawhttp
def run(request):
    if request.method == "GET":
        return AMLResponse(request.args.get("a", ""), 203, {"X-Own": "1"})
    return AMLResponse(bytes(reversed(request.get_data())), 200)
"""

RUNTIME = Path(__file__).resolve().parents[2] / "pyserver" / "runtime"
VERSIONS = interpreters.found()
WITHOUT_EPOLL = "import select; vars(select).pop('epoll', None); vars(select).pop('EPOLLEXCLUSIVE', None)\n"


OTHERS = pytest.mark.long(
    "the oldest Python without accelerators and this one with them are asked the same at the gate"
)


def pythons() -> list[Any]:
    """Each version without and with its accelerators, all but the oldest for the long run only; this one without
    epoll."""
    oldest = f"{next(iter(VERSIONS))} alone"
    names = [f"{version} {kind}" for version in VERSIONS for kind in ("alone", "fast")]
    return [pytest.param(name, marks=[] if name == oldest else [OTHERS]) for name in names] + ["selectors"]


@pytest.fixture(scope="module", params=pythons())
def python(request: Any, make_environment: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    version, _, kind = request.param.partition(" ")
    if request.param == "selectors":
        # Of nobody else, with the packages that are here.
        folder = tmp_path_factory.mktemp("selectors") / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=100)
        (site,) = folder.glob("lib/python*/site-packages")
        (site / "packages.pth").write_text(f"{sysconfig.get_path('purelib')}\n{RUNTIME}\n")
        (site / "without_epoll.pth").write_text(WITHOUT_EPOLL)
        made = str(folder / "bin" / "python")
        command = [made, "-c", "from scoredock_runtime.http import poller; print(type(poller.poller()).__name__)"]
        told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)
        assert told.stdout.strip() == "_Selector"
        return made
    return str(make_environment(VERSIONS[version], "flask", *(("httptools", "orjson") if kind == "fast" else ())))


def exchange(port: int, message: bytes) -> bytes:
    told = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(message)
        client.shutdown(socket.SHUT_WR)
        while data := client.recv(65536):
            told += data
    return told


def statuses(told: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"HTTP/1\.1 (\d\d\d)", told)]


def post(value: Any, *headers: bytes) -> bytes:
    body = json.dumps(value).encode()
    lines = [b"POST /score HTTP/1.1", b"Host: localhost", *headers, b"Content-Length: %d" % len(body)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def get(target: bytes, method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_it_serves(python: str, make_service: Any, wait_for: Any) -> None:
    service = make_service(python=python).up(PLAIN)
    port = service.status.port
    answers = exchange(port, b"".join(post(number) for number in range(100)))  # long enough for run() inline
    assert [int(each) for each in re.findall(rb'"got": (\d+)', answers)] == list(range(100))
    assert statuses(answers) == [200] * 100
    mixed = [
        (get(b"/"), 200),
        (get(b"/", b"HEAD"), 200),
        (get(b"/none"), 404),
        (get(b"/score", b"PUT"), 405),
        (post("fail"), 500),
        (post({"a": [1.5, None, "\u00e9"]}), 200),
        (get(b"/swagger.json?version=3.1"), 200),
        (post(1, b"x-ms-client-request-id: mine"), 200),
        (get(b"/score?a=1", b"OPTIONS"), 200),
    ]
    told = exchange(port, b"".join(message for message, _ in mixed))
    assert statuses(told) == [status for _, status in mixed]
    assert b"x-ms-client-request-id: mine\r\n" in told
    chunked = (
        b"POST /score HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n4\r\n1\r\n2\r\n0\r\n\r\n"
    )
    assert b'{"got": 42}' in exchange(port, chunked)
    assert statuses(exchange(port, b"no HTTP\r\n\r\n")) == [400]
    assert statuses(exchange(port, get(b"/").replace(b"localhost", b"evil.example"))) == [403]
    busy = threading.Thread(target=service.score, args=("wait",))
    busy.start()
    wait_for((service.app / "running").exists)
    assert service.request().status == 200  # run() goes on only after that
    (service.app / "go").touch()
    busy.join()
    large = "z" * 3_000_000
    assert service.score(large).json() == {"got": large}

    assert service.replace(DECORATED, 2).status == 200
    assert service.score({"numbers": [1, 2]}).json() == [3, 6]
    assert service.score({"numbers": [1, 2], "times": 1}).json() == [1, 2]
    assert service.score({"times": 1}).status == 400
    assert service.request("GET", "/swagger.json").json()["swagger"] == "2.0"

    assert service.replace(RAW, 3).status == 200
    assert service.request("POST", "/score", b"abc").body == b"cba"
    answer = service.request("GET", "/score?a=b")
    assert (answer.status, answer.body, answer.headers["x-own"]) == (203, b"b", "1")
    service.stop()
    wait_for(service.gone)


@pytest.mark.chance
def test_slow_and_leaving_clients(python: str, service_type: Any, make_service: Any, wait_for: Any) -> None:
    """What depends on how the system tells that sockets are ready."""
    service = make_service(python=python).up(PLAIN)
    port = service.status.port
    value = "q" * 2_000_000
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(20)
        slow.connect(("127.0.0.1", port))
        slow.sendall(post(value) + post("second"))
        for number in range(30):
            assert service.score(number).json() == {"got": number}
        told = b""
        while b"second" not in told:
            told += slow.recv(1 << 20)
        assert value.encode() in told
    for cut in (0, 3, 30, 70):
        with socket.create_connection(("127.0.0.1", port)) as leaving:
            leaving.sendall((post("slow") + get(b"/"))[: cut or None])
            leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert service.score("after").json() == {"got": "after"}
