"""A client's connection: its requests one after the other, each passed on to a version, and the answers back."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Optional

from scoredock_runtime.http.large_messages import LARGE_MESSAGE
from scoredock_runtime.http.messages import error_answer, status_line
from scoredock_runtime.http.poller import READ
from scoredock_runtime.router.connections import OutOfDescriptors
from scoredock_runtime.router.differences import Original
from scoredock_runtime.router.heads import (
    HEAD_LIMIT,
    UNTIL_CLOSE,
    AnswerHead,
    BadMessage,
    RequestHead,
    without_connection,
    without_mark,
)
from scoredock_runtime.router.mirror import LARGEST
from scoredock_runtime.router.outgoing_request import OutgoingRequest
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
_NEVER = float("inf")
_NO_ANSWER = "The version {name} ended while it had the request."
_NOBODY = "No version of the endpoint takes requests at the moment."
_NO_DESCRIPTORS = "The router of the endpoint has no file descriptors left for another connection to a version."
_HEALTHY = b"Content-Type: text/html; charset=utf-8\r\nContent-Length: 7\r\n\r\nHealthy"


class Client(Stream):
    """Client of the router. One request is under way at most; what the client sends meanwhile waits."""

    def __init__(self, router: Router, sock: socket.socket) -> None:
        super().__init__(router.loop, sock)
        self.router = router
        self.deadline = router.loop.now + HEADER_SECONDS
        self.version: Optional[Version] = None
        """That has the request under way; None between two requests."""
        self.upstream: Optional[Upstream] = None
        self.request = OutgoingRequest()
        self._status = 0
        """Of the answer under way; 0 until it has begun."""
        self._answer: Optional[bytearray] = None
        """The answer under way, where its request is to be copied."""
        self._buffer = b""
        """Came after the request under way, or is the beginning of the next one."""
        self._last = False
        """Closed after the answer under way."""
        self._ended = False
        """The client sends nothing more; it may still wait for answers."""
        self._discarded: Optional[int] = None
        """Bytes that came after the last answer, which are of no interest; None before that."""
        self._resting = True
        """Between two requests, with nothing left of the last one and nothing come of the next."""
        self._plain = False
        """The request under way came whole, with a usual head, and nothing has come since."""

    @property
    def sent_all(self) -> bool:
        """True if the request under way has come to its end."""
        return self.request.complete

    # What comes from the client

    def on_event(self, mask: int) -> None:
        """A whole request in one piece, with a head that was read before, goes a short way: most are such."""
        if not self._resting or mask != READ:
            self._resting = self._plain = False
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
        if head is None or head.length != len(data) - end or not head.usual:
            self._size = LARGE if len(data) == SMALL else SMALL
            self._plain = False
            self.on_data(data)
            return
        version = router.table.choose(head)
        request = self.request
        request.head = head
        request.kept = [data]
        request.started = self.loop.now
        self._plain = True
        if not version.idle:
            self._ask(version)
            return
        self.version = version
        self.upstream = upstream = version.idle.pop()
        version.busy += 1
        # Nothing follows here: the connection may turn out to be gone at once.
        upstream.send_request(self, data, bodiless=False)

    def on_data(self, data: bytes) -> None:
        if not data:
            self._on_end_of_client()
        elif self._discarded is not None:
            self._discarded += len(data)
            if self._discarded > LINGER_BYTES:
                self.end()
        elif self.version is None and not self.outgoing:
            self._begin(self._buffer + data if self._buffer else data)
        elif self.request.complete:
            # Pipelined: read once, then left with the system until its turn comes.
            self._buffer += data
            self.stop_reading()
        else:
            self._pass_on(data)

    def _on_end_of_client(self) -> None:
        if (self.version is None and not self.outgoing) or not self.request.complete:
            self.break_off()
        else:
            # It may have closed its half only, and wait for answers.
            self._ended = True
            self.stop_reading()

    def _begin(self, data: bytes) -> None:
        """The next request, of which at least the beginning has come."""
        router, request = self.router, self.request
        if data[:1] in b"\r\n":
            data = data.lstrip(b"\r\n")  # line ends before a request mean nothing
        end = data.find(b"\r\n\r\n") + 4
        try:
            if end < 4:
                self._await_head(data)
                return
            head = router.heads.find(data[:end]) or router.heads.read(data[:end])
            if head.challenge is not None and not head.length:
                self._prove(head, data[end:])
                return
            version = router.table.choose(head)
            self._buffer = request.begin(head, data, end, self.loop.now)
        except BadMessage as fault:
            self._refuse(fault.status, fault.sentence)
            return
        self._status = 0
        if request.complete:
            self.deadline = _NEVER
        else:
            self.deadline = self.loop.now + BODY_SECONDS
            if self._ended:
                self.end()
                return
            if not self.reads:
                self.read_on()
        self._ask(version)

    def _await_head(self, data: bytes) -> None:
        """Raises BadMessage when it is too large already."""
        if len(data) > HEAD_LIMIT:
            raise BadMessage(431, "The headers of the request are too large.")
        if self._ended:
            self.end()
            return
        if not self._buffer:
            self.deadline = self.loop.now + HEADER_SECONDS
        self._buffer = data
        if not self.reads:
            self.read_on()

    def _pass_on(self, data: bytes) -> None:
        """More of the body of the request under way."""
        request, upstream = self.request, self.upstream
        try:
            data, self._buffer = request.add(data)
        except BadMessage as fault:
            if self._status:
                self.break_off()
            else:
                self._drop_upstream()
                self._refuse(fault.status, fault.sentence)
            return
        self.deadline = _NEVER if request.complete else self.loop.now + BODY_SECONDS
        if request.kept_bytes >= LARGE_MESSAGE:
            self.loop.large.passed()
        if upstream is not None:
            upstream.send(data)
            if upstream.waiting_bytes > WAITING_LIMIT and upstream is self.upstream:
                self.stop_reading()

    # To a version

    def _ask(self, version: Version) -> None:
        """Sends what is here of the request to the version, at once or when one of its connections is free."""
        request = self.request
        if request.complete and not request.attempts and version.takes_in_line(self):
            self.version = version
        else:
            self._connect(version)

    def on_connection(self, upstream: Optional[Upstream]) -> None:
        """The request under way has waited for a free connection; None where it has done so for long enough."""
        version = self.version
        if version is None:
            return
        if upstream is None:
            self._connect(version)
        else:
            self._send_by(upstream)

    def _connect(self, version: Version) -> None:
        """The request goes to the version, or to another one when that takes no connection."""
        request = self.request
        try:
            upstream = version.connection(fresh=request.attempts > 0)
        except OutOfDescriptors:
            self.router.connections.on_shortage(self.loop.now)
            self._last = True  # its descriptor is what the next one needs
            self._give_up(_NO_DESCRIPTORS)
            return
        if upstream is None:
            self._ask_another(version)
            return
        self._send_by(upstream)

    def _send_by(self, upstream: Upstream) -> None:
        request, version = self.request, upstream.version
        parts, head = request.kept, request.head
        if parts is None or head is None:
            version.release(upstream)
            return
        self.version = version
        self.upstream = upstream
        version.busy += 1
        if not request.complete and not self.reads:
            self.read_on()  # it was stopped for a connection that is gone
        # Nothing follows here: the connection may turn out to be gone at once.
        upstream.send_request(self, parts[0] if len(parts) == 1 else b"".join(parts), bodiless=head.bodiless)

    def _ask_another(self, version: Version) -> None:
        request = self.request
        request.pass_over(version)
        self._plain = False
        self.version = None
        pinned, sticky = (request.head.pinned, request.head.sticky) if request.head is not None else (None, None)
        another = self.router.table.another(request.passed_over, sticky) if pinned is None else None
        if another is not None:
            self._ask(another)
        else:
            self._give_up(_NOBODY)

    def _give_up(self, sentence: str) -> None:
        """No version is asked; the client may ask again."""
        self._plain = False
        self.version = None
        self.router.count_own()
        self._error(503, sentence, retry=True)

    def on_failure(self, connection: Upstream, *, unread: bool) -> None:
        version, request = connection.version, self.request
        version.busy -= 1
        self.upstream = None
        if self.closed:
            return
        if self._status:
            version.count_loss()
            self.version = None
            self.end()  # that its end is missing is how the client learns of it
        elif not unread or request.kept is None:
            version.count_loss()
            self._error(502, _NO_ANSWER.format(name=version.name))
        elif request.may_try_again(version):
            self._ask(version)
        else:
            self._ask_another(version)

    def on_room(self) -> None:
        if not self.request.complete and not self.reads and not self.closed:
            self.read_on()

    # What comes from the version

    def on_whole_answer(self, status: int, data: bytes) -> bool:
        version, request, router = self.version, self.request, self.router
        if version is None or router.draining or not (self._plain or self._goes_on()):
            return False
        parts = request.kept
        self.version = self.upstream = request.kept = None
        self._plain = False
        request.attempts = 0
        version.busy -= 1
        now = self.loop.now
        version.count(status, now - request.started)
        self.deadline = now + KEEP_ALIVE
        self._resting = True
        if not router.answered:
            router.on_first_answer()
        self.send(data.replace(b"\r\n", version.marked_end, 1))
        mirror = router.mirror
        if mirror.version is not None and parts is not None and mirror.wants(version):
            mirror.copy(Original(b"".join(parts), data, version.name, False, now - request.started))
        return True

    def _goes_on(self) -> bool:
        """True if the request under way has come whole, and the next one may follow its answer on this connection."""
        request = self.request
        if request.head is None or not request.head.keeps or not request.complete or request.passed_over:
            return False
        return not (self._last or self._buffer or self.outgoing) and self.reads

    def on_interim(self, data: bytes) -> None:
        self.send(data)

    def on_answer(self, head: AnswerHead, data: bytes) -> None:
        version, request = self.version, self.request.head
        if version is None or request is None:
            return
        self._status = head.status
        mirror = self.router.mirror
        self._answer = bytearray(data) if mirror.wants(version) else None
        # What a version calls malformed and does not read on from, nobody else should take for the next request.
        refused = head.closes and head.status in (400, 431)
        if head.length == UNTIL_CLOSE or not request.keeps or self.router.draining or refused:
            self._last = True
        lines, rest = data[: head.size], data[head.size :]
        first = lines.find(b"\r\n") + 2
        end = b"Connection: close\r\n" if self._last else b""
        kept = without_mark(without_connection(lines) if self._last or head.closes else lines)
        self._send_part(kept[:first] + version.mark + end + kept[first:] + rest)

    def on_part(self, data: bytes) -> None:
        self._send_part(data)
        if self._answer is not None:
            self._answer += data
            if len(self._answer) > LARGEST:
                self._answer = None
                self.router.mirror.drop()

    def _send_part(self, data: bytes) -> None:
        self.send(data)
        if self.waiting_bytes > WAITING_LIMIT and self.upstream is not None:
            self.upstream.stop_reading()

    def on_end(self) -> None:
        version, router, request = self.version, self.router, self.request
        self.version = self.upstream = None
        if version is None:
            return
        version.busy -= 1
        if self.closed:
            return
        if request.complete or not 400 <= self._status < 500:
            version.count(self._status, self.loop.now - request.started)
        else:
            router.count_own()  # it never arrived whole: what was refused is not a response to it
        if not router.answered:
            router.on_first_answer()
        self._copy(version)
        request.forget()
        if not request.complete:
            self._last = True  # answered before the request had come to its end
        self._after_answer()

    def _copy(self, version: Version) -> None:
        """The request under way once more, for the version that is tried out."""
        request, mirror, answer, self._answer = self.request, self.router.mirror, self._answer, None
        head, kept = request.head, request.kept
        if answer is not None and head is not None and kept is not None and request.complete:
            seconds = self.loop.now - request.started
            mirror.copy(Original(b"".join(kept), bytes(answer), version.name, head.bodiless, seconds))

    def _after_answer(self) -> None:
        """Everything of the answer has come; a part may wait for the client to take it."""
        if self.outgoing:
            return
        if self._last:
            self._close_in_order()
            return
        self._status = 0
        self.deadline = self.loop.now + KEEP_ALIVE
        if self._buffer:
            data, self._buffer = self._buffer, b""
            self._begin(data)
        elif self._ended:
            self.end()
        else:
            self._resting = True
            if not self.reads:
                self.read_on()

    def on_sent(self) -> None:
        if self.version is None:
            if self._discarded is None:
                self._after_answer()
            return
        self.deadline = _NEVER if self.request.complete else self.loop.now + BODY_SECONDS
        if self.upstream is not None and not self.upstream.reads:
            self.upstream.read_on()

    # Answers of the router itself

    def _prove(self, head: RequestHead, rest: bytes) -> None:
        """Who listens here is asked by somebody who knows this endpoint's secret."""
        self.request.head, self._buffer = head, rest
        self._last = self._last or not head.keeps
        self.send(status_line(200) + self.router.proof((head.challenge or b"").decode("latin-1")) + _HEALTHY)
        if not self.closed:
            self._after_answer()

    def _refuse(self, status: int, sentence: str) -> None:
        """The request is not passed on, and nothing that comes after it can be read."""
        self.router.count_own()
        self._last = True
        self.request.head = None
        self._error(status, sentence)

    def _error(self, status: int, sentence: str, *, retry: bool = False) -> None:
        answer = error_answer(status, sentence)
        body = answer.body if isinstance(answer.body, bytes) else b""
        request, version = self.request, self.version
        head = request.head
        self.version = self.upstream = None
        request.forget()
        if not request.complete or head is None or not head.keeps or self.router.draining:
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
        elif self._status or (self.version is not None and self.request.complete):
            self.deadline = _NEVER  # the version's time is not the client's
        elif self.version is not None or self._buffer:
            self._drop_upstream()
            self._refuse(408, "The request did not arrive in time.")
        else:
            self.end()

    @property
    def idle(self) -> bool:
        """True if no request is under way, and no part of one has come."""
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
        elif version is not None:
            version.leave_line(self)

    def _close_in_order(self) -> None:
        if self.request.complete and not self._buffer and self.request.head is not None:
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
        self.router.connections.forget(self)
