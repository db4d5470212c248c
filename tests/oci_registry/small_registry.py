"""A registry in memory that keeps to the specification where Debian's does not: an upload goes on after a cut.

What it does is chosen by fields, as registries differ: whether it keeps what came of a chunk that was cut, whether it
takes chunks at all, and whether it has the referrers API.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Upload:
    content: bytearray = field(default_factory=bytearray)
    digest: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)


class SmallRegistry:
    def __init__(self) -> None:
        self.keeps_partial_chunks = True
        self.takes_chunks = True
        self.has_referrers = False
        self.chunk_minimum = 0
        self.blobs: dict[tuple[str, str], bytes] = {}
        self.manifests: dict[tuple[str, str], tuple[str, bytes]] = {}
        """By repository and tag or digest."""
        self.uploads: dict[str, Upload] = {}
        self.chunks: list[tuple[str, int, int]] = []
        """Of each PATCH: the upload, where it began, how many bytes came."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        registry = self

        class Handler(_Handler):
            outer = registry

        return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    outer: SmallRegistry

    def handle_one_request(self) -> None:
        with contextlib.suppress(OSError):
            super().handle_one_request()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        match = re.fullmatch(r"/v2/(.+)/(manifests|blobs|referrers|tags)/(?:uploads/)?([^/]*)", parts.path)
        if match is None:
            return self._answer(404)
        repository, kind, name = match.groups()
        if "/uploads/" in parts.path:
            return self._status(name)
        if kind == "manifests":
            media_type, content = self.outer.manifests.get((repository, name), ("", b""))
            return self._answer(200 if content else 404, content, **{"Content-Type": media_type or "text/plain"})
        if kind == "blobs":
            return self._blob(self.outer.blobs.get((repository, name)))
        if kind == "tags":
            tags = [tag for where, tag in self.outer.manifests if where == repository and ":" not in tag]
            return self._answer(200 if tags else 404, json.dumps({"name": repository, "tags": tags}).encode())
        return self._referrers(repository, name)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        repository = parts.path.removeprefix("/v2/").removesuffix("/blobs/uploads/")
        query = parse_qs(parts.query)
        self._body(None)
        if "mount" in query and "from" in query:
            content = self.outer.blobs.get((query["from"][0], query["mount"][0]))
            if content is not None:
                self.outer.blobs[repository, query["mount"][0]] = content
                return self._answer(201)
        id = secrets.token_hex(8)
        self.outer.uploads[id] = Upload()
        minimum = {"OCI-Chunk-Min-Length": str(self.outer.chunk_minimum)} if self.outer.chunk_minimum else {}
        return self._answer(202, Location=f"/v2/{repository}/blobs/uploads/{id}?state=0", **minimum)

    def do_DELETE(self) -> None:
        """An upload is taken back."""
        upload = self.outer.uploads.pop(urlsplit(self.path).path.rpartition("/")[2], None)
        self._answer(404 if upload is None else 204)

    def do_PATCH(self) -> None:
        id = urlsplit(self.path).path.rpartition("/")[2]
        upload = self.outer.uploads.get(id)
        if upload is None or not self.outer.takes_chunks:
            self._body(None)
            return self._answer(404 if upload is None else 405)
        with upload.lock:
            begin, _, end = self.headers["Content-Range"].partition("-")
            before = len(upload.content)
            if int(begin) != before or int(self.headers["Content-Length"]) != int(end) - int(begin) + 1:
                self._body(None)
                return self._answer(416, Range=f"0-{max(0, before - 1)}")
            is_whole = self._body(upload)
            self.outer.chunks.append((id, before, len(upload.content) - before))
            if not is_whole:
                if not self.outer.keeps_partial_chunks:
                    del upload.content[before:]
                self.close_connection = True
                return None
        return self._status(id, 202)

    def do_PUT(self) -> None:
        parts = urlsplit(self.path)
        if "/blobs/uploads/" in parts.path:
            return self._close_upload(parts.path, parse_qs(parts.query)["digest"][0])
        repository, _, name = parts.path.removeprefix("/v2/").partition("/manifests/")
        upload = Upload()
        if not self._body(upload):
            self.close_connection = True
            return None
        content = bytes(upload.content)
        document = json.loads(content)
        for each in [*document.get("layers", ()), *([document["config"]] if "config" in document else ())]:
            if (repository, each["digest"]) not in self.outer.blobs:
                return self._answer(404, json.dumps({"errors": [{"code": "MANIFEST_BLOB_UNKNOWN"}]}).encode())
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        for each in {digest, name}:
            self.outer.manifests[repository, each] = (self.headers["Content-Type"], content)
        is_subject = self.outer.has_referrers and "subject" in document
        subject = {"OCI-Subject": document["subject"]["digest"]} if is_subject else {}
        return self._answer(201, **{"Docker-Content-Digest": digest}, **subject)

    def _close_upload(self, path: str, digest: str) -> None:
        repository, _, id = path.removeprefix("/v2/").partition("/blobs/uploads/")
        upload = self.outer.uploads.get(id)
        if upload is None:
            self._body(None)
            return self._answer(404)
        with upload.lock:
            if not self._body(upload):
                self.close_connection = True
                return None
            del self.outer.uploads[id]
            if f"sha256:{hashlib.sha256(upload.content).hexdigest()}" != digest:
                return self._answer(400, json.dumps({"errors": [{"code": "DIGEST_INVALID"}]}).encode())
            self.outer.blobs[repository, digest] = bytes(upload.content)
        return self._answer(201, **{"Docker-Content-Digest": digest})

    def _status(self, id: str, status: int = 204) -> None:
        upload = self.outer.uploads.get(id)
        if upload is None:
            return self._answer(404)
        with upload.lock:
            size = len(upload.content)
        return self._answer(status, Range=f"0-{max(0, size - 1)}", Location=f"{urlsplit(self.path).path}?state={size}")

    def _blob(self, content: bytes | None) -> None:
        if content is None:
            return self._answer(404)
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if match is None:
            return self._answer(200, content)
        begin = int(match[1])
        where = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        return self._answer(206, content[begin:], **{"Content-Range": where})

    def _referrers(self, repository: str, digest: str) -> None:
        if not self.outer.has_referrers:
            return self._answer(404)
        entries = {}
        for (where, _), (media_type, content) in list(self.outer.manifests.items()):
            document = json.loads(content)
            if where == repository and document.get("subject", {}).get("digest") == digest:
                own = f"sha256:{hashlib.sha256(content).hexdigest()}"
                kind = document.get("artifactType") or document["config"]["mediaType"]
                entries[own] = {"mediaType": media_type, "digest": own, "size": len(content), "artifactType": kind}
        return self._answer(200, json.dumps({"schemaVersion": 2, "manifests": [*entries.values()]}).encode())

    def _body(self, upload: Upload | None) -> bool:
        """Takes it into an upload, or drops it; whether all of it came."""
        remaining = int(self.headers.get("Content-Length") or 0)
        while remaining:
            try:
                piece = self.rfile.read1(min(remaining, 65_536))
            except OSError:
                return False
            if not piece:
                return False
            remaining -= len(piece)
            if upload is not None:
                upload.content += piece
        return True

    def _answer(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None: ...


@contextlib.contextmanager
def small_registry() -> Iterator[SmallRegistry]:
    registry = SmallRegistry()
    try:
        yield registry
    finally:
        registry.close()
