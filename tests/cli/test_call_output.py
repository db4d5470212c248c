"""`service call`: status and headers, the body in a file, every method, and how long it took."""

from __future__ import annotations

import http.server
import json
import os
import re
import stat
import threading
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from scoredock.engines.probe import Address
from scoredock.features.services.calls import METHODS
from scoredock.protocol import messages
from scoredock.services.access.bodies import SentMethod
from scoredock.services.access.calls import OutgoingCall, send

from cli.conftest import Terminal
from scoredock_runtime.contract import CHALLENGE_HEADER, PROOF_HEADER, proof

BYTES = bytes(range(256)) * 3 + b"\r\n\x00\xff"
SCRIPT = """
import gzip
import json
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    pass


@rawhttp
def run(request):
    if request.args.get("bytes"):
        answer = AMLResponse(bytes(range(256)) * 3 + b"\\r\\n\\x00\\xff", 200, {"X-Twice": "one"})
        answer.headers.add("X-Twice", "two")
        return answer
    if request.args.get("fail"):
        return AMLResponse(b"wrong \\xff", 418)
    if request.args.get("onward"):
        return AMLResponse(b"", 307, {"Location": "/score?packed=1"})
    if request.args.get("packed"):
        rows, asked = json.dumps({"rows": [0.5] * 500}).encode(), request.headers.get("Accept-Encoding")
        return AMLResponse(gzip.compress(rows), 200, {"Content-Encoding": "gzip", "X-Asked": asked})
    kind = request.headers.get("Content-Type", "")
    seen = {"method": request.method, "body": request.get_data().decode(), "type": kind}
    return AMLResponse(json.dumps(seen), 200, {"X-Method": request.method})
"""


@pytest.fixture
def echo(terminal: Terminal, shared_environments: None) -> Terminal:
    (terminal.folder / "echo.py").write_text(SCRIPT)
    terminal.ok("service", "deploy", "echo", "--entry-script", "echo.py")
    return terminal


def test_every_method_is_offered_everywhere() -> None:
    assert set(METHODS) == set(get_args(SentMethod))
    assert set(METHODS) == set(get_args(get_type_hints(messages.ServiceCallParams)["method"]))


def raw(echo: Terminal, *words: str, code: int = 0) -> tuple[bytes, str]:
    calling = echo.start("service", "call", "echo", *words)
    out, told = calling.communicate(timeout=60)
    assert calling.returncode == code, told
    return out, told.decode()


def test_a_call_and_what_comes_back(echo: Terminal) -> None:
    """One service for all of it: its start is what takes time."""
    _methods(echo)
    _head_and_times(echo)
    _files(echo)
    _compressed_and_redirected(echo)
    _refused(echo)


def _methods(echo: Terminal) -> None:
    for method in ("POST", "GET", "OPTIONS"):
        given = ("--data", "[1]") if method == "POST" else ()
        seen = echo.json("service", "call", "echo", "-X", method, *given)
        assert (seen["status"], seen["headers"].get("x-method")) == (200, method), seen
        told = json.loads(seen["body"])
        assert (told["method"], told["body"]) == (method, "[1]" if given else "")
        assert bool(told["type"]) == bool(given), "what has no body has no type of one"
    for method in ("PUT", "PATCH", "DELETE", "QUERY"):
        refused = echo.run("service", "call", "echo", "-X", method, "--data", "[1]", "-i")
        assert (refused.returncode, refused.stdout.split()[1]) == (1, "405"), "as Azure's server has no route for it"
    assert echo.run("service", "call", "echo", "-X", "CONNECT").returncode == 2


def _compressed_and_redirected(echo: Terminal) -> None:
    rows = json.dumps({"rows": [0.5] * 500})
    packed = echo.json("service", "call", "echo", "--query", "packed=1")
    assert (packed["body"], packed["encoding"], packed["size"]) == (rows, "gzip", len(rows))
    assert packed["wireSize"] == int(packed["headers"]["content-length"]) < 100
    assert packed["headers"]["x-asked"] == "identity"
    out, told = raw(echo, "--query", "packed=1", "-H", "Accept-Encoding: gzip", "--include", "--output", "-")
    assert (b"X-Asked: gzip" in out, out.endswith(rows.encode())) == (True, True), "a header of one's own wins"
    assert re.search(r"2\.5 kB, of which \d\d B came as gzip", told), told

    seen = echo.json("service", "call", "echo", "--query", "onward=1")
    assert (seen["status"], seen["headers"]["location"], seen["redirects"]) == (307, "/score?packed=1", [])
    out, told = raw(echo, "--query", "onward=1", "--location")
    assert "Redirected by 307 /score?packed=1" in told
    assert out.decode().strip() == rows
    (echo.folder / "calls.http").write_text(
        "### followed\nGET http://localhost/score?onward=1\nAccept-Encoding: gzip\n"
        "### shown\n# @no-redirect\nGET http://localhost/score?onward=1\n"
        "### expected\n# @expect status 307\nGET http://localhost/score?onward=1\n"
    )
    of_file = [echo.json("service", "call", "echo", "--request", f"calls.http#{place}") for place in (1, 2, 3)]
    assert [each["status"] for each in of_file] == [200, 307, 307]
    assert of_file[0]["headers"]["x-asked"] == "gzip"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("body", [b"", b"{}"])
