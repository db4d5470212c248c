"""The socket of a connection: what the system takes is sent at once, and the rest as soon as it takes more.

Whoever holds the loop calls it.
"""

from __future__ import annotations

import socket
from collections import deque
from typing import Callable, Deque

from scoredock_runtime.http.event_loop import EventLoop
from scoredock_runtime.http.poller import READ, WRITE

WRITE_SECONDS = 60.0
"""Without a byte taken by the client."""
_READ_SIZE = 256 * 1024


class Transport:
    """Plain TCP; `TlsTransport` adds TLS."""

    scheme = "http"

    def __init__(self, loop: EventLoop, sock: socket.socket, on_lost: Callable[[], object]) -> None:
        """`on_lost` is called when nothing can be sent any more; it closes the connection."""
        self.loop = loop
        self.socket = sock
        self.descriptor = sock.fileno()
        self.closed = False
        self.deadline = 0.0
        """Monotonic seconds at which the connection is given up."""
        self.outgoing: Deque[memoryview] = deque()
        """What waits for the client to take it."""
        self.waiting_bytes = 0
        self._mask = READ
        self._on_lost = on_lost
        self._receive = sock.recv
        self._send = sock.send

    def receive(self) -> bytes:
        """Bytes that have come; empty at the end. Raises BlockingIOError when nothing has, and OSError."""
        return self._receive(_READ_SIZE)

    def send(self, data: bytes) -> None:
        """Sends what the system takes and keeps the rest."""
        if self.closed:
            return
        if not self.outgoing:
            try:
                sent = self._send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError:
                self._on_lost()
                return
            if sent == len(data):
                return
            rest = memoryview(data)[sent:]
            self.deadline = self.loop.now + WRITE_SECONDS
            self.watch(self._mask | WRITE)
        else:
            rest = memoryview(data)
        self.outgoing.append(rest)
        self.waiting_bytes += len(rest)

    def flush(self) -> bool:
        """Sends on; whether all of it is on its way, or the connection lost."""
        while self.outgoing:
            data = self.outgoing[0]
            try:
                sent = self._send(data)
            except (BlockingIOError, InterruptedError):
                return False
            except OSError:
                self._on_lost()
                return True
            self.waiting_bytes -= sent
            self.deadline = self.loop.now + WRITE_SECONDS
            if sent < len(data):
                self.outgoing[0] = data[sent:]
                return False
            self.outgoing.popleft()
        self.watch(self._mask & ~WRITE)
        return True

    @property
    def reads(self) -> bool:
        """True if what comes is of interest now."""
        return bool(self._mask & READ)

    def read_on(self) -> None:
        """Watch for what comes."""
        self.watch(self._mask | READ)

    def stop_reading(self) -> None:
        """Leave what comes with the system for now."""
        self.watch(self._mask & ~READ)

    def watch(self, mask: int) -> None:
        """Sets which events of the socket are of interest."""
        if mask != self._mask and not self.closed:
            self._mask = mask
            try:
                self.loop.poller.modify(self.descriptor, mask)
            except (OSError, KeyError, ValueError):
                self._on_lost()  # the script closed it

    def say_farewell(self) -> None:
        """Ends the protocol before `close`: nothing with plain TCP."""

    def close(self) -> None:
        """Closes the socket: nothing is sent any more. The script may have closed it already."""
        try:
            self.socket.close()
        except OSError as fault:
            if fault.errno is None:
                raise  # a signal handler's, before it was closed
        self.outgoing.clear()
        self.waiting_bytes = 0
