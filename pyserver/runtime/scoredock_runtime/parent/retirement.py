"""The way of a service out of its port while another parent serves on the same one (see `POST /retire`)."""

from __future__ import annotations

import socket
import threading
from typing import List

from scoredock_runtime.parent.listeners import steer_to_newer, waiting

_LOOK = 0.02
_QUIET = 0.25
"""Seconds without anybody in the backlog: longer than a connection of this machine takes to be made."""


class Retirement:
    """From the request until the last worker has ended; used by the parent's main thread."""

    def __init__(self, grace: float) -> None:
        self.grace = grace
        self._asking: List[threading.Event] = []
        self.closed = False
        """No connection comes here any more."""
        self.over = False
        self.due = 0.0
        """When `may_close` is to be asked next; monotonic seconds."""
        self._quiet_since = 0.0
        self._until = 0.0

    def begin(self, listeners: List[socket.socket], now: float) -> None:
        """New connections go to the other parent."""
        steer_to_newer(listeners)
        self._quiet_since = now
        self._until = now + max(self.grace, _QUIET)
        self.due = now + _LOOK

    def may_close(self, listeners: List[socket.socket], now: float) -> bool:
        """Whether nobody waits in the backlog any more, or has to be given up."""
        self.due = now + _LOOK
        if waiting(listeners):
            self._quiet_since = now
        return now - self._quiet_since >= _QUIET or now >= self._until

    def join(self, done: threading.Event) -> None:
        """Somebody waits for the end of it."""
        self._asking.append(done)
        if self.over:
            done.set()

    def end(self) -> None:
        """Whoever asked is answered."""
        self.closed = self.over = True
        for done in self._asking:
            done.set()