def test_each_method_goes_out_as_it_is(method: str, body: bytes) -> None:
    """A server that tells what it was sent: services refuse most methods."""
    nonce, seen = "n" * 64, dict[str, Any]()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            content = self.rfile.read(length)
            self.send_response(200)
            if CHALLENGE_HEADER in self.headers:
                self.send_header(PROOF_HEADER, proof(nonce, self.headers[CHALLENGE_HEADER]))
            else:
                seen.update(method=self.command, body=content, type=self.headers.get("Content-Type"))
            self.send_header("Content-Length", "2")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None: ...

    for each in METHODS:
        setattr(Handler, f"do_{each}", Handler.answer)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        call = OutgoingCall("/score", method, body, {"Content-Type": "application/json"}, 20)
        answer = send("svc", Address(server.server_address[1], nonce), call)
        server.shutdown()
    bare = not body and method in ("GET", "HEAD", "DELETE", "OPTIONS", "TRACE")
    assert seen == {"method": method, "body": body, "type": None if bare else "application/json"}
    assert (answer.status, answer.body) == (200, b"" if method == "HEAD" else b"ok")


def _head_and_times(echo: Terminal) -> None:
    answer = echo.json("service", "call", "echo", "-X", "HEAD", "--query", "bytes=1")
    assert answer["body"] == ""
    out, told = raw(echo, "-i", "--query", "bytes=1")
    head, _, body = out.partition(b"\n\n")
    lines = head.decode().splitlines()
    assert (lines[0], body) == ("HTTP/1.1 200 OK", BYTES)
    assert [line for line in lines if line.startswith("X-Twice")] == ["X-Twice: one", "X-Twice: two"]
    assert re.fullmatch(r"200 in \d+ ms \(connected in [\d.]+ ms, first byte after [\d.]+ ms\)", told.strip())
    answer = echo.json("service", "call", "echo", "--query", "bytes=1")
    assert answer["head"][0] == "HTTP/1.1 200 OK"
    assert answer["connectMilliseconds"] > 0
    assert 0 < answer["firstByteMilliseconds"] <= answer["milliseconds"]


def _files(echo: Terminal) -> None:
    folder = echo.folder
    target = folder / "body.bin"
    target.write_bytes(b"before")
    target.chmod(0o640)
    out, told = raw(echo, "-i", "-o", "body.bin", "--query", "bytes=1")
    assert (target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) == (BYTES, 0o640)
    assert out.startswith(b"HTTP/1.1 200 OK\n")
    assert b"\xff" not in out
    assert "body.bin" in told
    assert raw(echo, "-o", "-", "--query", "bytes=1")[0] == BYTES
    (folder / "link").symlink_to("body.bin")
    assert raw(echo, "-o", "link", "--query", "fail=1", code=1)[0] == b""
    assert (target.read_bytes(), (folder / "link").is_symlink()) == (b"wrong \xff", True)
    raw(echo, "-o", os.devnull, "--query", "bytes=1")
    assert not Path(os.devnull).is_file(), "it is still the device"
    written = echo.json("service", "call", "echo", "-o", "body.bin", "--query", "bytes=1")
    assert (written["status"], written["body"], written["base64"], target.read_bytes()) == (200, "", "", BYTES)
    (folder / "one.http").write_text("POST {{service}}/score?bytes=1\n\nx\n")
    raw(echo, "--request", "one.http", "-o", "of-file.bin")
    assert (folder / "of-file.bin").read_bytes() == BYTES
    assert [each for each in folder.iterdir() if each.name.endswith(".new")] == []


def _refused(echo: Terminal) -> None:
    (echo.folder / "folder").mkdir()
    assert echo.refused("service", "call", "echo", "-o", "folder")["code"] == "io-failed"
    assert echo.refused("service", "call", "echo", "-o", "nowhere/body")["code"] == "io-failed"
    assert echo.run("service", "call", "echo", "-o", "-", "--json").returncode == 2
