"""What was written for one request: a worker answers one after the other, and each leaves a line with its id at its
end. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from scoredock.services.log_view.events import LogEntry

KEPT = 200
"""Events of a request that are remembered until its end tells the id."""


class RequestLines:
    """Gives the events of one request when it has ended."""

    def __init__(self, request_id: str) -> None:
        self._id = request_id
        self._pending: dict[int, deque[LogEntry]] = {}
        self._worker = 0

    def feed(self, events: Iterable[LogEntry]) -> Iterator[LogEntry]:
        """`events` of one service, in their order."""
        for event in events:
            if event.stream == "server":
                continue
            # A line without a stamp is taken for one of the worker that wrote before it.
            self._worker = event.worker or self._worker
            pending = self._pending.setdefault(self._worker, deque(maxlen=KEPT))
            pending.append(event)
            if event.ends_request:
                if event.request_id == self._id:
                    yield from pending
                pending.clear()
            elif self._id in event.lines[0]:
                # The script itself wrote the id.
                yield event
                pending.pop()
