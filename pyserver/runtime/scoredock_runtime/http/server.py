"""The loop of a worker, which two threads can hold in turn.

run() belongs to the main thread, where the script was imported. While run() is quick, the main thread holds the loop
as well and calls run() between two looks at the sockets, so a request costs no change of threads. The HTTP thread only
watches: when a run() takes longer than `PATIENCE` it takes the loop over, so health and everything else is answered
meanwhile; the main thread then works requests off from a queue. After a series of quick ones it takes the loop back.

Who may touch the sockets is told by a baton: while run() runs inline the baton lies there to be taken, and whoever
takes it out of the list holds the loop. Taking from a list is atomic.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
from collections import deque
from email.utils import formatdate
from queue import Empty, SimpleQueue
from socket import socket, socketpair
from typing import TYPE_CHECKING, Callable, Deque, Dict, List, Optional, Set, Tuple, Union

from scoredock_runtime.base.diagnosis import CLOSED_DESCRIPTORS
from scoredock_runtime.http import poller
from scoredock_runtime.http.acceptor import Acceptor
from scoredock_runtime.http.admission import Admission
from scoredock_runtime.http.connection import Connection
from scoredock_runtime.http.deadlines import expire_all
from scoredock_runtime.http.drain import Drain
from scoredock_runtime.http.messages import Answer, Request, Scorer
from scoredock_runtime.http.overdue import meet_due
from scoredock_runtime.http.recovery import attempt, drop, keep_at, put_in_order, told
from scoredock_runtime.http.streaming import hand_parts

if TYPE_CHECKING:
    from scoredock_runtime.http.application import Application

TOGETHER = 0.001
"""Seconds of runs whose answers are sent together."""
PATIENCE = 0.02
"""Seconds of one run() after which the HTTP thread takes the loop over."""
QUICK = 0.005
"""Seconds of a run() that may be called inline."""
HALF_OPEN = 0.5
"""Seconds for which a request of a client that sends nothing more may wait for run()."""
STREAK = 16
"""Quick ones in succession before the main thread takes the loop."""

_NEVER = float("inf")

Part = Union[Answer, bytes, None]
"""An answer, a part of a streamed one, or its end."""


class Server:
    """Sockets, connections and the queue of requests for run()."""

    def __init__(self, listeners: List[socket], app: Application, admission: Admission, *, shared: bool) -> None:
        self.app = app
        self.admission = admission
        self.poller = poller.poller()
        self._sleep = time.sleep
        self._clock = time.monotonic  # a script may stop the clock that the module tells
        self.now = self._clock()
        self.date = b""
        self.body_limit = app.body_limit
        self.draining = False
        self.connections: Set[Connection] = set()
        self.on_closed: Callable[[], object] = lambda: None
        """Called once no new connections are taken any more."""
        self.on_stuck: Callable[[str], object] = lambda _: None
        """Called when run() goes on although it was interrupted."""
        self.on_answered: Callable[[], object] = lambda: None
        self.ended = threading.Event()
        self._jobs: SimpleQueue[Optional[Request]] = SimpleQueue()
        self._answers: Deque[Tuple[Request, Part]] = deque()
        self._calls: Deque[Callable[[], object]] = deque()
        self._later: List[Tuple[float, Callable[[], object]]] = []
        self.acceptor = Acceptor(self, listeners, shared=shared)
        self._handlers: Dict[int, Callable[[int], None]] = {}
        self.handled = -1
        """The descriptor that the main thread sees to while it leads; it stays when an exception throws it out."""
        self._next_sweep = 0.0
        self._next_second = 0.0
        self._baton: List[None] = []
        self._over = False
        self._waking = False
        self._wanted = False
        self._fallen = False
        """The main thread has lost its place, and waits until it is told a new one."""
        self._main_gate = threading.Lock()
        self._main_gate.acquire()
        self._watch_gate = threading.Lock()
        self._watch_gate.acquire()
        self._asleep = False
        self._running_since = 0.0
        self._worked = 0
        self._waker, waker = socketpair()
        self._waker.setblocking(False)
        waker.setblocking(False)
        self._waker_end = waker
        self.add(waker, self._on_wake)

    # Life

    def start(self) -> None:
        """Begins in the HTTP thread."""
        threading.Thread(target=self._http_thread, name="http", daemon=True).start()

    def listen(self) -> None:
        """Takes connections from now on. From any thread. Raises OSError when the script has closed the sockets."""
        self.acceptor.prepare()
        self.call_soon(self.acceptor.listen)

    def work(self, scorer: Scorer) -> None:
        """The main thread's part: run() for each request, until the worker has drained."""

        def work() -> None:
            self._work(scorer)
            self.ended.set()

        def mend(fault: BaseException) -> None:
            scorer.broken(fault)
            self._wait_for_order()

        keep_at(work, mend)

    def _work(self, scorer: Scorer) -> None:
        streak = 0
        while not self._over:
            request = self._jobs.get()
            if request is None:
                break
            if self._is_unwanted(request):
                continue
            self._running_since = began = self._clock()
            self.admission.began(request, began)
            try:
                answer = scorer.answer(request)
            except BaseException as fault:
                answer = scorer.broken(fault)
            self._hand(request, answer, scorer)
            streak = streak + 1 if self._clock() - began < QUICK else 0
            if streak >= STREAK and not self.draining:
                streak = 0
                if not self._take_loop() or not self._lead(scorer):
                    break

    def put(self, request: Request) -> None:
        """A request for run() that is admitted."""
        self._jobs.put(request)

    def drain(self, grace: float, linger: float) -> None:
        """From any thread: takes no new connections, finishes what is under way, then lets `work` return.

        Idle connections stay for up to `linger` seconds, for a request that is on its way."""
        self.call_soon(lambda: Drain(self, grace, linger).begin())

    def call_soon(self, call: Callable[[], object]) -> None:
        """From any thread: the loop's holder calls it."""
        self._calls.append(call)
        self._wake()

    def call_later(self, seconds: float, call: Callable[[], object]) -> None:
        """From the loop's holder."""
        self._later = sorted([*self._later, (self.now + seconds, call)], key=lambda each: each[0])

    # The main thread as the loop's holder

    def _wait_for_order(self) -> None:
        """Whatever this thread held and was about to do is lost: the HTTP thread takes everything over."""
        self._fallen = True
        self._running_since = 0.0
        while self._fallen and not self._over:
            self._waking = False  # it may stand there without a byte on its way
            self._wake()
            with contextlib.suppress(RuntimeError):
                self._watch_gate.release()
            self._sleep(0.005)

    def _take_loop(self) -> bool:
        """From the HTTP thread; False when that has ended."""
        self._wanted = True
        self._wake()
        while not self._main_gate.acquire(timeout=0.5):
            if self._over:
                return False
        return not self._over

    def _lead(self, scorer: Scorer) -> bool:
        """Whether there is more to do; returns when the HTTP thread has taken the loop."""
        take, baton, admission = self._jobs.get_nowait, self._baton, self.admission
        baton.pop()
        while not self._over:
            self._turn(led=True)
            begun = self.now
            while True:
                try:
                    request = take()
                except Empty:
                    break
                if request is None:
                    return False
                if self._is_unwanted(request):
                    continue
                self._worked += 1
                self._running_since = now = self._clock()
                admission.began(request, now)
                if self._asleep:
                    self._asleep = False
                    self._watch_gate.release()
                baton.append(None)
                try:
                    answer = scorer.answer(request)
                except BaseException as fault:
                    answer = scorer.broken(fault)
                whole = isinstance(answer.body, bytes)
                if not whole:
                    # Its parts come one by one: the HTTP thread, which sees a run() that goes on, sends them.
                    self._hand(request, answer, scorer)
                try:
                    baton.pop()
                except IndexError:
                    if whole:
                        self._hand(request, answer, scorer)
                    return True
                self._running_since = 0.0
                if whole:
                    admission.running = None
                    # One after the other, runs find their code where the last one left it in the processor; so do
                    # answers. Whoever takes the loop meanwhile sends them.
                    self._answers.append((request, answer))
                    self.now = now = self._clock()
                    if now - begun > TOGETHER:
                        begun = now
                        self._deliver()
            self._deliver()
        return False

    # The HTTP thread

    def _http_thread(self) -> None:
        while not self._over:
            try:
                self._turn()
                if self._fallen:
                    put_in_order(self, self._jobs)
                    self._fallen = False
            except Exception as fault:
                told(fault)
                self._sleep(0.01)
            self.acceptor.balance(self.admission.busy)
            if self._wanted:
                self._wanted = False
                self.acceptor.balance(False)
                self._baton.append(None)
                self._main_gate.release()
                self._watch()
                if self._fallen:
                    # It may have got hold of them or not; from here on it waits for this thread.
                    self._baton.clear()
                    self._main_gate.acquire(blocking=False)
                    self._wanted = self._asleep = False
        self._jobs.put(None)
        if self._wanted:
            self._main_gate.release()

    def _watch(self) -> None:
        """Returns when this thread has taken the loop: the main thread is in a run() that takes its time."""
        seen = -1
        while not self._fallen:
            since = self._running_since
            if since and self._clock() - since > PATIENCE:
                try:
                    self._baton.pop()
                    return
                except IndexError:
                    continue
            if self._worked == seen and not since:
                self._asleep = True
                # The main thread looks at _asleep after it has begun, this one at _running_since after it said so.
                if not self._running_since:
                    self._watch_gate.acquire()
                    continue
                if not self._asleep:
                    self._watch_gate.acquire()  # released in between
                self._asleep = False
            seen = self._worked
            self._watch_gate.acquire(timeout=PATIENCE)

    # One turn of the loop

    def _turn(self, *, led: bool = False) -> None:
        try:
            events = self.poller.poll(self._wait())
        except OSError as fault:
            if fault.errno != errno.EBADF:
                raise
            os._exit(CLOSED_DESCRIPTORS)  # nothing can be told to anyone any more
        self.now = now = self._clock()
        if now >= self._next_second or (now >= self._next_sweep and self.connections):
            self._on_second(now)
        handlers = self._handlers
        for descriptor, mask in events:
            handler = handlers.get(descriptor)
            if handler is not None:
                if led:
                    self.handled = descriptor
                try:
                    handler(mask)
                except Exception as fault:
                    drop(self, descriptor, fault)
        if led:
            self.handled = -1
        if self._answers:
            self._deliver()
        if self._calls:
            for _ in range(len(self._calls)):
                attempt(self._calls.popleft())
        if self._later:
            self._meet_later(now)
        if self.admission.due() <= now:
            meet_due(self, now)

    def _wait(self) -> Optional[float]:
        """Seconds until something is due whether a socket tells anything or not."""
        if self._answers or self._calls:
            return 0.0
        moment = self.admission.due()
        if self._later:
            moment = min(moment, self._later[0][0])
        if self.connections:
            moment = min(moment, self._next_sweep)
        if moment == _NEVER:
            return None
        return max(0.0, moment - self._clock())

    def _on_second(self, now: float) -> None:
        wall = time.time()
        self._next_second = now + 1.0 - wall % 1.0
        self.date = f"Date: {formatdate(wall, usegmt=True)}\r\n".encode()
        if now >= self._next_sweep:
            self._next_sweep = expire_all(self.connections, now)

    def _meet_later(self, now: float) -> None:
        due = [call for moment, call in self._later if moment <= now]
        self._later = [each for each in self._later if each[0] > now]
        for call in due:
            attempt(call)

    # Requests

    def begin(self, request: Request) -> None:
        """A complete request of a connection."""
        request.started = time.perf_counter()
        answer = self.app.begin(request)
        if answer is not None:
            self.send(request, answer)
        else:
            self.admission.add(request, self.now)

    def refused(self, kind: str) -> None:
        """Counts a request that no script has seen."""
        if self.app.metrics is not None:
            self.app.metrics.refused(kind)

    def _is_unwanted(self, request: Request) -> bool:
        """From the main thread: it has its answer, or its client has long hung up.

        The end of what a client sends may be all of its end or half of it; who still reads shows soon."""
        if not request.abandoned and request.ended and time.perf_counter() - request.started > HALF_OPEN:
            connection = request.connection
            if connection is not None:
                self.call_soon(connection.close)
            return True
        return request.abandoned

    def welcome(self, connection: Connection, sock: socket) -> None:
        """A connection that was accepted just now."""
        self.connections.add(connection)
        self._next_sweep = min(self._next_sweep, connection.deadline)
        self.add(sock, connection.on_event)

    def forget(self, connection: Connection) -> None:
        """A connection is being closed."""
        self.connections.discard(connection)
        self.remove(connection.descriptor)
        request = connection.request
        if request is not None and self.admission.running is not request and not request.abandoned:
            request.abandoned = True
            self.admission.remove(request, self.now)

    def _finish(self, request: Request, answer: Answer) -> None:
        """run() has answered."""
        if not request.abandoned:
            if request.overdue:
                answer = self.app.timed_out()
            attempt(lambda: self.send(request, answer))
        self.admission.remove(request, self.now)
        self.on_answered()

    def send(self, request: Request, answer: Answer) -> None:
        """The answer of whoever has made it; harmless when the request has one."""
        connection = request.connection
        if connection is not None:
            connection.answer(request, answer)
        self.app.answered(request, answer)

    # Answers from the main thread

    def _hand(self, request: Request, answer: Answer, scorer: Scorer) -> None:
        """The loop is another thread's."""
        if isinstance(answer.body, bytes):
            self.admission.running = None
            self._running_since = 0.0
            self._answers.append((request, answer))
            self._wake()
        else:
            self.admission.streams()
            self._stream(request, answer, scorer)
            self.admission.running = None
            self._running_since = 0.0

    def _stream(self, request: Request, answer: Answer, scorer: Scorer) -> None:
        def put(part: Part) -> None:
            self._answers.append((request, part))
            self._wake()

        put(answer)
        if hand_parts(request, answer.body, put, scorer.stream_failed):
            put(None)
        else:
            self.call_soon(lambda: self._break_off(request))  # after the parts that came before

    def _break_off(self, request: Request) -> None:
        """That the end is missing is how a client learns of it."""
        if request.connection is not None:
            request.connection.close()
        self.admission.remove(request, self.now)
        self.on_answered()

    def _deliver(self) -> None:
        while self._answers:
            request, part = self._answers.popleft()
            if isinstance(part, Answer) and isinstance(part.body, bytes):
                self._finish(request, part)
                continue
            connection = request.connection
            if connection is None:
                continue
            if isinstance(part, Answer):
                connection.answer(request, part)
                self.app.answered(request, part)
            else:
                connection.part(request, part)
                if part is None:
                    self.admission.remove(request, self.now)
                    self.on_answered()

    # Sockets

    def add(self, sock: socket, handler: Callable[[int], None], mask: int = poller.READ) -> None:
        """`handler` is called with the events of the socket."""
        self._handlers[sock.fileno()] = handler
        self.poller.register(sock.fileno(), mask)

    def watches(self, descriptor: int) -> bool:
        """Whether its events are of interest."""
        return descriptor in self._handlers

    def remove(self, descriptor: int) -> None:
        """Its events are of no interest any more."""
        if self._handlers.pop(descriptor, None) is not None:
            try:
                self.poller.unregister(descriptor)
            except (OSError, KeyError, ValueError):
                return  # the script closed it

    def _wake(self) -> None:
        if not self._waking:
            self._waking = True
            try:
                self._waker.send(b"\0")
            except OSError:
                return  # full: it is awake

    def _on_wake(self, _: int) -> None:
        # Lowered after the read and before the look at what waits: what comes later wakes the loop again.
        with contextlib.suppress(OSError):
            self._waker_end.recv(4096)
        self._waking = False

    # The end

    def end(self) -> None:
        """After this turn nobody holds the loop any more."""
        self._over = True
