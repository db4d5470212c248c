"""One client's connection: its requests one after the other, their answers, and how long each may take.

Whoever holds the loop calls it (server.py), one thread at a time. It has one request under way at most; what a client
sends meanwhile waits.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Callable, List, Optional, Tuple

from scoredock_runtime.http.messages import Answer, Request, error_answer, status_line
from scoredock_runtime.http.poller import FAULT, READ, WRITE
from scoredock_runtime.http.request_reader import HEADER_SECONDS, RequestReader
from scoredock_runtime.http.transport import Transport

if TYPE_CHECKING:
    from scoredock_runtime.http.event_loop import EventLoop
    from scoredock_runtime.http.server import Server

KEEP_ALIVE = 75.0
"""Seconds that an idle connection stays open: longer than the pools of common clients keep theirs."""
LINGER_SECONDS = 2.0
LINGER_BYTES = 32 * 1024 * 1024
"""A client that is still sending gets its answer before the connection is closed under it, within these limits."""
BUFFERED_LIMIT = 1 << 20
"""Bytes of a streamed answer that wait for a slow client before its script has to wait, too."""


class Connection:
    """Its bytes go through a `Transport`, which speaks TLS where the service does."""

    chunked = False
    """Of a streamed answer: its parts are chunks. Else the end of the connection is its end."""
    steps = 0
    """Those that were begun here and have not come to their end. Between two turns more than 0 says that an exception
    broke one off: what it read or sent may be lost, and the client would wait for nothing."""
    _bodiless = False
    """The answer under way ends with its headers, whatever the script made: more would be read as the next answer."""

    def __init__(
        self,
        server: Server,
        sock: socket.socket,
        client: Tuple[str, int],
        transport: Callable[[EventLoop, socket.socket, Callable[[], object]], Transport] = Transport,
    ) -> None:
        self.server = server
        self.loop = server.loop
        self.transport = transport(server.loop, sock, self.close)
        self.transport.deadline = server.loop.now + HEADER_SECONDS
        self.client = client
        self.address: Tuple[str, int] = sock.getsockname()[:2]
        self.request: Optional[Request] = None
        """Under way."""
        self.started_answer = False
        """A part of a streamed answer has been sent, so an error can only cut it short."""
        self._reader = RequestReader(self)
        self._unread: List[bytes] = []
        self._ended = False
        """The client sends nothing more."""
        self._last = False
        """Closed when all is sent."""
        self._discarded: Optional[int] = None
        """Bytes that came after the last answer, which are of no interest; None before that."""

    # What the loop calls

    def on_event(self, mask: int) -> None:
        """The poller's word on its socket."""
        self.steps += 1
        transport = self.transport
        if mask & FAULT and self.request is not None:
            # Both halves are gone; the system would tell so again at once, watched or not.
            self.close()
        elif mask & WRITE and transport.outgoing:
            self._flush()
        if mask & (READ | FAULT) and not transport.closed:
            self._read()
        self.steps -= 1

    def expire(self) -> None:
        """The deadline has passed."""
        self.steps += 1
        if self.request is not None and not self.sending:
            self.transport.deadline = self.loop.now + KEEP_ALIVE  # the script's time is not the client's
        elif self.receiving and not self.sending:
            self._reader.refuse(408, "The request did not arrive in time.")
            self._next()
        else:
            self.close()
        self.steps -= 1

    def close(self) -> None:
        """Harmless when it is closed. What an exception broke off is done again."""
        connections = self.server.connections
        if self in connections:
            self.steps += 1
            transport = self.transport
            if not transport.closed:
                transport.closed = True
                transport.say_farewell()
            self.server.forget(self)
            transport.close()
            connections.discard(self)
            self.steps -= 1

    # Reading

    def _read(self) -> None:
        transport = self.transport
        try:
            data = transport.receive()
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if self._discarded is not None:
            self._discarded += len(data)
            if not data or self._discarded > LINGER_BYTES:
                self.close()
        elif not data:
            self._on_end()
        elif self.request is not None or transport.outgoing:
            # Pipelined: read once, then left in the kernel until its turn comes.
            self._unread.append(data)
            transport.stop_reading()
        else:
            self._feed(data)

    def _feed(self, data: bytes) -> None:
        reader = self._reader
        reader.feed(data)
        if reader.complete or reader.refusal is not None:
            self._next()

    def _has_more(self) -> bool:
        """True if something that came is still to be answered."""
        return bool(self._unread) or self._reader.has_more

    def _on_end(self) -> None:
        self._ended = True
        if self.request is None and not self.sending and not self._has_more():
            self.close()
        else:
            self.transport.stop_reading()
            if self.request is not None:
                self.request.ended = True

    # Answering

    def go_on(self) -> None:
        """Whatever is to happen here and has not."""
        self.steps += 1
        if self.sending:
            self._flush()
        self._next()
        self.steps -= 1

    def _next(self) -> None:
        """Begins the next request that is complete, or reads on."""
        reader, transport = self._reader, self.transport
        while not transport.closed and not self._last and self.request is None and not transport.outgoing:
            if reader.complete:
                request = self.request = reader.complete.popleft()
                request.scheme = transport.scheme
                request.client = self.client
                request.server = self.address
                self.server.begin(request)
            elif reader.refusal is not None:
                self._answer_refusal(*reader.refusal)
            elif self._unread:
                unread = b"".join(self._unread)
                self._unread.clear()
                self._feed(unread)
            else:
                if self._ended:
                    self.close()
                elif not transport.reads:
                    transport.read_on()
                return

    def answer(self, request: Request, answer: Answer) -> None:
        """The whole answer to the request under way, or the head of one that is streamed."""
        if self.transport.closed or request is not self.request:
            return
        self.steps += 1
        without = answer.status in (204, 304)
        self._bodiless = without or request.method == b"HEAD"
        lines = [status_line(answer.status), self.server.date, answer.headers, request.common]
        if not request.keep_alive or self.server.draining or (self._ended and not self._has_more()):
            self._last = True
            lines.append(b"Connection: close\r\n")
        elif b"connection" in request.given and self._reader.http_version() == "1.0":
            lines.append(b"Connection: keep-alive\r\n")
        if isinstance(answer.body, bytes):
            if not without:
                lines.append(b"Content-Length: %d\r\n" % len(answer.body))
            lines.append(b"\r\n")
            if not self._bodiless:
                lines.append(answer.body)
            self.request = None
            self.transport.deadline = self.loop.now + KEEP_ALIVE
            self.transport.send(b"".join(lines))
            if not self.transport.outgoing:
                self._sent()
        else:
            self._begin_stream(lines, without=without)
        self.steps -= 1

    def _begin_stream(self, lines: List[bytes], *, without: bool) -> None:
        # Without a length chunks show where the end is, or the end of the connection to clients that know none.
        self.chunked = self._reader.http_version() == "1.1"
        if self.chunked:
            if not without:
                lines.append(b"Transfer-Encoding: chunked\r\n")
        elif not self._last:
            self._last = True
            lines.append(b"Connection: close\r\n")
        lines.append(b"\r\n")
        self.started_answer = True
        self.transport.send(b"".join(lines))

    def part(self, request: Request, data: Optional[bytes]) -> None:
        """A part of a streamed answer; None is its end."""
        if self.closed or request is not self.request:
            return
        self.steps += 1
        if data is None:
            self._end_stream()
        elif not self._bodiless:
            self.transport.send(b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data)
        self.steps -= 1

    def _end_stream(self) -> None:
        self.request = None
        self.started_answer = False
        self.transport.deadline = self.loop.now + KEEP_ALIVE
        if self.chunked and not self._bodiless:
            self.transport.send(b"0\r\n\r\n")
        if not self.sending:
            self._sent()

    @property
    def closed(self) -> bool:
        """True if nothing is sent or read here any more; from any thread."""
        return self.transport.closed

    @property
    def sending(self) -> bool:
        """True if a part of an answer waits for the client to take it."""
        return bool(self.transport.outgoing)

    @property
    def receiving(self) -> bool:
        """True if a part of a request has come that is still wanted."""
        return self._reader.in_message and self._discarded is None

    @property
    def has_room(self) -> bool:
        """True if more of a streamed answer may be handed over; from any thread."""
        return self.transport.closed or self.transport.waiting_bytes < BUFFERED_LIMIT

    def _answer_refusal(self, status: int, message: str) -> None:
        self.server.count_refusal({408: "deadline", 413: "size"}.get(status, "malformed"))
        self._last = True
        answer = error_answer(status, message)
        body = answer.body if isinstance(answer.body, bytes) else b""
        length = b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        lines = b"" if status == 405 else self.server.app.lines_for(self._reader.headers)
        self.transport.send(b"".join((status_line(status), self.server.date, answer.headers, lines, length, body)))
        if not self.sending:
            self._sent()

    def _flush(self) -> None:
        if self.transport.flush() and not self.closed:
            self._sent()

    def _sent(self) -> None:
        """Everything that was to be sent is on its way."""
        if self._last and self.request is None:
            self._finish()
        elif self.request is None and (self._has_more() or not self.transport.reads):
            self.loop.call_soon(self.go_on)

    def _finish(self) -> None:
        reader = self._reader
        if self._ended or (not reader.in_message and not self._unread and reader.refusal is None):
            self.close()
            return
        # Closed at once, unread bytes would make the system drop the answer on its way.
        self._discarded = 0
        self._unread.clear()
        self.transport.deadline = self.loop.now + LINGER_SECONDS
        try:
            self.transport.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.close()
            return
        self.transport.watch(READ)
