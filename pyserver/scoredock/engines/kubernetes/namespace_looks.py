"""Services of one namespace that are looked at together are read together: a list of a hundred takes as many calls as
one of them."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scoredock.clusters.connection import Cluster
from scoredock.clusters.objects import MANAGER, MANAGER_LABEL, NAME_LABEL
from scoredock.clusters.target import ClusterPlace
from scoredock.engines.kubernetes.cluster_state import ServiceObjects
from scoredock.engines.kubernetes.service_objects import about, is_well, read_objects, recent_events, route_to

_CROWD, _CROWD_SECONDS = 3, 2.0
"""So many services within so many seconds are read together."""
_GOOD_SECONDS = 0.3
"""So long what was read is good for another one of them."""
_ALL = f"{MANAGER_LABEL}={MANAGER}"


@dataclass
class _Namespace:
    """What is kept of one."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    looks: dict[str, float] = field(default_factory=dict)
    """When each service was looked at last."""
    at: float = 0.0
    """When all was read last."""
    objects: Mapping[str, ServiceObjects] = field(default_factory=dict)
    changed: float = 0.0
    """When something was written there last that a look shows."""


class NamespaceLooks:
    """Thread-safe."""

    def __init__(self) -> None:
        self._namespaces: defaultdict[ClusterPlace, _Namespace] = defaultdict(_Namespace)

    def objects(self, cluster: Cluster, name: str) -> ServiceObjects:
        """Of one service. Raises ScoredockError."""
        namespace = self._namespaces[cluster.place]
        now = time.monotonic()
        namespace.looks[name] = now
        crowd = sum(1 for at in list(namespace.looks.values()) if now - at < _CROWD_SECONDS)
        if crowd < _CROWD:
            return read_objects(cluster, name)
        with namespace.lock:
            # Read since this look began, or a moment before.
            if namespace.at < max(now - _GOOD_SECONDS, namespace.changed):
                began = time.monotonic()
                namespace.objects = _read_all(cluster)
                namespace.at = began
            return namespace.objects.get(name, ServiceObjects(None))

    def note_change(self, place: ClusterPlace) -> None:
        """What was read before is good for nobody any more."""
        self._namespaces[place].changed = time.monotonic()


def _read_all(cluster: Cluster) -> dict[str, ServiceObjects]:
    """Of all services by name. Raises ScoredockError."""
    deployments = {str(each["metadata"]["name"]): each for each in cluster.list("Deployment", _ALL)}
    pods, sets, services = (_by_name(cluster.list(kind, _ALL)) for kind in ("Pod", "ReplicaSet", "Service"))
    metrics = _by_name(cluster.metrics(_ALL))
    are_well = all(is_well(each, pods[name]) for name, each in deployments.items())
    events = [] if are_well else recent_events(cluster)
    return {
        name: ServiceObjects(
            deployment=deployments.get(name),
            replica_sets=sets[name],
            pods=pods[name],
            events=[] if name in deployments and is_well(deployments[name], pods[name]) else about(events, name),
            metrics=metrics[name],
            service=next(iter(services[name]), None),
            route=route_to(cluster, next(iter(services[name]), None)),
        )
        for name in {*deployments, *pods}
    }


def _by_name(objects: Iterable[Mapping[str, Any]]) -> defaultdict[str, list[Mapping[str, Any]]]:
    """By the service that they are of."""
    grouped: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in objects:
        grouped[str((each["metadata"].get("labels") or {}).get(NAME_LABEL, ""))].append(each)
    return grouped
