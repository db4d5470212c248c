"""The log of a service in a cluster, copied on demand to where everything on this machine reads logs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scoredock.clusters.connection import Cluster
from scoredock.engines.handle import Handle
from scoredock.engines.kubernetes.cluster_log import LogPosition, mirror_pods
from scoredock.engines.kubernetes.identity import pods_selector
from scoredock.engines.kubernetes.pod_causes import container_of
from scoredock.engines.kubernetes.reading import events_of, number_of, text_of
from scoredock.engines.kubernetes.service_objects import service_events
from scoredock.errors import ScoredockError


def copy_log(cluster: Cluster, handle: Handle) -> None:
    """What is new of all pods and of what the cluster says of them. Raises ScoredockError."""
    pods = cluster.list("Pod", pods_selector(handle.name))

    def fetch(positions: Mapping[str, LogPosition]) -> Mapping[str, Iterable[str]]:
        return {
            text_of(pod, "metadata", "name"): _lines(cluster, pod, positions.get(text_of(pod, "metadata", "name")))
            for pod in pods
        }

    mirror_pods(handle.folder, fetch, events_of(service_events(cluster, handle.name)))


def _lines(cluster: Cluster, pod: Mapping[str, Any], position: LogPosition | None) -> Iterator[str]:
    """Of the container that runs, after those of the one before it."""
    name = text_of(pod, "metadata", "name")
    since = position.since_time if position is not None else ""
    again = number_of(container_of(pod), "restartCount") > 0
    for is_previous in (True, False) if again else (False,):
        # One that has not begun has no log, nor has one before it whose files are gone.
        with contextlib.suppress(ScoredockError):
            yield from cluster.log(name, previous=is_previous, since_time=since, timestamps=True)
