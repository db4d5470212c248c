"""A client's connection: its requests one after the other, each passed on to a version, and the answers back."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, List, Optional

from scoredock_runtime.http.messages import error_answer, status_line
from scoredock_runtime.http.poller import READ
from scoredock_runtime.router.chunks import BadChunks, ChunkScanner
from scoredock_runtime.router.heads import (
    CHUNKED,
    HEAD_LIMIT,
    UNTIL_CLOSE,
    AnswerHead,
    BadHead,
    RequestHead,
    without_close,
)
from scoredock_runtime.router.stream import LARGE, SMALL, WAITING_LIMIT, Stream

if TYPE_CHECKING:
    from scoredock_runtime.router.router import Router
    from scoredock_runtime.router.upstream import Upstream
    from scoredock_runtime.router.version import Version

KEEP_ALIVE = 75.0
"""Seconds that an idle connection stays open: as long as a service keeps it."""
HEADER_SECONDS, BODY_SECONDS = 10.0, 60.0
"""For a head, from its first byte; for the next part of a body."""
LINGER_SECONDS, LINGER_BYTES = 2.0, 32 * 1024 * 1024
"""A client that is still sending gets its answer before the connection is closed under it, within these limits."""
KEPT_LIMIT = 8 * 1024 * 1024
"""Bytes of a request that are kept until its answer begins, to send them again if need be."""
_ATTEMPTS = 4
"""Connections to one version that may turn out to be closed before the request was read."""
_NEVER = float("inf")
_NO_ANSWER = "The version {name} ended while it had the request."
_NOBODY = "No version of the endpoint takes requests at the moment."


class Client(Stream):
    """One request is under way at most; what the client sends meanwhile waits."""

    def __init__(self, router: Router, sock: socket.socket) -> None:
        super().__init__(router.loop, sock)
        self.router = router
        self.deadline = router.loop.now + HEADER_SECONDS
        self.sent_all = True
        self.version: Optional[Version] = None
        """That has the request under way; None between two requests."""
        self.upstream: Optional[Upstream] = None
        self.started = 0.0
        self.status = 0
        self._head: Optional[RequestHead] = None
        self._kept: Optional[List[bytes]] = None
        self._kept_bytes = 0
        self._left = 0
        """Bytes of the request's body that are still to come, where its length is known."""
        self._scanner: Optional[ChunkScanner] = None
        self._buffer = b""
        """Came after the request under way, or is the beginning of the next one."""
        self._attempts = 0
        self._passed_over: List[Version] = []
        self._begun = False
        """The client has got a part of the answer."""
        self._last = False
        """Closed after the answer under way."""
        self._discarded: Optional[int] = None
        self._resting = True
        """Between two requests, with nothing left of the last one and nothing come of the next."""

    # What comes from the client

    def on_event(self, mask: int) -> None:
        """A whole request in one piece, with a head that was read before, goes a short way: most are such."""
        if not self._resting or mask != READ:
            self._resting = False
            super().on_event(mask)
            return
        try:
            data = self._receive(SMALL)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as fault:
            self.on_lost(fault)
            return
        self._resting = False
        router = self.router
        end = data.find(b"\r\n\r\n") + 4
        head = router.heads.find(data[:end])
        if head is None or head.length != len(data) - end or head.pinned is not None:
            self._size = LARGE if len(data) == SMALL else SMALL
            self.on_data(data)
            return
        version = router.table.choose(head)
        self._head = head
        self._kept = [data]
        self.started = self.loop.now
        if not version.idle or version.idle[-1].closed:
            self._ask(version)
            return
        self.version = version
        self.upstream = upstream = version.idle.pop()
        version.busy += 1
        # Nothing follows here: the connection may turn out to be gone at once.
        upstream.send_request(self, data, bodiless=head.bodiless)

    def on_data(self, data: bytes) -> None:
        if not data:
            self._on_end_of_client()
        elif self._discarded is not None:
            self._discarded += len(data)
            if self._discarded > LINGER_BYTES:
                self.end()
        elif self.version is None and not self.outgoing:
            self._begin(self._buffer + data if self._buffer else data)
        elif self.sent_all:
            # Pipelined: read once, then left with the system until its turn comes.
            self._buffer += data
            self.stop_reading()
        else:
            self._pass_on(data)

    def _on_end_of_client(self) -> None:
        if self.version is None or not self.sent_all:
            self.break_off()
        else:
            # It may have closed its half only, and wait for the answer.
            self._last = True
            self.stop_reading()

    def _begin(self, data: bytes) -> None:
        """The next request, of which at least the beginning has come."""
        router = self.router
        end = data.find(b"\r\n\r\n") + 4
        try:
            if end < 4:
                self._await_head(data)
                return
            head_bytes = data[:end]
            head = router.heads.find(head_bytes) or router.heads.read(head_bytes)
            if head.challenge is not None and head.length == 0:
                self._prove(head, data[end:])
                return
            version = router.table.choose(head)
        except BadHead as fault:
            self._refuse(fault.status, fault.sentence)
            return
        self._head = head
        self.started = self.loop.now
        self._begun = False
        self._attempts = 0
        if head.length == len(data) - end:
            self._buffer = b""
            self.sent_all = True
            self._kept = [data]
            self._scanner = None
        else:
            data = self._begin_body(head, data, end)
            if self.closed or self._last:
                return
        self.deadline = _NEVER if self.sent_all else self.loop.now + BODY_SECONDS
        self._ask(version)

    def _await_head(self, data: bytes) -> None:
        """Raises BadHead when it is too large already."""
        if data[:2] in (b"\r\n", b"\r"):
            data = data.lstrip(b"\r\n")
        if len(data) > HEAD_LIMIT:
            raise BadHead(431, "The headers of the request are too large.")
        if not self._buffer:
            self.deadline = self.loop.now + HEADER_SECONDS
        self._buffer = data
        if not self.reads:
            self.read_on()

    def _begin_body(self, head: RequestHead, data: bytes, end: int) -> bytes:
        """The part of the request that is here."""
        size = len(data) - end
        self.sent_all = False
        self._scanner = None
        if head.length == CHUNKED:
            self._scanner = ChunkScanner()
            try:
                size = self._scanner.feed(data[end:])
            except BadChunks:
                self._refuse(400, "The body of the request is not valid HTTP.")
                return b""
            self.sent_all = self._scanner.ended
        elif size > head.length:
            size, self.sent_all = head.length, True
        else:
            self._left = head.length - size
        self._buffer = data[end + size :]
        here = data[: end + size]
        self._kept, self._kept_bytes = [here], len(here)
        if not self.reads:
            self.read_on()
        return here

    def _pass_on(self, data: bytes) -> None:
        """More of the body of the request under way."""
        size = len(data)
        if self._scanner is not None:
            try:
                size = self._scanner.feed(data)
            except BadChunks:
                self.break_off()
                return
            self.sent_all = self._scanner.ended
        else:
            size = min(size, self._left)
            self._left -= size
            self.sent_all = not self._left
        if size < len(data):
            self._buffer, data = data[size:], data[:size]
        self.deadline = _NEVER if self.sent_all else self.loop.now + BODY_SECONDS
        if self._kept is not None:
            self._kept.append(data)
            self._kept_bytes += size
            if self._kept_bytes > KEPT_LIMIT:
                self._kept = None
        upstream = self.upstream
        if upstream is not None:
            upstream.send(data)
            if upstream.waiting_bytes > WAITING_LIMIT and upstream is self.upstream:
                self.stop_reading()

    # To a version

    def _ask(self, version: Version) -> None:
        """Sends what is here of the request to the version, or to another one when that takes no connection."""
        kept, head = self._kept, self._head
        if kept is None or head is None:
            return
        upstream = version.connection(fresh=self._attempts > 0 or not self.sent_all)
        if upstream is None:
            self._ask_another(version)
            return
        self.version = version
        self.upstream = upstream
        version.busy += 1
        # Nothing follows here: the connection may turn out to be gone at once.
        upstream.send_request(self, kept[0] if len(kept) == 1 else b"".join(kept), bodiless=head.bodiless)

    def _ask_another(self, version: Version) -> None:
        self._passed_over.append(version)
        self.version = None
        self._attempts = 0
        pinned = self._head is not None and self._head.pinned is not None
        another = None if pinned else self.router.table.another(self._passed_over)
        if another is not None:
            self._ask(another)
            return
        self._passed_over = []
        self.router.count_own()
        self._error(503, _NOBODY, retry=True)

    def on_failure(self, connection: Upstream, *, unread: bool) -> None:
        version = connection.version
        version.busy -= 1
        self.upstream = None
        if self.closed:
            return
        if self._begun:
            version.count_loss()
            self.version = None
            self.end()  # that its end is missing is how the client learns of it
        elif unread and self._kept is not None:
            self._attempts += 1
            if version.removed or not version.answers or self._attempts > _ATTEMPTS:
                self._ask_another(version)
            else:
                self._ask(version)
        else:
            version.count_loss()
            self._error(502, _NO_ANSWER.format(name=version.name))

    def on_room(self) -> None:
        if not self.sent_all and not self.reads and not self.closed:
            self.read_on()

    # What comes from the version

    def on_whole_answer(self, status: int, data: bytes) -> bool:
        version, request, router = self.version, self._head, self.router
        if version is None or request is None or not request.keeps or not self.sent_all:
            return False
        if router.draining or self._last or self._buffer or self.outgoing or self._passed_over or not self._mask & READ:
            return False
        first = data.find(b"\r\n") + 2
        self.version = self.upstream = self._kept = None
        version.busy -= 1
        now = self.loop.now
        version.count(status, now - self.started)
        self.deadline = now + KEEP_ALIVE
        self._attempts = 0
        self._resting = True
        if not router.answered:
            router.on_first_answer()
        self.send(data[:first] + version.mark + data[first:])
        return True

    def on_interim(self, data: bytes) -> None:
        self.send(data)

    def on_answer(self, head: AnswerHead, data: bytes) -> None:
        version, request = self.version, self._head
        if version is None or request is None:
            return
        self._begun = True
        self.status = head.status
        lines = version.mark
        if head.length == UNTIL_CLOSE or not request.keeps:
            self._last = True
        elif head.closes:
            data = without_close(data[: head.size]) + data[head.size :]
        if self.router.draining and not self._last:
            self._last = True
            lines += b"Connection: close\r\n"
        first = data.find(b"\r\n") + 2
        self.send(data[:first] + lines + data[first:])
        if self.waiting_bytes > WAITING_LIMIT and self.upstream is not None:
            self.upstream.stop_reading()

    def on_part(self, data: bytes) -> None:
        self.send(data)
        if self.waiting_bytes > WAITING_LIMIT and self.upstream is not None:
            self.upstream.stop_reading()

    def on_end(self) -> None:
        version = self.version
        self.version = self.upstream = None
        if version is None:
            return
        version.busy -= 1
        if self.closed:
            return
        now = self.loop.now
        version.count(self.status, now - self.started)
        router = self.router
        if not router.answered:
            router.on_first_answer()
        self._kept = None
        if self._passed_over:
            self._passed_over = []
        if not self.sent_all:
            self._last = True  # answered before the request had come to its end
        if self._last or self._buffer or self.outgoing or not self.reads:
            self._after_answer()
        else:
            self._begun = False
            self._attempts = 0
            self._resting = True
            self.deadline = now + KEEP_ALIVE

    def _after_answer(self) -> None:
        """Everything of the answer has come; a part may wait for the client to take it."""
        if self.outgoing:
            return
        if self._last:
            self._close_in_order()
            return
        self.deadline = self.loop.now + KEEP_ALIVE
        self._begun = False
        if self._buffer:
            data, self._buffer = self._buffer, b""
            self._begin(data)
        elif not self.reads:
            self.read_on()

    def on_sent(self) -> None:
        if self.version is None:
            self._after_answer()
            return
        self.deadline = _NEVER if self.sent_all else self.loop.now + BODY_SECONDS
        if self.upstream is not None and not self.upstream.reads:
            self.upstream.read_on()

    # Answers of the router itself

    def _prove(self, head: RequestHead, rest: bytes) -> None:
        """Who listens here is asked by somebody who knows this endpoint's secret."""
        self._head, self._buffer = head, rest
        proof = self.router.proof((head.challenge or b"").decode("latin-1"))
        lines = (
            status_line(200),
            b"Content-Type: text/html; charset=utf-8\r\n",
            proof,
            b"Content-Length: 7\r\n\r\nHealthy",
        )
        self._last = self._last or not head.keeps
        self.send(b"".join(lines))
        if not self.closed:
            self._after_answer()

    def _refuse(self, status: int, sentence: str) -> None:
        """The request is not passed on, and nothing that comes after it can be read."""
        self.router.count_own()
        self._last = True
        self._error(status, sentence)

    def _error(self, status: int, sentence: str, *, retry: bool = False) -> None:
        answer = error_answer(status, sentence)
        body = answer.body if isinstance(answer.body, bytes) else b""
        head, version = self._head, self.version
        self.version = self.upstream = self._kept = None
        if not self.sent_all or head is None or not head.keeps or self.router.draining:
            self._last = True
        lines = [status_line(status), answer.headers, version.mark if version is not None else b""]
        lines += [b"Retry-After: 1\r\n" if retry else b"", b"Connection: close\r\n" if self._last else b""]
        lines.append(b"Content-Length: %d\r\n\r\n" % len(body))
        if head is None or not head.bodiless:
            lines.append(body)
        self.deadline = self.loop.now + KEEP_ALIVE
        self.send(b"".join(lines))
        if not self.closed:
            self._after_answer()

    # Its end

    def expire(self) -> None:
        """The deadline has passed."""
        if self.outgoing or self._discarded is not None:
            self.break_off()
        elif not self.sent_all or self._buffer:
            self._drop_upstream()
            self._refuse(408, "The request did not arrive in time.")
        elif self.version is None:
            self.end()
        else:
            self.deadline = _NEVER

    @property
    def idle(self) -> bool:
        """Whether no request is under way, and no part of one has come."""
        return self.version is None and not self._buffer and not self.outgoing

    def break_off(self) -> None:
        """The client is gone, or cannot be spoken to."""
        self._drop_upstream()
        self.end()

    def _drop_upstream(self) -> None:
        """The version learns that nobody waits for its answer any more."""
        version, upstream = self.version, self.upstream
        self.version = self.upstream = None
        if upstream is not None:
            upstream.exchange = None
            upstream.end()
            if version is not None:
                version.busy -= 1

    def _close_in_order(self) -> None:
        if self.sent_all and not self._buffer:
            self.end()
            return
        # Closed at once, unread bytes would make the system drop the answer on its way.
        self._discarded = 0
        self._buffer = b""
        self.deadline = self.loop.now + LINGER_SECONDS
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
        self.read_on()

    def end(self) -> None:
        super().end()
        self.router.clients.discard(self)
