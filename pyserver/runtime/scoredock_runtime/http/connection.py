"""One client's connection: bytes to requests, answers to bytes, and how long each may take.

Whoever holds the loop calls it (server.py), one thread at a time. It has one request under way at most; what a client
sends meanwhile waits.
"""

from __future__ import annotations

import contextlib
import re
import socket
from collections import deque
from typing import TYPE_CHECKING, Deque, List, Optional, Tuple, Union

from scoredock_runtime.http import parsing
from scoredock_runtime.http.known_heads import CHUNK_LIMIT, KnownHead
from scoredock_runtime.http.messages import NOT_ALLOWED, Answer, Headers, Request, error_answer, status_line
from scoredock_runtime.http.poller import FAULT, READ, WRITE

if TYPE_CHECKING:
    from scoredock_runtime.http.server import Server

HEADER_COUNT_LIMIT = 100
HEADER_SECONDS = 10.0
"""For a request's line and headers, from its first byte, and for the first request of a connection."""
BODY_SECONDS = 60.0
BODY_RATE = 50_000
"""Bytes a second that earn a longer body more time."""
WRITE_SECONDS = 60.0
"""Without a byte taken by the client."""
KEEP_ALIVE = 75.0
"""Seconds that an idle connection stays open: longer than the pools of common clients keep theirs."""
LINGER_SECONDS = 2.0
LINGER_BYTES = 32 * 1024 * 1024
"""A client that is still sending gets its answer before the connection is closed under it, within these limits."""
BUFFERED_LIMIT = 1 << 20
"""Bytes of a streamed answer that wait for a slow client before its script has to wait, too."""

_READ_SIZE = 256 * 1024
_SMALL_PART = 4096
"""Parts of a body are joined up to here: an object for each chunk of two bytes would be many times the body."""
_OFFER = frozenset((b"connection", b"upgrade", b"http2-settings", b"expect"))
_OTHER_METHOD = re.compile(
    rb"(?!(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT) )[A-Z0-9!#$%&'*+.^_`|~-]{3,20} /\S* HTTP/1\.[01]\r?\n"
)
_TOO_LARGE = "The data value transmitted exceeds the capacity limit."


