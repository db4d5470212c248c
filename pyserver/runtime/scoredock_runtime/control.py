"""The control endpoint of a parent: HTTP on loopback, opened by the service's nonce."""

from __future__ import annotations

import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, Optional, Tuple

BODY_LIMIT = 64 * 1024

Answer = Tuple[int, str]
Handler = Callable[[str, Dict[str, Any]], Answer]
"""Takes the route ("status", "replace", "stop") and the body, may block until that is decided; status code and JSON."""

_ROUTES = {("GET", "/status"): "status", ("POST", "/replace"): "replace", ("POST", "/stop"): "stop"}


class ControlServer:
    """Answers each request in a thread of its own."""

    def __init__(self, nonce: Callable[[], str], handle: Handler) -> None:
        self.nonce = nonce
        self.handle = handle
        self._busy = 0
        self._idle = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _Request)
        self._server.control = self
        self.port = int(self._server.server_address[1])
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 60.0}, name="control", daemon=True
        ).start()

    def entered(self, change: int) -> None:
        """Counts the requests under way."""
        with self._idle:
            self._busy += change
            self._idle.notify_all()

    def await_idle(self, timeout: float) -> None:
        """Lets answers that are being written reach their readers."""
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0, timeout)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    control: ControlServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no event."""


class _Request(BaseHTTPRequestHandler):
    server: _Server
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
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            self.close_connection = True
        finally:
            control.entered(-1)

    def _decide(self, method: str) -> Answer:
        control = self.server.control
        given = (self.headers.get("Authorization") or "").encode("utf-8", "surrogateescape")
        wanted = f"Bearer {control.nonce()}".encode()
        if not hmac.compare_digest(given, wanted):
            return 401, _error("The request does not carry the nonce of this service.")
        route = _ROUTES.get((method, self.path))
        if route is None:
            return 404, _error("There is GET /status, POST /replace and POST /stop.")
        body = self._body() if method == "POST" else {}
        if body is None:
            return 400, _error("The body must be one small JSON object.")
        return control.handle(route, body)

    def _body(self) -> Optional[Dict[str, Any]]:
        try:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 <= length <= BODY_LIMIT:
                return None
            value = json.loads(self.rfile.read(length) or b"{}")
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


def _error(sentence: str) -> str:
    return json.dumps({"error": sentence})
