"""Storage that answers byte by byte has an end, and a large file that goes on has none."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import scoredock.contrib.azure.domain

from migration.conftest import azure_python as azure_python
from pace import patience
from recording_server import RecordingServer, say
from recording_server import serve as serve
from silent_server import SilentServer

SECONDS = 0.4
CONTENT = bytes(range(256)) * 4096
"""A mebibyte."""
PROGRAM = """
import json, sys

folder, host, target, seconds, size = sys.argv[1:]
sys.path.insert(0, folder)
from azure_process import waiting

waiting.CONNECT_SECONDS = waiting.READ_SECONDS = float(seconds)
waiting.limit_answers()
from azure_process.faults import Fault
from azure_process.locations import Place
from azure_process.storage import Entry, Storage


class Account:
    generation, credential = 0, None

    def ask(self, work):
        return []


storage, place, count = Storage(Account()), Place("", host, "files", "a", ""), [0]
try:
    if target:
        entry = Entry("a", "a", int(size), "0x1", "")
        storage.download(place, entry, target + "/a", target, lambda more: count.append(more))
    else:
        storage.entries(place)
    print(json.dumps({"bytes": sum(count)}))
except Fault as fault:
    print(json.dumps({"code": fault.code, "message": fault.message}))
"""
Asks = Callable[..., dict[str, object]]


@pytest.fixture
def asks(azure_python: Path) -> Asks:
    """What our program in the Python of azure-ai-ml says of an account at an address: its blobs, or a file of it."""

    def ask(address: str, target: Path | str = "", seconds: float = SECONDS) -> dict[str, object]:
        folder = str(Path(scoredock.contrib.azure.domain.__file__).parent)
        words = [str(azure_python), "-c", PROGRAM, folder, address, str(target), str(seconds), str(len(CONTENT))]
        begin = time.monotonic()
        ended = subprocess.run(words, capture_output=True, text=True, timeout=patience(60), check=False)
        assert ended.returncode == 0, ended.stderr
        assert time.monotonic() - begin < patience(40)
        said: dict[str, object] = json.loads(ended.stdout)
        return said

    return ask


@pytest.mark.parametrize("part", ["slow head", "trickle", "slow handshake", "silent"])
def test_what_drips_has_an_end(asks: Asks, part: str) -> None:
    """A list, and the handshake before it."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server = SilentServer(listener, part)
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        scheme = "https" if part in ("slow handshake", "silent") else "http"
        assert asks(f"{scheme}://{host}") == {"code": "foreign", "message": host}
        server.close()


def gives(pieces: int, pause: float) -> Callable[[BaseHTTPRequestHandler], None]:
    """A blob in so many pieces, each after a pause."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        first, last = (handler.headers.get("x-ms-range") or f"bytes=0-{len(CONTENT) - 1}")[6:].split("-")
        part = CONTENT[int(first) : int(last) + 1]
        handler.send_response(206)
        range_of = f"bytes {first}-{int(first) + len(part) - 1}/{len(CONTENT)}"
        for name, value in (("Content-Length", len(part)), ("Content-Range", range_of), ("ETag", '"0x1"')):
            handler.send_header(name, str(value))
        handler.send_header("x-ms-blob-type", "BlockBlob")
        handler.end_headers()
        size = max(1, len(part) // pieces)
        for begin in range(0, len(part), size):
            time.sleep(pause)
            handler.wfile.write(part[begin : begin + size])

    return answer


def test_a_file_that_drips_has_an_end(asks: Asks, serve: Callable[..., RecordingServer], tmp_path: Path) -> None:
    server = serve(gives(len(CONTENT), 0.05))
    assert asks(server.url().rstrip("/"), tmp_path) == {"code": "foreign", "message": server.host()}
    assert server.heads
    assert not (tmp_path / "a").exists()


def test_a_file_that_goes_on_is_not_cut_off(asks: Asks, serve: Callable[..., RecordingServer], tmp_path: Path) -> None:
    """It takes many times the seconds of a whole answer."""
    server = serve(gives(16, 0.2))
    assert asks(server.url().rstrip("/"), tmp_path, 1.0) == {"bytes": len(CONTENT)}
    assert hashlib.sha256((tmp_path / "a").read_bytes()).digest() == hashlib.sha256(CONTENT).digest()
    assert len(server.heads) == 1, "one call"


def test_an_answer_of_a_moment_is_one(asks: Asks, serve: Callable[..., RecordingServer]) -> None:
    """An empty list."""
    empty = b"<?xml version='1.0'?><EnumerationResults><Blobs/><NextMarker/></EnumerationResults>"
    server = serve(lambda handler: say(handler, 200, empty, Content_Type="application/xml"))
    assert asks(server.url().rstrip("/")) == {"code": "gone", "message": ""}
