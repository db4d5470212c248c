"""Metric of a cluster's autoscaler: requests in flight, as in Azure ML, where the cluster serves them as a metric, else
CPU; and what that comes to, in words."""

from __future__ import annotations

from dataclasses import replace

from scoredock import l10n
from scoredock.clusters.connection import Cluster, connect
from scoredock.clusters.objects import (
    InvalidWorkload,
    Workload,
    cluster_values,
    cores_requested,
    requests_aimed_at,
    scale_of,
)
from scoredock.clusters.rights import quantity
from scoredock.clusters.target import ClusterTarget
from scoredock.engines.base import Launch
from scoredock.errors import ScoredockError
from scoredock.progress import Progress

OPEN_REQUESTS = "scoredock_requests_open"
"""Of the `/metrics` of a pod; what serves custom metrics has to serve it under this name."""
_OLD = "autoscaling/v1"
"""Knows CPU alone."""


def autoscaled(launch: Launch, target: ClusterTarget, progress: Progress) -> Launch:
    """`launch` with the metric of the autoscaler, which the pods then report; unchanged without an autoscaler. Raises
    ScoredockError for a cluster that does not answer."""
    values = cluster_values(launch.configuration)
    workload = Workload(launch.service, "", "", values=values, cpu=launch.options.cores)
    try:
        scale = scale_of(workload)
    except InvalidWorkload as fault:
        raise ScoredockError("deploy-input-invalid", str(fault)) from None
    if not scale.utilization:
        return launch
    concurrent = launch.front.max_concurrent_requests or 1
    aimed = quantity(requests_aimed_at(scale.utilization, concurrent))
    if serves_requests(connect(target.place)):
        progress.report(
            l10n.t(
                "The autoscaler goes by requests in flight, as that of Azure ML did: {aimed:g} for each replica, which"
                " is {utilization}% of {concurrent}.",
                aimed=aimed,
                utilization=scale.utilization,
                concurrent=concurrent,
            )
        )
        return replace(launch, metric=OPEN_REQUESTS)
    cores = cores_requested(workload)
    progress.report(
        l10n.t(
            "The autoscaler goes by CPU: {used:g} cores for each replica, which is {utilization}% of the {cores:g} that"
            " it requests. That of Azure ML went by busy replicas: {aimed:g} requests in flight for each, which the"
            " cluster does not serve as a metric ({metric}).",
            used=round(cores * scale.utilization / 100, 4),
            utilization=scale.utilization,
            cores=cores,
            aimed=aimed,
            metric=OPEN_REQUESTS,
        )
    )
    return launch


def serves_requests(cluster: Cluster) -> bool:
    """True if autoscalers of the cluster can go by requests in flight. Raises ScoredockError."""
    return OPEN_REQUESTS in cluster.pod_metrics() and cluster.served("HorizontalPodAutoscaler") != _OLD
