"""Everything that a cluster has of a service, read for those that judge it."""

from __future__ import annotations

import contextlib
from typing import Any

from scoredock.clusters.connection import Cluster
from scoredock.engines.kubernetes.cluster_state import ServiceObjects
from scoredock.engines.kubernetes.identity import pods_selector
from scoredock.engines.kubernetes.pod_causes import is_ending, is_ready
from scoredock.errors import ScoredockError


def read_objects(cluster: Cluster, name: str) -> ServiceObjects:
    """Raises ScoredockError. Events are read where something may be wrong: there are many of them."""
    selector = pods_selector(name)
    deployment = cluster.get("Deployment", name)
    pods = cluster.list("Pod", selector)
    wanted = deployment["spec"].get("replicas", 1) if deployment is not None else 0
    is_well = len(pods) == wanted and all(is_ready(each) and not is_ending(each) for each in pods)
    return ServiceObjects(
        deployment=deployment,
        replica_sets=cluster.list("ReplicaSet", selector),
        pods=pods,
        events=[] if is_well or deployment is None else service_events(cluster, name),
        metrics=cluster.metrics(selector),
        autoscaler=None if is_well or deployment is None else cluster.get("HorizontalPodAutoscaler", name),
    )


def service_events(cluster: Cluster, name: str) -> list[dict[str, Any]]:
    """Of objects whose name is that of the service or begins with it; none where they may not be read."""
    with contextlib.suppress(ScoredockError):
        return [each for each in cluster.list("Event") if _is_about(each, name)]
    return []


def _is_about(event: dict[str, Any], name: str) -> bool:
    subject = str((event.get("involvedObject") or {}).get("name", ""))
    return subject == name or subject.startswith(f"{name}-")
