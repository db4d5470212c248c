"""Wheels of our own making, and indexes that have them, over HTTP: with times of upload, a login or a certificate where
a test wants them."""

from __future__ import annotations

import base64
import json
import ssl
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

KIND = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True)
class Release:
    """A version of a package with one module."""

    name: str
    version: str = "1.0"
    body: str = ""
    """Of the module."""
    requires: tuple[str, ...] = ()
    uploaded: str = ""
    """Time as an index tells it, `2022-10-26T12:00:00Z`; empty for one that tells none."""
    tag: str = "py3-none-any"
    """Which Pythons the wheel is for: for every one that is not very old."""


def write_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    body: str = "",
    requires: Sequence[str] = (),
    tag: str = "py3-none-any",
) -> Path:
    """A wheel with one module, which is empty where nothing else is said."""
    folder.mkdir(parents=True, exist_ok=True)
    module = name.replace("-", "_")
    about = f"{module}-{version}.dist-info"
    wheel = folder / f"{module}-{version}-{tag}.whl"
    texts = {
        f"{module}.py": body,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + "".join(f"Requires-Dist: {each}\n" for each in requires),
        f"{about}/WHEEL": f"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for place, text in texts.items():
            archive.writestr(place, text)
        record = "".join(f"{place},,\n" for place in (*texts, f"{about}/RECORD"))
        archive.writestr(f"{about}/RECORD", record)
    return wheel


class _Server(ThreadingHTTPServer):
    request_queue_size = 512
    """uv asks for many pages at once; whoever finds a full queue tries again after seconds."""


@dataclass
class Index:
    """An index that answers."""

    address: str
    """Without `http://`."""
    asked: list[str] = field(default_factory=list)
    """Paths of the requests so far."""
    refused: list[str] = field(default_factory=list)
    """Paths of those that came without the login."""
    gone: set[str] = field(default_factory=set)
    """Names of files that it no longer has."""


@contextmanager
def index_with(folder: Path, name: str) -> Iterator[Index]:
    """An index with one package, whose files lie in `folder`."""
    with index_of(folder, [Release(name)]) as index:
        yield index


@contextmanager
def index_of(
    folder: Path,
    releases: Sequence[Release],
    *,
    login: str = "",
    certificate: tuple[Path, Path] | None = None,
) -> Iterator[Index]:
    """An index of these releases, whose wheels are made in `folder`.

    With a login (`me:secret`) whoever comes without it gets 401; with a certificate and its key it is one of HTTPS.
    """
    pages: dict[str, list[Mapping[str, object]]] = {}
    wheels: dict[str, Path] = {}
    for each in releases:
        wheel = write_wheel(folder, each.name, each.version, body=each.body, requires=each.requires, tag=each.tag)
        wheels[wheel.name] = wheel
        told = {"filename": wheel.name, "url": f"/files/{wheel.name}", "hashes": {}}
        if each.uploaded:
            told["upload-time"] = each.uploaded
        pages.setdefault(each.name, []).append(told)
    index = Index("")
    allowed = f"Basic {base64.b64encode(login.encode()).decode()}" if login else ""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append(self.path)
            last = self.path.strip("/").split("/")[-1]
            if allowed and self.headers.get("Authorization") != allowed:
                index.refused.append(self.path)
                self._answer(401, "text/plain", b"who are you?", {"WWW-Authenticate": 'Basic realm="packages"'})
            elif last in wheels:
                kept = {"Cache-Control": "max-age=365000000, immutable"}  # as the index of everybody says
                self._answer(200, "application/octet-stream", wheels[last].read_bytes(), kept)
            elif last in pages:
                files = [each for each in pages[last] if each["filename"] not in index.gone]
                told = {"meta": {"api-version": "1.1"}, "name": last, "files": files}
                self._answer(200, KIND, json.dumps(told).encode(), {})
            else:
                self._answer(404, "text/plain", b"", {})

        do_HEAD = do_GET

        def _answer(self, status: int, kind: str, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return None

    server = _Server(("127.0.0.1", 0), Answers)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    index.address = f"127.0.0.1:{server.server_port}"
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
