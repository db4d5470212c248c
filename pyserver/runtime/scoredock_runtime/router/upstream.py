"""A connection to a version: one request at a time goes out, its answer comes back and is passed on.

The end of a connection before an answer has two meanings. A version that read the request and then ended may have
worked on it: it is answered with an error. One that never read it, because it closed a connection that had been idle,
has lost nothing: the request goes out again. The system knows which of the two it was (`was_unread`).
"""

from __future__ import annotations

import socket
import struct
import sys
from typing import TYPE_CHECKING, Optional, Protocol

from scoredock_runtime.http.poller import READ
from scoredock_runtime.router.chunks import ChunkScanner
from scoredock_runtime.router.heads import CHUNKED, UNTIL_CLOSE, AnswerHead, BadMessage, read_answer, whole_answer
from scoredock_runtime.router.stream import LARGE, Stream

if TYPE_CHECKING:
    from scoredock_runtime.router.loop import RouterLoop
    from scoredock_runtime.router.version import Version

_TCP_CLOSE = 7
"""Of tcpi_state in struct tcp_info: the other side has reset the connection."""
_RETRANSMITS_OFFSET, _RETRANSMITS = 2, 3
"""Of tcpi_retransmits: how often the same was sent again without an answer. Within a cluster the third time comes 1.4
seconds after it was sent first."""
_UNACKED_OFFSET = 24
"""Of tcpi_unacked: segments that were sent and not acknowledged."""


