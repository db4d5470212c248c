"""A proxy in front of a registry that goes wrong in the ways that networks and registries do, request by request."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_HOP = {"connection", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request."""

    status: int = 0
    """An answer in place of the registry's, which is not asked."""
    retry_after: str = ""
    keeps: str = ""
    """`Range` of that answer."""
    cut_request_after: int = -1
    """Bytes of the body that reach the registry before both connections break."""
    cut_answer_after: int = -1
    """Bytes of the answer's body that come before the connection breaks; 0 loses the answer with its status."""
    delay_seconds: float = 0.0
    redirect_to: str = ""
    """Scheme and host that the answer names in place of an answer."""
    flip_byte: int = -1
    """Of the answer's body: another one comes."""
    truncate_to: int = -1
    """The answer's body ends there as though that were all."""


@dataclass
class ProxiedRequest:
    """One request as it came."""

    method: str
    path: str
    authorization: str
    content_range: str
    body_bytes: int = 0
    """That came before the end or a cut."""


class FaultProxy:
    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.fault: Callable[[str, str], Fault | None] = lambda method, path: None
        """Of a method and a path."""
        self.requests: list[ProxiedRequest] = []
        self.largest_body = 1 << 60
        """Bytes; a larger one is refused with 413, as nginx does."""
        self.faults = 0
        self.connections = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def sent_bytes(self) -> int:
        """Of bodies of uploads."""
        return sum(each.body_bytes for each in self.requests if "/blobs/uploads/" in each.path)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(_Handler):
            outer = proxy

        return Handler


class _Cut(Exception):
    pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    outer: FaultProxy

    def setup(self) -> None:
        super().setup()
        self.outer.connections += 1

    def do_GET(self) -> None:
        headers = self.headers
        record = ProxiedRequest(
            self.command, self.path, headers.get("Authorization", ""), headers.get("Content-Range", "")
        )
        self.outer.requests.append(record)
        fault = self.outer.fault(self.command, self.path) or Fault()
        if int(headers.get("Content-Length") or 0) > self.outer.largest_body:
            fault = Fault(status=413)
        self.outer.faults += fault != Fault()
        time.sleep(fault.delay_seconds)
        if fault.status or fault.redirect_to:
            self._refuse(fault, record)
            return
        upstream = http.client.HTTPConnection(self.outer.upstream, timeout=30)
        try:
            self._forward(upstream, fault, record)
        except (_Cut, OSError):
            self._break()
        finally:
            upstream.close()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _forward(self, upstream: http.client.HTTPConnection, fault: Fault, record: ProxiedRequest) -> None:
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _HOP:
                upstream.putheader(name, value)
        upstream.endheaders()
        for piece in self._body():
            if fault.cut_request_after >= 0:
                piece = piece[: fault.cut_request_after - record.body_bytes]
            record.body_bytes += len(piece)
            upstream.send(piece)
            if record.body_bytes == fault.cut_request_after:
                break
        if 0 <= fault.cut_request_after <= record.body_bytes:
            raise _Cut
        self._answer(upstream.getresponse(), fault)

    def _answer(self, response: http.client.HTTPResponse, fault: Fault) -> None:
        content = response.read()
        if fault.cut_answer_after == 0:
            raise _Cut
        if 0 <= fault.flip_byte < len(content):
            content = (
                content[: fault.flip_byte] + bytes([content[fault.flip_byte] ^ 1]) + content[fault.flip_byte + 1 :]
            )
        if fault.truncate_to >= 0:
            content = content[: fault.truncate_to]
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in {*_HOP, "date", "server", "content-length"}:
                self.send_header(name, value)
        length = response.getheader("Content-Length", "") if self.command == "HEAD" else str(len(content))
        if response.status != 204:
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command == "HEAD":
            return
        if 0 < fault.cut_answer_after < len(content):
            self.wfile.write(content[: fault.cut_answer_after])
            raise _Cut
        self.wfile.write(content)

    def _refuse(self, fault: Fault, record: ProxiedRequest) -> None:
        for piece in self._body():
            record.body_bytes += len(piece)
        content = json.dumps({"errors": [{"code": "TESTS", "message": "a fault of the tests"}]}).encode()
        self.send_response(307 if fault.redirect_to else fault.status)
        if fault.redirect_to:
            self.send_header("Location", fault.redirect_to + self.path)
        if fault.keeps:
            self.send_header("Range", fault.keeps)
        if fault.retry_after:
            self.send_header("Retry-After", fault.retry_after)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _body(self) -> Iterator[bytes]:
        remaining = int(self.headers.get("Content-Length") or 0)
        while remaining:
            piece = self.rfile.read1(min(remaining, 16_384))
            if not piece:
                raise _Cut
            remaining -= len(piece)
            yield piece

    def _break(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        self.wfile = _Nowhere()  # type: ignore[assignment]

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (OSError, ValueError, _Cut):
            self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None: ...


class _Nowhere:
    closed = True

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def write(self, content: bytes) -> int:
        raise OSError("the connection was cut")


@contextlib.contextmanager
def fault_proxy(upstream: str) -> Iterator[FaultProxy]:
    proxy = FaultProxy(upstream)
    try:
        yield proxy
    finally:
        proxy.close()
