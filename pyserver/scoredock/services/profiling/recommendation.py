"""What follows from a measurement for a deployment: workers, concurrency and replicas, by the formula of Azure ML's
documents. Pure."""

from __future__ import annotations

import math

from scoredock.late_dataclass import dataclass

TARGET_UTILIZATION = 0.7
"""The documents' own, and the default of `autoScaler.targetUtilization`."""


@dataclass(frozen=True, slots=True)
class Replicas:
    """How many containers a rate needs."""

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
    """For `rate` requests a second of which each takes so many seconds, in containers of so many cores.

    `per_container` is `maxConcurrentRequestsPerContainer` where the deployment says it, 0 else.
    """
    workers = max(1, math.ceil(round(cpu, 6)))
    concurrency = per_container or workers
    under_way = concurrent_requests(rate, seconds, utilization)
    return Replicas(workers, concurrency, round(under_way, 3), max(1, math.ceil(round(under_way / concurrency, 9))))