class Upstream(Stream):
    """Free until `send_request`, and again once its answer has come to its end."""

    def __init__(self, loop: RouterLoop, sock: socket.socket, version: Version) -> None:
        super().__init__(loop, sock)
        self.version = version
        version.opened()
        self._used_until = version.connections_until
        self.exchange: Optional[Exchange] = None
        """Whose request is under way."""
        self._bodiless = False
        self._data = b""
        """The beginning of an answer's head."""
        self._left = 0
        """Bytes of the answer that are still to come; UNTIL_CLOSE where nobody knows."""
        self._scanner: Optional[ChunkScanner] = None
        self._begun = False
        self._closes = False
        self._connected = False
        """Known once it has taken or said something."""
        self._sent = False
        """Whether the system has taken the first bytes for it."""

    @property
    def is_old(self) -> bool:
        """True if another one is opened in its place."""
        return self._used_until < self.version.loop.now

    def send_request(self, exchange: Exchange, data: bytes, *, bodiless: bool) -> None:
        """The request, or its beginning; more of it follows by `send`."""
        self.exchange = exchange
        self._bodiless = bodiless
        self.send(data)
        self._sent = True

    def on_event(self, mask: int) -> None:
        """A whole answer in one piece goes a short way: most are such."""
        exchange = self.exchange
        if mask != READ or exchange is None or self._begun or self._data or self._bodiless or self.outgoing:
            super().on_event(mask)
            return
        try:
            data = self._receive(self._size)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as fault:
            self.on_lost(fault)
            return
        status = whole_answer(data)
        if status and exchange.on_whole_answer(status, data):
            self._connected = True
            self.exchange = None
            version = self.version
            if version.removed or version.waiting or self._used_until < self.version.loop.now:
                version.release(self)
            else:
                version.idle.append(self)
        else:
            self._size = LARGE if len(data) == self._size else self._size
            self.on_data(data)

    def on_data(self, data: bytes) -> None:
        self._connected = True
        exchange = self.exchange
        if exchange is None:
            self.end()  # an idle connection that was closed, or says what nobody asked for
        elif not data:
            self.on_lost(None)
        elif self._begun:
            self._pass_on(exchange, data)
        else:
            self._begin(exchange, self._data + data if self._data else data)

    def _begin(self, exchange: Exchange, data: bytes) -> None:
        try:
            head = read_answer(data, bodiless=self._bodiless)
        except ValueError:
            self.end()
            exchange.on_failure(self, unread=False)
            return
        if head is None:
            self._data = data
        elif head.status < 200:
            exchange.on_interim(data[: head.size])
            rest = data[head.size :]
            self._data = b""
            if rest and self.exchange is exchange:
                self._begin(exchange, rest)
        else:
            self._begin_answer(exchange, head, data)

    def _begin_answer(self, exchange: Exchange, head: AnswerHead, data: bytes) -> None:
        self._begun = True
        self._closes = head.closes
        self._left = head.length
        here = len(data) - head.size
        if here == head.length:
            exchange.on_answer(head, data)
            self._finish(exchange)
            return
        self._scanner = ChunkScanner() if head.length == CHUNKED else None
        body = data[head.size :]
        exchange.on_answer(head, data[: head.size])
        if body and self.exchange is exchange:
            self._pass_on(exchange, body)

    def _pass_on(self, exchange: Exchange, data: bytes) -> None:
        """A part of the answer's body."""
        if self._scanner is not None:
            try:
                size = self._scanner.feed(data)
            except BadMessage:
                self.on_lost(None)
                return
            ended = self._scanner.ended
        elif self._left == UNTIL_CLOSE:
            size, ended = len(data), False
        else:
            size = min(self._left, len(data))
            self._left -= size
            ended = not self._left
        self._closes = self._closes or size < len(data)
        exchange.on_part(data[:size])
        if ended and self.exchange is exchange:
            self._finish(exchange)

    def _finish(self, exchange: Exchange) -> None:
        self.exchange = None
        self._begun = False
        self._data = b""
        if self._closes or self.outgoing or not exchange.sent_all:
            self.end()
        else:
            self.version.release(self)
        exchange.on_end()

    def on_sent(self) -> None:
        self._connected = True
        if self.exchange is not None:
            self.exchange.on_room()

    def on_lost(self, fault: Optional[OSError]) -> None:
        untaken = bool(self.outgoing) and not self._connected
        if untaken or isinstance(fault, ConnectionRefusedError):
            self.version.not_connected()
        # Where the system has given up the machine, it no longer says what was acknowledged.
        unread = untaken or isinstance(fault, ConnectionError) or (fault is None and self._was_unread())
        self._fail(fault, unread=unread)

    def _fail(self, fault: Optional[OSError], *, unread: bool) -> None:
        exchange, self.exchange = self.exchange, None
        unread = unread and not self._begun and not self._data
        self.end()
        if exchange is None:
            return
        if fault is None and self._begun and self._scanner is None and self._left == UNTIL_CLOSE:
            exchange.on_end()
        else:
            exchange.on_failure(self, unread=unread)

    @property
    def is_connected(self) -> bool:
        """True if the other side has taken it."""
        try:
            self.socket.getpeername()
        except OSError:
            return False
        return True

    def give_up(self) -> None:
        """Its machine says nothing. What it has not acknowledged may go elsewhere."""
        self._fail(TimeoutError(), unread=not self.is_connected or self._was_unread())

    def look_at_machine(self) -> None:
        """Gives up where the machine of the version is gone. It says nothing, not even that it has received something;
        which of the free connections lead there, too, nobody knows."""
        details = self._details()
        if len(details) > _RETRANSMITS_OFFSET and details[_RETRANSMITS_OFFSET] >= _RETRANSMITS:
            self.version.close_idle()
            self.give_up()

    def on_fault(self) -> None:
        self.on_lost(None)

    def break_off(self) -> None:
        # Nobody listens: that is told by whatever is sent first.
        self.on_lost(ConnectionResetError() if self._sent else ConnectionRefusedError())

    def end(self) -> None:
        if not self.closed:
            super().end()
            self.version.closed(self)

    def _was_unread(self) -> bool:
        """True if the version ended the connection without having read what was sent. Its end acknowledges all that it
        had received; what came later was answered with a reset, or is not acknowledged yet."""
        details = self._details()
        if len(details) < _UNACKED_OFFSET + 4:
            return False
        return details[0] == _TCP_CLOSE or bool(struct.unpack_from("I", details, _UNACKED_OFFSET)[0])

    def _details(self) -> bytes:
        """The beginning of struct tcp_info; nothing on other systems."""
        option = getattr(socket, "TCP_INFO", None)
        if option is None or sys.platform != "linux":
            return b""
        try:
            return self.socket.getsockopt(socket.IPPROTO_TCP, option, _UNACKED_OFFSET + 4)
        except OSError:
            return b""


class Exchange(Protocol):
    """Whoever has sent a request to a version. Told of one answer: `on_answer`, any number of `on_part`, `on_end`; or
    of a failure at any place of that."""

    @property
    def sent_all(self) -> bool:
        """True if the request has come to its end."""

    def on_whole_answer(self, status: int, data: bytes) -> bool:
        """All of it at once, in the place of `on_answer` and `on_end`; False, and nothing done, where it is to come by
        these."""

    def on_interim(self, data: bytes) -> None:
        """An answer of 100 to 199; the real one is still to come."""

    def on_answer(self, head: AnswerHead, data: bytes) -> None:
        """The answer's head, or all of it."""

    def on_part(self, data: bytes) -> None:
        """More of its body."""

    def on_end(self) -> None:
        """Handles the end of the answer."""

    def on_failure(self, connection: Upstream, *, unread: bool) -> None:
        """No answer comes, or no more of it. `unread` says that the version has not seen the request."""

    def on_room(self) -> None:
        """More of the request can be taken."""
