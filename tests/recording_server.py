"""Web servers of this machine that answer by a function of the test, and keep what they were sent."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


class RecordingServer:
    """Answers by a function, and keeps the head of each request."""

    def __init__(
        self, answer: Callable[[BaseHTTPRequestHandler], None], secured: tuple[Path, Path] | None = None
    ) -> None:
        self.heads: list[str] = []
        heads = self.heads

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _take(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                heads.append(f"{self.command} {self.path}\n{self.headers}{body.decode('latin-1')}")
                with contextlib.suppress(OSError):
                    answer(self)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _take

            def log_message(self, format: str, *arguments: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.scheme = "https" if secured else "http"
        if secured:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*secured)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def host(self, name: str = "127.0.0.1") -> str:
        return f"{name}:{self._server.server_port}"

    def url(self, path: str = "/", name: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{self.host(name)}{path}"

    def saw(self, *canaries: str) -> list[str]:
        return [each for each in canaries if each in "\n".join(self.heads)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[..., RecordingServer]]:
    servers: list[RecordingServer] = []

    def start(
        answer: Callable[[BaseHTTPRequestHandler], None], secured: tuple[Path, Path] | None = None
    ) -> RecordingServer:
        servers.append(RecordingServer(answer, secured))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def say(handler: BaseHTTPRequestHandler, status: int, content: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(content)
