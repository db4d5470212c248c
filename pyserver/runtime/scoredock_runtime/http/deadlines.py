"""The deadlines of clients, kept to the second: a look at each now and then costs less than keeping them in order."""

from __future__ import annotations

from typing import Iterable

from scoredock_runtime.http.connection import Connection

_LONGEST, _SHORTEST = 5.0, 0.5
"""Seconds between two looks."""


def expire_all(connections: Iterable[Connection], now: float) -> float:
    """Gives up the clients whose time is over; when to look again, in monotonic seconds."""
    earliest = now + _LONGEST
    for connection in list(connections):
        deadline = connection.transport.deadline
        if deadline <= now:
            connection.expire()
        elif deadline < earliest:
            earliest = deadline
    return max(earliest, now + _SHORTEST)
