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
from scoredock_runtime.http.recovery import attempt


class EventLoop:
    """Used by whoever holds the loop; `call_soon` and `wake` are for any thread."""

    def __init__(self, on_fault: Callable[[int, Exception], object]) -> None:
        """`on_fault` gets the descriptor and what its handler raised."""
        self.clock = time.monotonic  # a script may stop the clock that the module tells
        self.now = self.clock()
        """Monotonic seconds when this turn began."""
        self.poller = poller.poller()
        self.handled = -1
        """The descriptor that the main thread sees to while it leads; it stays when an exception throws it out."""
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
        self.add(waker, self._on_wake)

    # A turn

    def poll(self, timeout: Optional[float]) -> List[Tuple[int, int]]:
        """What sockets tell within `timeout` seconds; None waits until one does."""
        try:
            events = self.poller.poll(timeout)
        except OSError as fault:
            if fault.errno != errno.EBADF:
                raise
            os._exit(CLOSED_DESCRIPTORS)  # nothing can be told to anyone any more
        self.now = self.clock()
        return events

    def dispatch(self, events: List[Tuple[int, int]], *, led: bool) -> None:
        """Calls who watches the sockets; `led` by the main thread, which may be thrown out."""
        handlers = self._handlers
        for descriptor, mask in events:
            handler = handlers.get(descriptor)
            if handler is not None:
                if led:
                    self.handled = descriptor
                try:
                    handler(mask)
                except Exception as fault:
                    self._on_fault(descriptor, fault)
        if led:
            self.handled = -1

    def run_calls(self) -> None:
        """Those that were asked for before this turn."""
        for _ in range(len(self.calls)):
            attempt(self.calls.popleft())

    def run_later(self) -> None:
        """Those whose time has come."""
        now = self.now
        due = [call for moment, call in self.later if moment <= now]
        self.later = [each for each in self.later if each[0] > now]
        for call in due:
            attempt(call)

    # What it is asked

    def call_soon(self, call: Callable[[], object]) -> None:
        """From any thread: the loop's holder calls it."""
        self.calls.append(call)
        self.wake()

    def call_later(self, seconds: float, call: Callable[[], object]) -> None:
        """From the loop's holder."""
        self.later = sorted([*self.later, (self.now + seconds, call)], key=lambda each: each[0])

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

    # Waking

    def wake(self) -> None:
        """From any thread: whoever waits for sockets goes on."""
        if not self._waking:
            self._waking = True
            try:
                self._waker.send(b"\0")
            except OSError:
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
