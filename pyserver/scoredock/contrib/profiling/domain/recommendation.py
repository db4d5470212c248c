"""Recommendations from a measurement for a deployment: workers, concurrency and replicas, by the formula of Azure ML's
documents, and how many rows a request should have. Pure.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from typing import Any

from scoredock.late_dataclass import dataclass

TARGET_UTILIZATION = 0.7
"""The documents' own, and the default of `autoScaler.targetUtilization`."""


@dataclass(frozen=True, slots=True)
class Replicas:
    """Number of containers that a rate needs."""

    workers: int
    """Processes of a container that answer requests, one for each core that is begun."""
    concurrency: int
    """`maxConcurrentRequestsPerContainer`: as many as there are workers, each of which answers one at a time."""
    concurrent_requests: float
    """Requests under way at the same time at the rate, with room for the target utilization."""
    replicas: int
    target_utilization: float = TARGET_UTILIZATION


def concurrent_requests(rate: float, seconds: float, utilization: float = TARGET_UTILIZATION) -> float:
    """`targetRps * reqTime / targetUtilization`."""
    return rate * seconds / utilization


def replicas_for(
    rate: float, seconds: float, cpu: float, *, per_container: int = 0, utilization: float = TARGET_UTILIZATION
) -> Replicas:
    """Replicas for `rate` requests a second, each of which takes `seconds`, in containers of `cpu` cores.

    `per_container` is `maxConcurrentRequestsPerContainer` where the deployment says it, 0 else.
    """
    workers = max(1, math.ceil(round(cpu, 6)))
    concurrency = per_container or workers
    under_way = concurrent_requests(rate, seconds, utilization)
    return Replicas(workers, concurrency, round(under_way, 3), max(1, math.ceil(round(under_way / concurrency, 9))))


STEPS = (1, 2, 4, 8, 16, 32, 64)
"""Rows of one request."""
_WORTH = 1.1
"""So many times the rows of a second make a larger request worth its latency."""


@dataclass(frozen=True, slots=True)
class BatchPoint:
    """Result with this number of rows in each request, over one connection."""

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
