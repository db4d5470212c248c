"""Ends for lack of time: clients that are too slow, requests that wait or run too long, and the worker itself.

Called by the loop's holder. Deadlines of clients are kept to the second: a look at each now and then costs less than
keeping them in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable

from scoredock_runtime.http.connection import Connection
from scoredock_runtime.http.messages import Answer, Request, no_capacity

if TYPE_CHECKING:
    from scoredock_runtime.http.server import Server

_LONGEST, _SHORTEST = 5.0, 0.5
"""Seconds between two looks."""
_LOOK = 0.02
"""Seconds between two looks at a worker that ends."""


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


def meet_due(server: Server, now: float) -> None:
    """Requests that have waited or run too long."""
    for request in server.admission.waited_too_long(now):
        _give_up(server, request, no_capacity(), "queue")
    for request in server.admission.overdue(now):
        _give_up(server, request, server.app.timeout_answer(), "timeout")
    stuck = server.admission.stuck(now)
    if stuck is not None:
        server.acceptor.pause()
        _give_up(server, stuck, server.app.timeout_answer(), "timeout")
        for request in server.admission.all():
            _give_up(server, request, no_capacity(), "queue")
        server.on_stuck("run() did not come back from its time-out")


def _give_up(server: Server, request: Request, answer: Answer, kind: str) -> None:
    if not request.abandoned:
        server.count_refusal(kind)
        server.send(request, answer)
        request.abandoned = True
    server.admission.remove(request, server.loop.now)


class Drain:
    """The orderly end of a worker. What is under way has `grace` seconds; idle connections stay up to `linger` seconds
    for a request on its way.

    A request of which a part has come is under way."""

    def __init__(self, server: Server, grace: float, linger: float) -> None:
        self._server = server
        self._ends_at = server.loop.now + grace
        self._lingers_until = server.loop.now + min(grace, linger)

    def begin(self) -> None:
        """Harmless when it has begun."""
        server = self._server
        if server.draining:
            return
        server.acceptor.pause()
        server.acceptor.close()
        server.on_closed()
        self._check()
        server.draining = True  # last: an exception before it has all of this begun again

    def _check(self) -> None:
        server = self._server
        # First: nothing that goes wrong below may be the last look.
        server.loop.call_later(_LOOK, self._check)
        if server.loop.now >= self._lingers_until:
            for connection in list(server.connections):
                if connection.request is None and not connection.sending and not connection.receiving:
                    connection.close()
        if (server.connections and server.loop.now < self._ends_at) or server.admission.running is not None:
            return
        server.threads.end()
