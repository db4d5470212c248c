"""Several rows in one request, where bodies have rows: `{"data": [[1, 2], [3, 4]]}`. Pure."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any

from scoredock.late_dataclass import dataclass

STEPS = (1, 2, 4, 8, 16, 32, 64)
"""Rows of one request."""
_WORTH = 1.1
"""So many times the rows of a second make a larger request worth its latency."""


@dataclass(frozen=True, slots=True)
class BatchPoint:
    """What was measured with so many rows in each request, over one connection."""

    rows: int
    latency_ms: float
    """At the wished percentile."""
    rows_per_second: float


def body_with(bodies: Sequence[bytes], rows: int) -> bytes | None:
    """A body with so many rows, of these bodies in turn. None where they have no rows: lists or objects in the one list
    of a JSON object."""
    parsed = [_rows_in(body) for body in bodies[:rows]]
    if not parsed or any(each is None for each in parsed):
        return None
    first = parsed[0]
    if first is None or any(each is None or each[0] != first[0] for each in parsed):
        return None
    key, document, _ = first
    every = itertools.cycle([row for each in parsed if each is not None for row in each[2]])
    return json.dumps({**document, key: list(itertools.islice(every, rows))}).encode()


def _rows_in(body: bytes) -> tuple[str, dict[str, Any], list[Any]] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    lists = [(key, value) for key, value in document.items() if isinstance(value, list)]
    if len(lists) != 1 or not lists[0][1] or not all(isinstance(row, (list, dict)) for row in lists[0][1]):
        return None
    return lists[0][0], document, lists[0][1]


def best_batch(points: Sequence[BatchPoint], latency_ms: float) -> int | None:
    """The rows of a request with which the most rows of a second are answered in time; more rows only where that is
    worth it. None where not even one row is in time."""
    best: BatchPoint | None = None
    for point in points:
        if point.latency_ms > latency_ms:
            break
        if best is None or point.rows_per_second >= best.rows_per_second * _WORTH:
            best = point
    return best.rows if best is not None else None
