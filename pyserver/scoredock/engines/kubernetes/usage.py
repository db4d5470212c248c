"""What pods use where the cluster does not say it, or not yet: as the runtime in them says it."""

from __future__ import annotations

import time
from collections.abc import Iterable

from scoredock.clusters.connection import Cluster
from scoredock.engines.kubernetes.control import PodNotReached, pod_history
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock_runtime.contract_history import Row

_GOOD_SECONDS = 2.0
"""So long a reading is shown before the next one."""
_KEPT = 1000
"""Pods whose readings are kept."""


@dataclass(frozen=True, slots=True)
class PodReading:
    """Of one pod at one time."""

    at: float
    row: Row
    cpu_percent: float | None
    """Of one core; None before there are two rows of the same counters."""


class PodUsage:
    """Readings of pods, kept for a moment. Thread-safe as far as it matters: at worst a pod is read twice."""

    def __init__(self) -> None:
        self._readings: dict[str, PodReading] = {}

    def of(self, cluster: Cluster, pods: Iterable[str], nonce: str) -> list[PodReading]:
        """Of those that answer. Never raises."""
        readings = (self._reading(cluster, pod, nonce) for pod in pods)
        return [each for each in readings if each is not None]

    def _reading(self, cluster: Cluster, pod: str, nonce: str) -> PodReading | None:
        before = self._readings.get(pod)
        now = time.monotonic()
        if before is not None and now - before.at < _GOOD_SECONDS:
            return before
        route = f"/history?since={before.row.number}&origin={before.row.origin}" if before is not None else "/history"
        try:
            rows = pod_history(cluster, pod, nonce, route)
        except (PodNotReached, ScoredockError):
            return None
        if not rows:
            return before
        former = before.row if before is not None else rows[-2] if len(rows) > 1 else None
        reading = PodReading(now, rows[-1], _share(former, rows[-1]))
        if len(self._readings) >= _KEPT:
            self._readings.clear()
        self._readings[pod] = reading
        return reading


def _share(former: Row | None, row: Row) -> float | None:
    if former is None or (former.origin, former.boot) != (row.origin, row.boot) or row.clock <= former.clock:
        return None
    return round(max(0.0, (row.cpu - former.cpu) / (row.clock - former.clock) * 100), 1)
