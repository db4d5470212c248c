"""The two threads of a worker, which hold its loop of sockets in turn: run() is in the main one.

run() belongs to the main thread, where the script was imported. While run() is quick, the main thread holds the loop
as well and calls run() between two looks at the sockets, so a request costs no change of threads. The HTTP thread only
watches: when a run() takes longer than `PATIENCE` it takes the loop over, so health and everything else is answered
meanwhile; the main thread then works requests off from a queue. After a series of quick ones it takes the loop back.

A baton says who may touch the sockets: while run() runs inline the baton lies there to be taken, and whoever
takes it out of the list holds the loop. Taking from a list is atomic.
"""

from __future__ import annotations

import contextlib
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Callable, List, Optional

from scoredock_runtime.base import threads
from scoredock_runtime.http.messages import Answer, Request, RequestHandler
from scoredock_runtime.http.recovery import keep_at, log_fault, put_in_order

if TYPE_CHECKING:
    from scoredock_runtime.http.server import Part, Server

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

_ROOM_SECONDS = 0.005
"""From one look to the next whether a slow client has room for more of a streamed answer."""
_sleep = time.sleep  # as it was before the script came


class LoopThreads:
    """The queue of requests for run(), and who holds the loop while it runs."""

    def __init__(self, server: Server) -> None:
        self.jobs: SimpleQueue[Optional[Request]] = SimpleQueue()
        """Admitted requests; None once there are no more."""
        self._server = server
        self._loop = server.loop
        self._over = False
        self._baton: List[None] = []
        self._wanted = False
        """The main thread waits for the loop."""
        self._fallen = False
        """The main thread has lost its place, and waits until it gets a new one."""
        self._main_gate = threading.Lock()
        self._main_gate.acquire()
        self._watch_gate = threading.Lock()
        self._watch_gate.acquire()
        self._asleep = False
        self._running_since = 0.0
        self._worked = 0

    def start(self) -> None:
        """The HTTP thread, which holds the loop at first."""
        threads.start(self._http_thread, name="http", at_fault=threads.end_process)

    def end(self) -> None:
        """Lets go of the loop after this turn, for good.

        The end of what a client sends may be all of its end or half of it; who still reads shows soon.
        """
        self._over = True

    def put(self, request: Request) -> None:
        """A request for run() that is admitted."""
        self.jobs.put(request)

    # The main thread

    def work(self, handler: RequestHandler) -> None:
        """The main thread's part: run() for each request, until the worker has drained."""

        def mend(fault: BaseException) -> None:
            handler.broken(fault)
            self._wait_for_order()

        keep_at(lambda: self._work(handler), mend)

    def _work(self, handler: RequestHandler) -> None:
        clock, streak = self._loop.clock, 0
        while not self._over:
            request = self.jobs.get()
            if request is None:
                break
            if self._is_unwanted(request):
                continue
            self._running_since = began = clock()
            self._server.admission.began(request, began)
            try:
                answer = handler.answer(request)
            except BaseException as fault:  # this thread goes on, whatever the answer fails with
                answer = handler.broken(fault)
            self._hand(request, answer, handler)
            del request, answer  # this frame may stay for long, and a body may be large
            streak = streak + 1 if clock() - began < QUICK else 0
            if streak >= STREAK and not self._server.draining:
                streak = 0
                if not self._take_loop() or not self._lead(handler):
                    break

    def _wait_for_order(self) -> None:
        """Whatever this thread held and was about to do is lost: the HTTP thread takes everything over."""
        self._fallen = True
        self._running_since = 0.0
        while self._fallen and not self._over:
            self._loop.wake_again()
            with contextlib.suppress(RuntimeError):
                self._watch_gate.release()
            _sleep(0.005)

    def _take_loop(self) -> bool:
        """From the HTTP thread; False when that has ended."""
        self._wanted = True
        self._loop.wake()
        while not self._main_gate.acquire(timeout=0.5):
            if self._over:
                return False
        return not self._over

    def _lead(self, handler: RequestHandler) -> bool:
        """True if there is more to do; returns when the HTTP thread has taken the loop."""
        server = self._server
        self._baton.pop()
        while not self._over:
            # First of all: a request may be queued since before this thread had the loop, and no socket tells of it.
            goes_on = self._run_inline(handler)
            if goes_on is not None:
                return goes_on
            server.deliver()
            server.turn()
        return False

    def _run_inline(self, handler: RequestHandler) -> Optional[bool]:
        """Calls run() for all that waits. None while this thread holds the loop; what `_lead` returns when it does not,
        or when there are no more requests."""
        server, loop, jobs, baton = self._server, self._loop, self.jobs, self._baton
        admission, clock = server.admission, loop.clock
        batch_start = loop.now
        while not jobs.empty():
            request = jobs.get_nowait()
            if request is None:
                return False
            if self._is_unwanted(request):
                continue
            self._worked += 1
            self._running_since = now = clock()
            admission.began(request, now)
            if self._asleep:
                self._asleep = False
                self._watch_gate.release()
            baton.append(None)
            try:
                answer = handler.answer(request)
            except BaseException as fault:  # this thread goes on, whatever the answer fails with
                answer = handler.broken(fault)
            if not isinstance(answer.body, bytes):
                if not self._stream_inline(request, answer, handler):
                    return True
                continue
            try:
                baton.pop()
            except IndexError:
                self._hand(request, answer, handler)
                return True
            self._running_since = 0.0
            admission.running = None
            # One after the other, runs find their code where the last one left it in the processor; so do answers.
            # Whoever takes the loop meanwhile sends them.
            server.answers.append((request, answer))
            loop.now = now = clock()
            if now - batch_start > TOGETHER:
                batch_start = now
                server.deliver()
        return None

    def _stream_inline(self, request: Request, answer: Answer, handler: RequestHandler) -> bool:
        """True if this thread still holds the loop at the end: its parts come one by one, and the HTTP thread, which
        sees a run() that goes on, sends them."""
        self._hand(request, answer, handler)
        try:
            self._baton.pop()
        except IndexError:
            return False
        self._running_since = 0.0
        return True

    def _is_unwanted(self, request: Request) -> bool:
        """From the main thread: it has its answer, or its client has long hung up.

        The end of what a client sends may be all of its end or half of it; who still reads shows soon."""
        if not request.abandoned and request.ended and time.perf_counter() - request.started > HALF_OPEN:
            connection = request.connection
            if connection is not None:
                self._loop.call_soon(connection.close)
            return True
        return request.abandoned

    # Answers while the loop is another thread's

    def _hand(self, request: Request, answer: Answer, handler: RequestHandler) -> None:
        if isinstance(answer.body, bytes):
            self._server.admission.running = None
            self._running_since = 0.0
            self._server.answers.append((request, answer))
            self._loop.wake()
        else:
            self._server.admission.streams()
            self._stream(request, answer, handler)
            self._server.admission.running = None
            self._running_since = 0.0

    def _stream(self, request: Request, answer: Answer, handler: RequestHandler) -> None:
        server, loop = self._server, self._loop

        def put(part: Part) -> None:
            server.answers.append((request, part))
            loop.wake()

        put(answer)
        if hand_parts(request, answer.body, put, handler.stream_failed):
            put(None)
        else:
            loop.call_soon(lambda: server.break_off(request))  # after the parts that came before

    # The HTTP thread

    def _http_thread(self) -> None:
        acceptor = self._server.acceptor
        while not self._over:
            try:
                if self._fallen:
                    put_in_order(self._server, self.jobs)
                    # The exception may have come between the note that this thread is woken and the byte that wakes
                    # it, and the main thread need not have got so far as to see to that.
                    self._loop.wake_again()
                    self._fallen = False
                self._server.turn()
            except Exception as fault:
                log_fault(fault)
                _sleep(0.01)
            acceptor.balance(self._server.admission.busy)
            if self._wanted:
                self._wanted = False
                acceptor.balance(False)
                self._baton.append(None)
                self._main_gate.release()
                self._watch()
                if self._fallen:
                    # It may have got hold of them or not; from here on it waits for this thread.
                    self._baton.clear()
                    self._main_gate.acquire(blocking=False)
                    self._wanted = self._asleep = False
        self.jobs.put(None)
        if self._wanted:
            self._main_gate.release()

    def _watch(self) -> None:
        """Returns when this thread has taken the loop: the main thread is in a run() that takes its time."""
        clock, last_worked = self._loop.clock, -1
        while not self._fallen:
            since = self._running_since
            if since and clock() - since > PATIENCE:
                try:
                    self._baton.pop()
                    return
                except IndexError:
                    continue
            if self._worked == last_worked and not since:
                self._asleep = True
                # The main thread looks at _asleep after it has begun, this one at _running_since after it said so.
                if not self._running_since:
                    self._watch_gate.acquire()
                    continue
                if not self._asleep:
                    self._watch_gate.acquire()  # released in between
                self._asleep = False
            last_worked = self._worked
            self._watch_gate.acquire(timeout=PATIENCE)


def hand_parts(
    request: Request, parts: Any, put: Callable[[bytes], object], failed: Callable[[BaseException], object]
) -> bool:
    """A streamed answer: its parts are handed over as the script makes them, no faster than the client takes them.

    Whether the answer is whole; False also when the script's own code raised. Runs in run()'s thread."""
    connection = request.connection
    whole = True
    try:
        for part in parts:
            while connection is not None and not connection.has_room:
                _sleep(_ROOM_SECONDS)
            if request.abandoned or connection is None or connection.closed:
                break
            if part:
                put(part)
    except BaseException as fault:  # the script's generator may raise anything, also SystemExit
        whole = False
        failed(fault)
    try:
        close = getattr(parts, "close", None)
        if close is not None:
            close()  # runs code of the script, too
    except BaseException as fault:  # the same of its close()
        failed(fault)
    return whole
