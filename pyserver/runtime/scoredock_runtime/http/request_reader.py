"""The requests of one connection, read from its bytes: by the parser, or by a head that was read before.

Whoever holds the loop calls it. It never answers: what is wrong with the bytes is its `refusal`, which the connection
answers once all that was complete before has its answer.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Deque, List, Optional, Tuple, Union

from scoredock_runtime.http import parsing
from scoredock_runtime.http.head_cache import CHUNK_LIMIT, CachedHead
from scoredock_runtime.http.large_messages import LARGE_MESSAGE
from scoredock_runtime.http.messages import NOT_ALLOWED, Headers, Request

if TYPE_CHECKING:
    from scoredock_runtime.http.connection import Connection

HEADER_COUNT_LIMIT = 100
HEADER_SECONDS = 10.0
"""For a request's line and headers, from its first byte, and for the first request of a connection."""
BODY_SECONDS = 60.0
BODY_RATE = 50_000
"""Bytes a second that earn a longer body more time."""

_SMALL_PART = 4096
"""Parts of a body are joined up to here: an object for each chunk of two bytes would be many times the body."""
_OFFER = frozenset((b"connection", b"upgrade", b"http2-settings", b"expect"))
_OTHER_METHOD = re.compile(
    rb"(?!(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT) )[A-Z0-9!#$%&'*+.^_`|~-]{3,20} "
    rb"/\S* HTTP/1\.[01]\r?\n"
)
_TOO_LARGE = "The data value transmitted exceeds the capacity limit."


class RequestReader:
    """Reader of the requests of a connection: they go to `complete`, within limits of size and time."""

    def __init__(self, connection: Connection) -> None:
        self.complete: Deque[Request] = deque()
        self.refusal: Optional[Tuple[int, str]] = None
        """What is wrong with the bytes that came after the last complete request: a status and a sentence."""
        self.in_message = False
        self._connection = connection
        self._transport = connection.transport
        self._body_limit = connection.server.body_limit
        self._parser = parsing.parser_for(self)
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

    def feed(self, data: bytes) -> None:
        """Bytes that came, in their order."""
        self._chunk = b""
        if not self.in_message:
            if len(data) <= CHUNK_LIMIT:
                known = self._connection.server.app.heads.find(data)
                if known is not None:
                    self._recognise(*known)
                    return
                self._chunk = data
            self.in_message = True
            self._transport.deadline = self._transport.loop.now + HEADER_SECONDS
        self._head_bytes += len(data)
        try:
            try:
                self._parser.feed_data(data)
            except parsing.UPGRADE as offer:
                self._decline(offer, data)
        except parsing.MALFORMED as fault:
            if isinstance(fault, parsing.CALLBACK_RAISED):
                raise  # nothing is wrong with the bytes
            if not self._url and not self.complete and _OTHER_METHOD.match(data):
                self.refuse(405, NOT_ALLOWED)  # a method that the parser does not know
            else:
                self.refuse(400, "The request is not valid HTTP.")
        if self._head_bytes > parsing.HEAD_LIMIT:
            self.refuse(431, "The headers of the request are too large.")

    def refuse(self, status: int, message: str) -> None:
        """The first complaint stands; what was complete before it is answered first."""
        if self.refusal is None:
            self.refusal = (status, message)

    @property
    def has_more(self) -> bool:
        """True if something that was read is still to be answered."""
        return bool(self.complete) or self.refusal is not None

    @property
    def headers(self) -> Headers:
        """Headers of the message that is being read, once all of them have come."""
        return self._headers if self._headers_done else []

    def http_version(self) -> str:
        """HTTP version of the request that was read last."""
        return self._parser.get_http_version()

    def _decline(self, offer: Optional[BaseException], data: bytes) -> None:
        """Another protocol is offered, not demanded, and the parser takes what follows the head for that protocol: the
        message is read again without the offer. Raises one of `parsing.MALFORMED`."""
        self._chunk = b""
        rest = memoryview(data)
        while offer is not None and self.refusal is None:
            rest = rest[offer.args[0] :]
            request = self.complete[-1]
            if request.method == b"CONNECT":
                request.keep_alive = False
                return
            self.complete.pop()
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

    def _recognise(self, head: CachedHead, body: bytes) -> None:
        """A whole request without the parser, which stands between two messages and stays there."""
        request = Request(b"POST", b"/score", head.headers, body, self._connection, keep_alive=True)
        request.given = head.headers_by_name
        request.head_is_cached = True
        self.complete.append(request)

    # What the parser tells

    def on_message_begin(self) -> None:
        self.in_message = True
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
                self.refuse(431, "The trailers of the request are too large.")
            return
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._headers_done = True
        self._body_bytes = self._trailer_bytes = 0
        headers = self._headers
        if len(headers) > HEADER_COUNT_LIMIT:
            self.refuse(431, f"The request has more than {HEADER_COUNT_LIMIT} headers.")
        elif self._head_bytes > parsing.HEAD_LIMIT and self._head_size() > parsing.HEAD_LIMIT:
            self.refuse(431, "The headers of the request are too large.")
        else:
            self._transport.deadline = self._transport.loop.now + BODY_SECONDS
            fault = parsing.head_fault(self._parser.get_http_version(), headers)
            if fault:
                self.refuse(400, fault)
            for name, value in headers if not fault else ():
                if name == b"content-length" and value.isdigit() and int(value) > self._body_limit:
                    self.refuse(413, _TOO_LARGE)
                elif name == b"expect" and value.lower() == b"100-continue" and self.refusal is None:
                    self._transport.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._head_bytes = 0

    def _head_size(self) -> int:
        return len(self._url) + sum(len(name) + len(value) + 4 for name, value in self._headers)

    def on_body(self, data: bytes) -> None:
        if self.refusal is not None:
            return
        self._head_bytes = 0
        size = self._body_bytes = self._body_bytes + len(data)
        if size > self._body_limit:
            self._body = b""
            self.refuse(413, _TOO_LARGE)
        elif not self._body:
            self._body = data
        elif isinstance(self._body, list):
            last = self._body[-1]
            if len(last) + len(data) <= _SMALL_PART:
                self._body[-1] = last + data
            else:
                self._body.append(data)
            if size > BODY_SECONDS * BODY_RATE:
                self._transport.deadline += len(data) / BODY_RATE
        else:
            self._body = [self._body, data]

    def on_message_complete(self) -> None:
        self.in_message = False
        self._head_bytes = 0
        if self.refusal is not None:
            return
        body = b"".join(self._body) if isinstance(self._body, list) else self._body
        self._body = b""
        if len(body) >= LARGE_MESSAGE:
            self._transport.loop.large.passed()
        parser = self._parser
        keep_alive = parser.should_keep_alive()
        if not keep_alive and parser.get_http_version() not in ("1.0", "1.1"):
            self.refuse(400, "This service speaks HTTP/1.1.")
            return
        request = Request(parser.get_method(), self._url, self._headers, body, self._connection, keep_alive=keep_alive)
        if keep_alive:
            request.chunk = self._chunk
        self.complete.append(request)
