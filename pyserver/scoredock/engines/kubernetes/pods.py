"""The pods of a service: which there are, what they use, and their end."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterable, Mapping
from typing import Any

from scoredock import l10n
from scoredock.clusters.connection import Cluster
from scoredock.engines.kubernetes.control import PodNotReached, ask_pod, pod_history
from scoredock.engines.kubernetes.identity import pods_selector
from scoredock.engines.kubernetes.pod_causes import is_ending, is_ready
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock_runtime.contract_history import Row

_END_SECONDS = 30.0
"""Beyond the grace of its pods, for a service to be gone."""
_LOOK_SECONDS = 0.2


def names_and_readiness(cluster: Cluster, name: str) -> list[tuple[str, bool]]:
    """Names of the pods that are not ending, and whether each takes requests. Raises ScoredockError."""
    return [
        (str(pod["metadata"]["name"]), is_ready(pod))
        for pod in cluster.list("Pod", pods_selector(name))
        if not is_ending(pod)
    ]


def end_pods(cluster: Cluster, name: str, nonce: str, grace: float) -> None:
    """Waits until nothing runs of a Deployment that wants no pods; each has `grace` seconds for its requests. Raises
    ScoredockError."""
    hurried: set[str] = set()
    deadline = time.monotonic() + grace + _END_SECONDS
    while pods := cluster.list("Pod", pods_selector(name)):
        for pod in pods:
            pod_name = str(pod["metadata"]["name"])
            if not is_ending(pod):
                continue  # a container that ends now would be started again
            if not _is_running(pod):
                # Its node may take as long to say that it has gone as it would have had to end.
                cluster.delete("Pod", pod_name, grace=0, uid=pod["metadata"]["uid"])
            elif pod_name not in hurried:
                hurried.add(pod_name)
                _hurry(cluster, pod_name, nonce, grace)
        if time.monotonic() > deadline:
            raise ScoredockError(
                "cluster-pods-remain",
                l10n.t(
                    "Pods of {name} have not ended within {seconds:g} s: {pods}.",
                    name=name,
                    seconds=grace + _END_SECONDS,
                    pods=", ".join(str(each["metadata"]["name"]) for each in pods[:8]),
                ),
                l10n.t("Their nodes may be away. Try again, or look at them with `kubectl get pods`."),
            )
        time.sleep(_LOOK_SECONDS)


def _is_running(pod: Mapping[str, Any]) -> bool:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    return any("running" in (each.get("state") or {}) for each in statuses)


def _hurry(cluster: Cluster, pod: str, nonce: str, grace: float) -> None:
    """Its node gives it as long as its own time for the last requests: the parent in it ends the container sooner, or
    the node where that does not answer."""
    try:
        ask_pod(cluster, pod, nonce, "/stop", {"grace": grace})
    except (PodNotReached, ScoredockError):
        with contextlib.suppress(ScoredockError):
            cluster.delete("Pod", pod, grace=max(1, math.ceil(grace)))


_GOOD_SECONDS = 2.0
"""So long a reading is shown before the next one."""
_KEPT = 1000
"""Pods whose readings are kept."""


@dataclass(frozen=True, slots=True)
class PodReading:
    """Reading of one pod at one time."""

    at: float
    row: Row
    cpu_percent: float | None
    """Of one core; None before there are two rows of the same counters."""


class PodUsage:
    """Readings of pods, kept for a moment. Thread-safe as far as it matters: at worst a pod is read twice."""

    def __init__(self) -> None:
        self._readings: dict[str, PodReading] = {}

    def of(self, cluster: Cluster, pods: Iterable[str], nonce: str) -> list[PodReading]:
        """Readings of the pods that respond. Never raises."""
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
