"""Events of several services in the order of time. Pure.

The order of one service is that of its numbers, whatever its clock said: an event counts as no later than the one that
follows it (backwards) or no earlier than the one before it (forwards).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

from scoredock.services.log_view.events import LogEntry


def merged(parts: Sequence[Iterable[LogEntry]]) -> list[LogEntry]:
    """`parts`: the events of a service each, in their order. At the same time the earlier part comes first."""

    def keyed(place: int, events: Iterable[LogEntry]) -> Iterable[tuple[float, int, int, LogEntry]]:
        latest = 0.0
        for number, event in enumerate(events):
            latest = max(latest, event.time)
            yield latest, place, number, event

    return [
        entry[3] for entry in heapq.merge(*(keyed(place, events) for place, events in enumerate(parts)), key=_order)
    ]


def _order(entry: tuple[float, int, int, LogEntry]) -> tuple[float, int, int]:
    return entry[:3]
