"""Receivers of events: honest ones, and those that are slow, wrong or hostile."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    """One that came."""

    method: str
    path: str
    headers: dict[str, str]
    """With names in small letters."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[dict[str, Any]]:
        """However many there were in it."""
        return self.json if isinstance(self.json, list) else [self.json]


@dataclass
class Behaviour:
    """What a receiver does; may be changed while it listens."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    drops: int = 0
    """So many requests are taken, and the connection is closed without an answer."""
    endless: bool = False
    """The answer never ends."""
    trickles: str = ""
    """`head` or `body` of the answer comes a byte at a time, and never ends."""
    allowed: str = "*"
    """Who may send, as the handshake of CloudEvents says; empty for a receiver that knows none."""
    rate: str = ""
    validates: bool = True
    """Whether the code of Event Grid is answered."""
    statuses: dict[str, int] = field(default_factory=dict)
    """Another status for events of a subject."""


class Receiver:
    """On a port of its own; `away` closes it, `back` opens it again."""

    def __init__(self) -> None:
        self.behaviour = Behaviour()
        self.requests: list[Request] = []
        self.arrived = threading.Condition()
        self._server: http.server.ThreadingHTTPServer | None = None
        self.port = 0
        self.back()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def back(self) -> None:
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver._take(self)

            def do_OPTIONS(self) -> None:
                receiver._take(self)

            def log_message(self, format: str, *arguments: object) -> None:
                """Nothing."""

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Callers that hang up are what is tested."""

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def away(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _take(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        request = Request(handler.command, handler.path, headers, body)
        with self.arrived:
            self.requests.append(request)
            self.arrived.notify_all()
        how = self.behaviour
        if how.drops > 0 and handler.command == "POST":
            how.drops -= 1
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        status, answer, extra = how.status, how.body, dict(how.headers)
        if handler.command == "OPTIONS":
            status, answer, extra = self._permission()
        elif headers.get("aeg-event-type") == "SubscriptionValidation" and how.validates:
            answer = json.dumps({"validationResponse": request.json[0]["data"]["validationCode"]}).encode()
        elif how.statuses:
            status = next(
                (how.statuses[each["subject"]] for each in request.events if each["subject"] in how.statuses), status
            )
        handler.send_response(status)
        for name, value in extra.items():
            handler.send_header(name, value)
        if how.endless and handler.command == "POST":
            handler.end_headers()
            while True:
                handler.wfile.write(b"x" * 65536)
        if how.trickles and handler.command == "POST":
            if how.trickles == "body":
                handler.end_headers()
            else:
                handler.flush_headers()
            while True:
                handler.wfile.write(b"x")
                time.sleep(0.2)
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)

    def _permission(self) -> tuple[int, bytes, dict[str, str]]:
        how = self.behaviour
        if not how.allowed:
            return 405, b"", {}
        return (
            200,
            b"",
            {"WebHook-Allowed-Origin": how.allowed, **({"WebHook-Allowed-Rate": how.rate} if how.rate else {})},
        )

    def events(self) -> list[dict[str, Any]]:
        """All that came, in the order in which it came."""
        with self.arrived:
            several = [each for each in self.requests if each.method == "POST"]
        return [event for request in several for event in request.events if event.get("type", event.get("eventType"))]

    def await_count(self, count: int, seconds: float = 60.0) -> list[dict[str, Any]]:
        """When so many different events have come."""
        return self.await_that(lambda events: len({each["id"] for each in events}) >= count, seconds)

    def await_that(self, holds: Any, seconds: float = 60.0) -> list[dict[str, Any]]:
        end = time.monotonic() + seconds
        while True:
            events = self.events()
            if holds(events):
                return events
            assert time.monotonic() < end, f"{len(events)} events came"
            with self.arrived:
                self.arrived.wait(0.5)


@contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.away()
