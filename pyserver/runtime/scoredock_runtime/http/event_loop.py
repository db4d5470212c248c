"""Sockets that are watched, and calls that are due: what a turn of a worker's loop consists of."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections import deque
from socket import socket, socketpair
from typing import Callable, Deque, Dict, List, Optional, Tuple

from scoredock_runtime.base.diagnosis import CLOSED_DESCRIPTORS
from scoredock_runtime.http import poller
from scoredock_runtime.http.large_messages import LargeMessages
from scoredock_runtime.http.recovery import attempt, in_main_thread


class EventLoop:
    """Used by whoever holds the loop; `call_soon` and `wake` are for any thread."""

    def __init__(self, on_fault: Callable[[Exception], object]) -> None:
        """`on_fault` gets what a handler raised, unless that is the main thread's to raise."""
        self.clock = time.monotonic  # a script may stop the clock that the module tells
        self.now = self.clock()
        """Monotonic seconds when this turn began."""
        self.poller = poller.poller()
        self.calls: Deque[Callable[[], object]] = deque()
        self.later: List[Tuple[float, Callable[[], object]]] = []
        """Calls and when they are due, the next one first."""
        self._on_fault = on_fault
        self._handlers: Dict[int, Callable[[int], None]] = {}
        self._waking = False
        self._waker, waker = socketpair()
        self._waker.setblocking(False)
        waker.setblocking(False)
        self._waker_end = waker
        self.large = LargeMessages(self)
        self.add(waker, self._on_wake)

    # A turn

    def poll(self, timeout: Optional[float]) -> List[Tuple[int, int]]:
        """Events of sockets within `timeout` seconds, descriptor and mask; None waits until there is one."""
        try:
            events = self.poller.poll(timeout)
        except OSError as fault:
            self.on_poll_fault(fault)
            events = []
        self.now = self.clock()
        return events

    @staticmethod
    def on_poll_fault(fault: OSError) -> None:
        """Raises it, unless the poller itself was closed: nothing can be reported to anyone then."""
        if fault.errno != errno.EBADF:
            raise fault
        os._exit(CLOSED_DESCRIPTORS)

    def dispatch(self, events: List[Tuple[int, int]]) -> None:
        """Calls who watches the sockets."""
        handlers = self._handlers
        for descriptor, mask in events:
            handler = handlers.get(descriptor)
            if handler is None:
                self._unregister(descriptor)  # an exception came between; the poller would tell of it for ever
                continue
            try:
                handler(mask)
            except Exception as fault:
                if in_main_thread():
                    raise
                self._on_fault(fault)

    def run_calls(self) -> None:
        """Makes the calls that were asked for before this turn; one that an exception broke off is made again."""
        for _ in range(len(self.calls)):
            attempt(self.calls[0])
            self.calls.popleft()

    def run_later(self) -> None:
        """Makes the calls whose time has come; one that an exception broke off is made again."""
        now = self.now
        for each in [each for each in self.later if each[0] <= now]:
            attempt(each[1])
            self.later.remove(each)

    # What it is asked

    def call_soon(self, call: Callable[[], object]) -> None:
        """Makes the loop's holder make a call; from any thread."""
        self.calls.append(call)
        self.wake()

    def call_later(self, seconds: float, call: Callable[[], object]) -> None:
        """Makes a call after so many seconds; from the loop's holder."""
        self.later = sorted([*self.later, (self.now + seconds, call)], key=lambda each: each[0])

    def add(self, sock: socket, handler: Callable[[int], None], mask: int = poller.READ) -> None:
        """`handler` is called with the events of the socket."""
        self.poller.register(sock.fileno(), mask)
        self._handlers[sock.fileno()] = handler

    def watches(self, descriptor: int) -> bool:
        """True if its events are of interest."""
        return descriptor in self._handlers

    def remove(self, descriptor: int) -> None:
        """Its events are of no interest any more."""
        if self._handlers.pop(descriptor, None) is not None:
            self._unregister(descriptor)

    def _unregister(self, descriptor: int) -> None:
        with contextlib.suppress(OSError, KeyError, ValueError):  # the script closed it
            self.poller.unregister(descriptor)

    # Waking

    def wake(self) -> None:
        """Wakes whoever waits for sockets; from any thread."""
        if not self._waking:
            self._waking = True
            try:
                self._waker.send(b"\0")
            except OSError as fault:
                if fault.errno is None:
                    raise  # a signal handler's, before the byte was sent
                return  # full: it is awake

    def wake_again(self) -> None:
        """The same after an exception that may have come between the note and the byte."""
        self._waking = False
        self.wake()

    def _on_wake(self, _: int) -> None:
        # Lowered after the read and before the look at what waits: what comes later wakes the loop again.
        with contextlib.suppress(OSError):
            self._waker_end.recv(4096)
        self._waking = False
