"""Requests that have waited or run too long. Called by the loop's holder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoredock_runtime.http.messages import Answer, Request, no_capacity

if TYPE_CHECKING:
    from scoredock_runtime.http.server import Server


def meet_due(server: Server, now: float) -> None:
    """Requests that have waited or run too long."""
    for request in server.admission.waited_too_long(now):
        _give_up(server, request, no_capacity(), "queue")
    for request in server.admission.overdue(now):
        _give_up(server, request, server.app.timed_out(), "timeout")
    stuck = server.admission.stuck(now)
    if stuck is not None:
        server.acceptor.pause()
        _give_up(server, stuck, server.app.timed_out(), "timeout")
        for request in server.admission.all():
            _give_up(server, request, no_capacity(), "queue")
        server.on_stuck("run() did not come back from its time-out.")


def _give_up(server: Server, request: Request, answer: Answer, kind: str) -> None:
    if not request.abandoned:
        server.refused(kind)
        server.send(request, answer)
        request.abandoned = True
    server.admission.remove(request, server.loop.now)