class Connection:
    """Plain HTTP; `TlsConnection` adds TLS."""

    scheme = "http"

    def __init__(self, server: Server, sock: socket.socket, client: Tuple[str, int]) -> None:
        self.server = server
        self.socket = sock
        self.descriptor = sock.fileno()
        self.client = client
        self.address: Tuple[str, int] = sock.getsockname()[:2]
        self.deadline = server.now + HEADER_SECONDS
        """Monotonic seconds at which the connection is given up."""
        self.request: Optional[Request] = None
        """Under way."""
        self.closed = False
        self.started_answer = False
        """A part of a streamed answer has been sent, so an error can only cut it short."""
        self._receive = sock.recv
        self._send = sock.send
        self._parser = parsing.parser_for(self)
        self._complete: Deque[Request] = deque()
        self._unread: List[bytes] = []
        self._outgoing: Deque[memoryview] = deque()
        self._waiting_bytes = 0
        self._mask = READ
        self._ended = False
        """The client sends nothing more."""
        self._last = False
        """Closed when all is sent."""
        self._discarding = False
        self._discarded = 0
        self._refusal: Optional[Tuple[int, str]] = None
        """What is wrong with the bytes that came after the last complete request."""
        self._in_message = False
        self._chunk = b""
        """What came last, where it began with a message."""
        self._headers_done = False
        self._head_bytes = 0
        """Of the line and headers, or since the last byte of the body: at least those that came before this read."""
        self._trailer_bytes = 0
        self._body_bytes = 0
        self._url = b""
        self._headers: Headers = []
        self._body: Union[bytes, List[bytes]] = b""

    # What the loop calls

    def on_event(self, mask: int) -> None:
        """Never raises."""
        if mask & FAULT and self.request is not None:
            # Both halves are gone; the system would tell so again at once, watched or not.
            self.close()
            return
        if mask & WRITE and self._outgoing:
            self._flush()
        if mask & (READ | FAULT) and not self.closed:
            self._read()

    def expire(self) -> None:
        """The deadline has passed."""
        if self.request is not None and not self._outgoing:
            self.deadline = self.server.now + KEEP_ALIVE  # the script's time is not the client's
        elif self._in_message and not self._outgoing and not self._discarding:
            self._refuse(408, "The request did not arrive in time.")
            self._next()
        else:
            self.close()

    def close(self) -> None:
        """Harmless when it is closed."""
        if not self.closed:
            self.closed = True
            self.server.forget(self)
            with contextlib.suppress(OSError):  # the script closed it
                self.socket.close()
            self._outgoing.clear()
            self._waiting_bytes = 0

    # Reading

    def _read(self) -> None:
        try:
            data = self._take()
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if self._discarding:
            self._discarded += len(data)
            if not data or self._discarded > LINGER_BYTES:
                self.close()
        elif not data:
            self._on_end()
        elif self.request is not None or self._outgoing:
            # Pipelined: read once, then left in the kernel until its turn comes.
            self._unread.append(data)
            self._watch(self._mask & ~READ)
        else:
            self._feed(data)

    def _has_more(self) -> bool:
        """Whether something that came is still to be answered."""
        return bool(self._complete or self._unread) or self._refusal is not None

    def _take(self) -> bytes:
        return self._receive(_READ_SIZE)

    def _on_end(self) -> None:
        self._ended = True
        if self.request is None and not self._outgoing and not self._has_more():
            self.close()
        else:
            self._watch(self._mask & ~READ)
            if self.request is not None:
                self.request.ended = True

    def _feed(self, data: bytes) -> None:
        self._chunk = b""
        if not self._in_message:
            if len(data) <= CHUNK_LIMIT:
                known = self.server.app.heads.find(data)
                if known is not None:
                    self._recognise(*known)
                    return
                self._chunk = data
            self._in_message = True
            self.deadline = self.server.now + HEADER_SECONDS
        self._head_bytes += len(data)
        try:
            try:
                self._parser.feed_data(data)
            except parsing.UPGRADE as offer:
                self._decline(offer, data)
        except parsing.MALFORMED:
            if not self._url and not self._complete and _OTHER_METHOD.match(data):
                self._refuse(405, NOT_ALLOWED)  # a method that the parser does not know
            else:
                self._refuse(400, "The request is not valid HTTP.")
        if self._head_bytes > parsing.HEAD_LIMIT:
            self._refuse(431, "The headers of the request are too large.")
        if self._complete or self._refusal is not None:
            self._next()

    def _decline(self, offer: Optional[BaseException], data: bytes) -> None:
        """Another protocol is offered, not demanded, and the parser takes what follows the head for that protocol: the
        message is read again without the offer. Raises one of `parsing.MALFORMED`."""
        self._chunk = b""
        rest = memoryview(data)
        while offer is not None and self._refusal is None:
            rest = rest[offer.args[0] :]
            request = self._complete[-1]
            if request.method == b"CONNECT":
                request.keep_alive = False
                return
            self._complete.pop()
            version = self._parser.get_http_version().encode()
            lines = [b"%b %b HTTP/%b" % (request.method, request.target, version)]
            wishes = b",".join(value.lower() for name, value in request.headers if name == b"connection").split(b",")
            kept = [wish for each in wishes if (wish := each.strip()) in (b"close", b"keep-alive")]
            if kept:
                lines.append(b"connection: " + b", ".join(kept))
            lines += [b"%b: %b" % pair for pair in request.headers if pair[0] not in _OFFER]
            self._parser = parsing.parser_for(self)
            self._parser.feed_data(b"\r\n".join(lines) + b"\r\n\r\n")
            try:
                offer = None
                if rest:
                    self._parser.feed_data(rest)
            except parsing.UPGRADE as another:
                offer = another

    def _recognise(self, head: KnownHead, body: bytes) -> None:
        """A whole request without the parser, which stands between two messages and stays there."""
        request = Request(b"POST", b"/score", head.headers, body, self, keep_alive=True)
        request.given = head.given
        request.known = True
        self._complete.append(request)
        self._next()

    # What the parser tells

    def on_message_begin(self) -> None:
        self._in_message = True
        self._headers_done = False
        self._url = b""
        self._headers = []
        self._body = b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._headers_done:
            # A trailer: it comes after all that was decided by the headers, so it is none of them.
            self._trailer_bytes += len(name) + len(value) + 4
            if self._trailer_bytes > parsing.HEAD_LIMIT:
                self._refuse(431, "The trailers of the request are too large.")
            return
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._headers_done = True
        self._body_bytes = self._trailer_bytes = 0
        headers = self._headers
        if len(headers) > HEADER_COUNT_LIMIT:
            self._refuse(431, f"The request has more than {HEADER_COUNT_LIMIT} headers.")
        elif self._head_bytes > parsing.HEAD_LIMIT and self._head_size() > parsing.HEAD_LIMIT:
            self._refuse(431, "The headers of the request are too large.")
        else:
            self.deadline = self.server.now + BODY_SECONDS
            fault = parsing.head_fault(self._parser.get_http_version(), headers)
            if fault:
                self._refuse(400, fault)
            for name, value in headers:
                if name == b"content-length" and value.isdigit() and int(value) > self.server.body_limit:
                    self._refuse(413, _TOO_LARGE)
                elif name == b"expect" and value.lower() == b"100-continue" and self._refusal is None:
                    self._put(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._head_bytes = 0

    def _head_size(self) -> int:
        return len(self._url) + sum(len(name) + len(value) + 4 for name, value in self._headers)

    def on_body(self, data: bytes) -> None:
        if self._refusal is not None:
            return
        self._head_bytes = 0
        size = self._body_bytes = self._body_bytes + len(data)
        if size > self.server.body_limit:
            self._body = b""
            self._refuse(413, _TOO_LARGE)
        elif not self._body:
            self._body = data
        elif isinstance(self._body, list):
            last = self._body[-1]
            if len(last) + len(data) <= _SMALL_PART:
                self._body[-1] = last + data
            else:
                self._body.append(data)
            if size > BODY_SECONDS * BODY_RATE:
                self.deadline += len(data) / BODY_RATE
        else:
            self._body = [self._body, data]

    def on_message_complete(self) -> None:
        self._in_message = False
        self._head_bytes = 0
        if self._refusal is not None:
            return
        body = b"".join(self._body) if isinstance(self._body, list) else self._body
        self._body = b""
        parser = self._parser
        keep_alive = parser.should_keep_alive()
        if not keep_alive and parser.get_http_version() not in ("1.0", "1.1"):
            self._refuse(400, "This service speaks HTTP/1.1.")
            return
        request = Request(parser.get_method(), self._url, self._headers, body, self, keep_alive=keep_alive)
        if keep_alive:
            request.chunk = self._chunk
        self._complete.append(request)

    # Answering

    def go_on(self) -> None:
        """After a fault of the loop: whatever of it was to happen here and did not."""
        if self._outgoing:
            self._flush()
        self._next()

    def _next(self) -> None:
        """Begins the next request that is complete, or reads on."""
        while not self.closed and not self._last and self.request is None and not self._outgoing:
            if self._complete:
                request = self.request = self._complete.popleft()
                request.scheme = self.scheme
                request.client = self.client
                request.server = self.address
                self.server.begin(request)
            elif self._refusal is not None:
                self._answer_refusal(*self._refusal)
            elif self._unread:
                unread = b"".join(self._unread)
                self._unread.clear()
                self._feed(unread)
            else:
                if self._ended:
                    self.close()
                elif not self._mask & READ:
                    self._watch(self._mask | READ)
                return

    def answer(self, request: Request, answer: Answer) -> None:
        """The whole answer to the request under way, or the head of one that is streamed."""
        if self.closed or request is not self.request:
            return
        body = answer.body
        without = answer.status in (204, 304)
        self._bodiless = without or request.method == b"HEAD"
        lines = [status_line(answer.status), self.server.date, answer.headers, request.common]
        if not request.keep_alive or self.server.draining or (self._ended and not self._has_more()):
            self._last = True
            lines.append(b"Connection: close\r\n")
        elif b"connection" in request.given and self._parser.get_http_version() == "1.0":
            lines.append(b"Connection: keep-alive\r\n")
        if isinstance(body, bytes):
            if not without:
                lines.append(b"Content-Length: %d\r\n" % len(body))
            lines.append(b"\r\n")
            if not self._bodiless:
                lines.append(body)
            self.request = None
            self.deadline = self.server.now + KEEP_ALIVE
            self._put(b"".join(lines))
            if not self._outgoing:
                self._sent()
        else:
            # Without a length the end is told by chunks, or by the end of the connection to clients that know none.
            self.chunked = self._parser.get_http_version() == "1.1"
            if self.chunked:
                if not without:
                    lines.append(b"Transfer-Encoding: chunked\r\n")
            elif not self._last:
                self._last = True
                lines.append(b"Connection: close\r\n")
            lines.append(b"\r\n")
            self.started_answer = True
            self._put(b"".join(lines))

    chunked = False
    _bodiless = False
    """The answer under way ends with its headers, whatever the script made: more would be read as the next answer."""

    def part(self, request: Request, data: Optional[bytes]) -> None:
        """A part of a streamed answer; None is its end."""
        if self.closed or request is not self.request:
            return
        if data is not None:
            if not self._bodiless:
                self._put(b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data)
            return
        self.request = None
        self.started_answer = False
        self.deadline = self.server.now + KEEP_ALIVE
        if self.chunked and not self._bodiless:
            self._put(b"0\r\n\r\n")
        if not self._outgoing:
            self._sent()

    @property
    def sending(self) -> bool:
        """Whether a part of an answer waits for the client to take it."""
        return bool(self._outgoing)

    @property
    def receiving(self) -> bool:
        """Whether a part of a request has come that is still wanted."""
        return self._in_message and not self._discarding

    @property
    def has_room(self) -> bool:
        """Whether more of a streamed answer may be handed over; from any thread."""
        return self.closed or self._waiting_bytes < BUFFERED_LIMIT

    def _refuse(self, status: int, message: str) -> None:
        """The first complaint stands; what was complete before it is answered first."""
        if self._refusal is None:
            self._refusal = (status, message)

    def _answer_refusal(self, status: int, message: str) -> None:
        self.server.refused({408: "deadline", 413: "size"}.get(status, "malformed"))
        self._last = True
        answer = error_answer(status, message)
        body = answer.body if isinstance(answer.body, bytes) else b""
        length = b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        lines = b"" if status == 405 else self.server.app.lines_for(self._headers if self._headers_done else [])
        self._put(b"".join((status_line(status), self.server.date, answer.headers, lines, length, body)))
        if not self._outgoing:
            self._sent()

    def _sent(self) -> None:
        """Everything that was to be sent is on its way."""
        if self._last and self.request is None:
            self._finish()
        elif self.request is None and (self._has_more() or not self._mask & READ):
            self.server.call_soon(self._next)

    def _finish(self) -> None:
        if self._ended or (not self._in_message and not self._unread and self._refusal is None):
            self.close()
            return
        # Closed at once, unread bytes would make the system drop the answer on its way.
        self._discarding = True
        self._unread.clear()
        self.deadline = self.server.now + LINGER_SECONDS
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.close()
            return
        self._watch(READ)

    def _put(self, data: bytes) -> None:
        """Sends what the system takes and keeps the rest."""
        if self.closed:
            return
        if not self._outgoing:
            try:
                sent = self._send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError:
                self.close()
                return
            if sent == len(data):
                return
            rest = memoryview(data)[sent:]
            self.deadline = self.server.now + WRITE_SECONDS
            self._watch(self._mask | WRITE)
        else:
            rest = memoryview(data)
        self._outgoing.append(rest)
        self._waiting_bytes += len(rest)

    def _flush(self) -> None:
        while self._outgoing:
            data = self._outgoing[0]
            try:
                sent = self._send(data)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self.close()
                return
            self._waiting_bytes -= sent
            self.deadline = self.server.now + WRITE_SECONDS
            if sent < len(data):
                self._outgoing[0] = data[sent:]
                return
            self._outgoing.popleft()
        self._watch(self._mask & ~WRITE)
        self._sent()

    def _watch(self, mask: int) -> None:
        if mask != self._mask and not self.closed:
            self._mask = mask
            try:
                self.server.poller.modify(self.descriptor, mask)
            except (OSError, KeyError, ValueError):
                self.close()  # the script closed it
