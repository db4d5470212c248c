"""One socket of the router, to a client or to a version: what the system does not take at once waits here."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Optional

from scoredock_runtime.http.poller import FAULT, READ, WRITE
from scoredock_runtime.http.transport import Transport

if TYPE_CHECKING:
    from scoredock_runtime.router.loop import RouterLoop

SMALL, LARGE = 16 * 1024, 256 * 1024
"""Bytes of one read, for most messages and while a large one comes: room for more than comes costs time."""
WAITING_LIMIT = 1 << 20
"""Bytes that wait for one side before nothing more is read from the other."""


class Stream(Transport):
    """Called by the loop; `on_data` gets what came, and nothing at its end."""

    def __init__(self, loop: RouterLoop, sock: socket.socket) -> None:
        super().__init__(loop, sock, self.break_off)
        self._size = SMALL
        loop.add(sock, self.on_event)

    def on_event(self, mask: int) -> None:
        """The poller's word on the socket."""
        if mask & WRITE and self.outgoing and self.flush() and not self.closed:
            self.on_sent()
        if mask & READ or (mask & FAULT and self.reads):
            self._read()
        elif mask & FAULT and not self.closed:
            self.on_fault()

    def _read(self) -> None:
        if self.closed:
            return
        try:
            data = self._receive(self._size)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as fault:
            self.on_lost(fault)
            return
        if len(data) == self._size:
            if self._size == LARGE:
                self.loop.large.passed()
            self._size = LARGE
        elif self._size == LARGE and len(data) < SMALL:
            self._size = SMALL
        self.on_data(data)

    def on_data(self, data: bytes) -> None:
        """Handle what came; empty at the end."""
        raise NotImplementedError

    def on_sent(self) -> None:
        """All that waited is on its way."""

    def on_fault(self) -> None:
        """The system tells of a fault while nothing is read: both halves are gone."""
        self.break_off()

    def on_lost(self, fault: Optional[OSError]) -> None:  # noqa: ARG002 (who talks to a version looks at it)
        """Handles the loss of the connection: nothing comes any more."""
        self.break_off()

    def break_off(self) -> None:
        """Ends the connection, as nothing can be sent any more."""
        self.end()

    def end(self) -> None:
        """Closes the socket. Harmless when it is closed."""
        if not self.closed:
            self.closed = True
            self.loop.remove(self.descriptor)
            with contextlib.suppress(OSError):
                self.close()
