"""The HTTP server of a worker: its connections, the requests under way and their answers.

Two threads hold its loop in turn (loop_threads.py); what is called "by the loop's holder" needs no lock.
"""

from __future__ import annotations

import time
from collections import deque
from email.utils import formatdate
from socket import socket
from typing import TYPE_CHECKING, Callable, Deque, List, Optional, Set, Tuple, Union

from scoredock_runtime.http.acceptor import Acceptor
from scoredock_runtime.http.admission import Admission
from scoredock_runtime.http.connection import Connection
from scoredock_runtime.http.deadlines import Drain, expire_all, meet_due
from scoredock_runtime.http.event_loop import EventLoop
from scoredock_runtime.http.loop_threads import LoopThreads
from scoredock_runtime.http.messages import Answer, Request, RequestHandler
from scoredock_runtime.http.recovery import drop_broken, in_main_thread

if TYPE_CHECKING:
    from scoredock_runtime.http.application import Application, Description

_NEVER = float("inf")

Part = Union[Answer, bytes, None]
"""An answer, a part of a streamed one, or its end."""


class Server:
    """Connections of a worker, and what becomes of their requests."""

    def __init__(self, listeners: List[socket], app: Application, admission: Admission, *, shared: bool) -> None:
        self.app = app
        self.admission = admission
        self.loop = EventLoop(lambda fault: drop_broken(self, fault))
        self.date = b""
        """The header line of this second."""
        self.body_limit = app.body_limit
        self.draining = False
        self.connections: Set[Connection] = set()
        self.on_closed: Callable[[], object] = lambda: None
        """Called once no new connections are taken any more."""
        self.on_stuck: Callable[[str], object] = lambda _: None
        """Called when run() goes on although it was interrupted."""
        self.on_answered: Callable[[Request, int], object] = lambda *_: None
        self.answers: Deque[Tuple[Request, Part]] = deque()
        """From the main thread; the loop's holder sends them."""
        self.acceptor = Acceptor(self, listeners, shared=shared)
        self.threads = LoopThreads(self)
        self._next_sweep = 0.0
        self._next_second = 0.0

    # Life

    def start(self) -> None:
        """Begins in the HTTP thread."""
        self.threads.start()

    def listen(self) -> None:
        """Takes connections from now on. From any thread. Raises OSError when the script has closed the sockets."""
        self.acceptor.prepare()
        self.loop.call_soon(self.acceptor.listen)

    def work(self, handler: RequestHandler) -> None:
        """The main thread's part: run() for each request, until the worker has drained."""
        self.threads.work(handler)

    def drain(self, grace: float, linger: float) -> None:
        """Takes no new connections, finishes what is under way, then lets `work` return; from any thread.

        Idle connections stay for up to `linger` seconds, for a request that is on its way.
        """
        self.loop.call_soon(lambda: Drain(self, grace, linger).begin())

    # One turn of the loop

    def turn(self) -> None:
        """Looks at the sockets once, and does whatever is due. By the loop's holder."""
        loop = self.loop
        events = loop.poll(self._patience())
        now = loop.now
        if now >= self._next_second or (now >= self._next_sweep and self.connections):
            self._on_second(now)
        if events:
            loop.dispatch(events)
        if self.answers:
            self.deliver()
        if loop.calls:
            loop.run_calls()
        if loop.later:
            loop.run_later()
        if self.admission.due() <= now:
            meet_due(self, now)

    def _patience(self) -> Optional[float]:
        """Seconds until something is due whether a socket tells anything or not; None for never."""
        loop = self.loop
        if self.answers or loop.calls:
            return 0.0
        moment = self.admission.due()
        if loop.later:
            moment = min(moment, loop.later[0][0])
        if self.connections:
            moment = min(moment, self._next_sweep)
        if moment == _NEVER:
            return None
        return max(0.0, moment - loop.clock())

    def _on_second(self, now: float) -> None:
        wall = time.time()
        self._next_second = now + 1.0 - wall % 1.0
        self.date = f"Date: {formatdate(wall, usegmt=True)}\r\n".encode()
        if now >= self._next_sweep:
            self._next_sweep = expire_all(self.connections, now)

    # Connections

    def welcome(self, connection: Connection) -> None:
        """A connection that was accepted just now."""
        transport = connection.transport
        self.connections.add(connection)
        self._next_sweep = min(self._next_sweep, transport.deadline)
        self.loop.add(transport.socket, connection.on_event)

    def forget(self, connection: Connection) -> None:
        """A connection is being closed; harmless when that was begun before."""
        self.loop.remove(connection.transport.descriptor)
        request = connection.request
        if request is not None and self.admission.running is not request and not request.abandoned:
            self.admission.remove(request, self.loop.now)
            request.abandoned = True

    # Requests

    def begin(self, request: Request) -> None:
        """A complete request of a connection."""
        request.started = time.perf_counter()
        answer = self.app.begin(request)
        if answer is not None:
            self.send(request, answer)
        elif request.path == "/score":
            self.admission.add(request, self.loop.now)
        # Else it waits for `describe`.

    def describe(self, swagger: Description) -> None:
        """The script is there: who waits for its description gets it. By the loop's holder."""
        self.app.swagger = swagger
        for connection in list(self.connections):
            request = connection.request
            if request is not None and request.path == "/swagger.json":
                self.send(request, self.app.described(swagger, request))

    def count_refusal(self, kind: str) -> None:
        """Counts a request that no script has seen."""
        if self.app.metrics is not None:
            self.app.metrics.count_refusal(kind)

    def send(self, request: Request, answer: Answer) -> None:
        """The answer of whoever has made it; harmless when the request has one."""
        connection = request.connection
        if connection is not None:
            connection.answer(request, answer)
        self.app.after_answer(request, answer)

    def deliver(self) -> None:
        """Sends what run() has answered. By the loop's holder."""
        while self.answers:
            request, part = self.answers.popleft()
            if isinstance(part, Answer) and isinstance(part.body, bytes):
                self._finish(request, part)
            else:
                self._deliver_part(request, part)

    def _finish(self, request: Request, answer: Answer) -> None:
        """run() has answered."""
        if not request.abandoned:
            if request.overdue:
                answer = self.app.timeout_answer()
            try:
                self.send(request, answer)
            except Exception as fault:
                if in_main_thread():
                    raise
                drop_broken(self, fault)
        self.admission.remove(request, self.loop.now)
        self.on_answered(request, 504 if request.abandoned else answer.status)

    def _deliver_part(self, request: Request, part: Part) -> None:
        connection = request.connection
        if connection is None:
            return
        if isinstance(part, Answer):
            connection.answer(request, part)
            self.app.after_answer(request, part)
        else:
            connection.part(request, part)
            if part is None:
                self.admission.remove(request, self.loop.now)
                self.on_answered(request, 200)

    def break_off(self, request: Request) -> None:
        """A streamed answer ends too early: that its end is missing is how a client learns of it."""
        if request.connection is not None:
            request.connection.close()
        self.admission.remove(request, self.loop.now)
        self.on_answered(request, 500)
