"""Services of one namespace that are looked at together are read together: a list of a hundred takes as many calls as
one of them. Those that nobody looks at, as they are stopped, are not read."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from scoredock.clusters.connection import Cluster
from scoredock.clusters.objects import MANAGER, MANAGER_LABEL, NAME_LABEL
from scoredock.clusters.target import ClusterPlace
from scoredock.engines.kubernetes.cluster_state import ServiceObjects
from scoredock.engines.kubernetes.service_objects import about, is_well, read_objects, recent_events, route_to
from scoredock.errors import ClusterUnreachable
from scoredock.late_dataclass import dataclass

_CROWD, _CROWD_SECONDS = 3, 2.0
"""So many services within so many seconds are read together."""
_GOOD_SECONDS = 0.3
"""So long what was read is good for another one of them."""
_WANTED_SECONDS = 60.0
"""So long after somebody looked at a service it is read with the others."""
_ALL = f"{MANAGER_LABEL}={MANAGER}"
_SELECTOR_LENGTH = 2000
"""More names than fit are not sent: all services of the namespace are read then, those of others as well."""


@dataclass
class _Namespace:
    """State that is kept for one namespace."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    looks: dict[str, float] = field(default_factory=dict)
    """When each service was looked at last."""
    at: float = 0.0
    """When they were read together last."""
    objects: Mapping[str, ServiceObjects] = field(default_factory=dict)
    """Of all that were read together, also of those that have none."""
    silence: ClusterUnreachable | None = None
    """Why the last look got no answer; None where it got one."""
    silent_at: float = 0.0
    changed: float = 0.0
    """When something was written there last that a look shows."""

    def recent(self, now: float, seconds: float) -> list[str]:
        """Services that were looked at since."""
        return [name for name, at in list(self.looks.items()) if now - at < seconds]


class NamespaceLooks:
    """Thread-safe."""

    def __init__(self) -> None:
        self._namespaces: defaultdict[ClusterPlace, _Namespace] = defaultdict(_Namespace)

    def objects(self, cluster: Cluster, name: str) -> ServiceObjects:
        """Objects of one service. One look after the other asks, so that a cluster that is silent is waited for once by
        all who look at the same time. Raises ScoredockError."""
        namespace = self._namespaces[cluster.place]
        now = time.monotonic()
        namespace.looks[name] = now
        with namespace.lock:
            if namespace.silence is not None and namespace.silent_at > now:
                raise ClusterUnreachable(namespace.silence.message, namespace.silence.fix)
            try:
                read = self._read(cluster, namespace, name, now)
                namespace.silence = None
            except ClusterUnreachable as silence:
                namespace.silence, namespace.silent_at = silence, time.monotonic()
                raise
            return read

    def _read(self, cluster: Cluster, namespace: _Namespace, name: str, now: float) -> ServiceObjects:
        if len(namespace.recent(now, _CROWD_SECONDS)) < _CROWD:
            return read_objects(cluster, name)
        # Read since this look began, or a moment before.
        old = namespace.at < max(now - _GOOD_SECONDS, namespace.changed)
        if old or name not in namespace.objects:
            began = time.monotonic()
            wanted = sorted({name, *namespace.recent(began, _WANTED_SECONDS)})
            namespace.objects = _read_together(cluster, wanted)
            namespace.at = began
        return namespace.objects[name]

    def note_change(self, place: ClusterPlace) -> None:
        """Marks everything read before as out of date."""
        self._namespaces[place].changed = time.monotonic()


def _read_together(cluster: Cluster, names: Sequence[str]) -> dict[str, ServiceObjects]:
    """Objects of services, by name. Raises ScoredockError."""
    joined = ",".join(names)
    selector = f"{_ALL},{NAME_LABEL} in ({joined})" if len(joined) < _SELECTOR_LENGTH else _ALL
    deployments = {str(each["metadata"]["name"]): each for each in cluster.list("Deployment", selector)}
    pods, sets, services = (_by_name(cluster.list(kind, selector)) for kind in ("Pod", "ReplicaSet", "Service"))
    metrics = _by_name(cluster.metrics(selector))
    well = {name for name in names if name in deployments and is_well(deployments[name], pods[name])}
    events = [] if len(well) == len(names) else recent_events(cluster)
    return {
        name: ServiceObjects(
            deployment=deployments.get(name),
            replica_sets=sets[name],
            pods=pods[name],
            events=[] if name in well else about(events, name),
            metrics=metrics[name],
            service=next(iter(services[name]), None),
            route=route_to(cluster, next(iter(services[name]), None)),
        )
        for name in names
    }


def _by_name(objects: Iterable[Mapping[str, Any]]) -> defaultdict[str, list[Mapping[str, Any]]]:
    """By the service that they are of."""
    grouped: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in objects:
        grouped[str((each["metadata"].get("labels") or {}).get(NAME_LABEL, ""))].append(each)
    return grouped
