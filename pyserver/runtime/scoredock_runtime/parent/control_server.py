"""The control endpoint of a parent: HTTP on loopback, opened by the service's nonce."""

from __future__ import annotations

import contextlib
import hmac
import json
import select
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from socketserver import TCPServer
from typing import Any, Callable, Dict, Optional, Tuple, Union
from urllib.parse import parse_qsl

from scoredock_runtime.base import threads
from scoredock_runtime.contract import CODE_LIMIT
from scoredock_runtime.parent.listeners import PortInUse

BODY_LIMIT, CODE_BODY_LIMIT = 64 * 1024, 4 * CODE_LIMIT // 3 + 1024
_PAUSE = 0.2
"""Seconds without accepting when there are no descriptors left."""

_AHEAD = 4
"""Threads that are there before anybody asks: a script that uses up all processes and threads of its container leaves
none for those who ask how the service is, or who end it."""

ControlAnswer = Tuple[int, Union[str, bytes, Callable[[socket.socket], None]]]
"""Status code and JSON, or lines of JSON, or who takes the connection over and answers on it."""
Handler = Callable[[str, Dict[str, Any], Callable[[], bool]], ControlAnswer]
"""Takes the route (a value of `_ROUTES`), the body, and a look whether the client has gone away; may block until all is
decided. What a GET has behind `?` is its body."""

_ROUTES = {
    ("GET", "/status"): "status",
    ("GET", "/logs"): "logs",
    ("POST", "/replace"): "replace",
    ("POST", "/reload"): "reload",
    ("POST", "/code"): "code",
    ("POST", "/cancel"): "cancel",
    ("POST", "/authentication"): "authentication",
    ("POST", "/routes"): "routes",
    ("GET", "/traffic"): "traffic",
    ("GET", "/differences"): "differences",
    ("GET", "/history"): "history",
    ("GET", "/data"): "data",
    ("POST", "/stop"): "stop",
    ("POST", "/retire"): "retire",
    ("POST", "/open"): "open",
    ("POST", "/debugger"): "debugger",
}


class ControlServer:
    """Answers each request in a thread of its own, as long as there are some: one that finds none waits for those that
    were started ahead. Raises PortInUse, and OSError where there are no threads for it."""

    def __init__(self, nonce: Callable[[], str], handle: Handler, address: Tuple[str, int]) -> None:
        self.nonce = nonce
        self.handle = handle
        self._busy = 0
        self._idle = threading.Condition()
        try:
            self._server = _ControlHttpServer(address, _ControlHandler)
        except OSError as fault:
            raise PortInUse(f"The control port {address[1]} on {address[0]} cannot be opened: {fault}.") from None
        self._server.control = self
        self._server.start_ahead()
        self.port = int(self._server.server_address[1])
        threads.start(self._server.serve_forever, 60.0, name="control", at_fault=threads.again)

    def close(self) -> None:
        """No further request is taken; those under way are answered. Harmless when it is closed."""
        with contextlib.suppress(OSError):
            self._server.socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for connections
        self._server.shutdown()
        self._server.server_close()

    def entered(self, change: int) -> None:
        """Counts the requests under way."""
        with self._idle:
            self._busy += change
            self._idle.notify_all()

    def await_idle(self, timeout: float) -> None:
        """Lets answers that are being written reach their readers."""
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0, timeout)


class _ControlHttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    control: ControlServer

    def __init__(self, *arguments: Any) -> None:
        self._waiting: SimpleQueue[Tuple[Any, Any]] = SimpleQueue()
        self._free = 0
        """Threads that wait for a request, less the requests that wait for a thread."""
        self._counting = threading.Lock()
        super().__init__(*arguments)

    def start_ahead(self) -> None:
        """Raises OSError."""
        for _ in range(_AHEAD):
            threads.start(self._attend, name="control", at_fault=threads.again)
            self._count(1)

    def _attend(self) -> None:
        while True:
            request, address = self._waiting.get()
            try:
                self.process_request_thread(request, address)
            finally:
                self._count(1)

    def _count(self, change: int) -> int:
        with self._counting:
            self._free += change
            return self._free

    def process_request(self, request: Any, client_address: Any) -> None:
        """By a thread that is there, else by another one, else as soon as one is free."""
        if self._count(-1) < 0:
            with contextlib.suppress(OSError):
                threads.start(
                    self.process_request_thread, request, client_address, name="control", at_fault=lambda _: None
                )
                self._count(1)
                return
        self._waiting.put((request, client_address))

    def server_bind(self) -> None:
        # Not HTTPServer's, which asks the name service for a name of the address and may wait long for that.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def get_request(self) -> Tuple[socket.socket, Any]:
        try:
            return super().get_request()
        except OSError:
            # No descriptors left: the connection waits, and asking for it again at once would take all of a processor.
            time.sleep(_PAUSE)
            raise

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """A client that went away is not an event; what else goes wrong is."""
        fault = sys.exc_info()[1]
        if fault is not None and not isinstance(fault, OSError):
            threads.note("control", fault)


class _ControlHandler(BaseHTTPRequestHandler):
    server: _ControlHttpServer
    timeout = 10.0
    server_version = "scoredock"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def log_message(self, format: str, *arguments: Any) -> None:
        """The parent has no output of its own."""

    def _answer(self, method: str) -> None:
        control = self.server.control
        control.entered(1)
        try:
            status, text = self._decide(method)
            if callable(text):
                self._hand_over(text)
                return
            lines = isinstance(text, bytes)
            body = text if isinstance(text, bytes) else text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-ndjson" if lines else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            self.close_connection = True
        finally:
            control.entered(-1)

    def _hand_over(self, taker: Callable[[socket.socket], None]) -> None:
        """It may keep the connection for long, and nobody waits for that when the service ends."""
        self.close_connection = True
        self.server.control.entered(-1)
        try:
            taker(self.connection)
        finally:
            self.server.control.entered(1)

    def _decide(self, method: str) -> ControlAnswer:
        control = self.server.control
        given = (self.headers.get("Authorization") or "").encode("utf-8", "surrogateescape")
        wanted = f"Bearer {control.nonce()}".encode()
        if not hmac.compare_digest(given, wanted):
            return 401, _error("The request does not carry the nonce of this service.")
        path, _, query = self.path.partition("?")
        route = _ROUTES.get((method, path))
        if route is None:
            return 404, _error(f"There is {', '.join(' '.join(each) for each in _ROUTES)}.")
        most = CODE_BODY_LIMIT if route == "code" else BODY_LIMIT
        body = self._body(most) if method == "POST" else dict(parse_qsl(query[:1000]))
        if body is None:
            return 400, _error("The body must be one small JSON object.")
        return control.handle(route, body, self._is_gone)

    def _is_gone(self) -> bool:
        """True if the client has closed its end: it was killed, or does not want the answer any more."""
        try:
            readable, _, _ = select.select([self.connection], [], [], 0)
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except (OSError, ValueError):
            return True

    def _body(self, most: int) -> Optional[Dict[str, Any]]:
        try:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 <= length <= most:
                return None
            value = json.loads(self.rfile.read(length) or b"{}")
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


def _error(sentence: str) -> str:
    return json.dumps({"error": sentence})
