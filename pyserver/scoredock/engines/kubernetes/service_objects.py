"""Everything that a cluster has of a service: its objects for those that judge it, and its log, copied to where
everything on this machine reads logs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from scoredock.clusters.connection import Cluster
from scoredock.engines.handle import Handle
from scoredock.engines.kubernetes.cluster_log import LogPosition, mirror_pods
from scoredock.engines.kubernetes.cluster_state import ServiceObjects
from scoredock.engines.kubernetes.identity import pods_selector
from scoredock.engines.kubernetes.pod_causes import container_of, is_ending, is_ready
from scoredock.engines.kubernetes.reading import events_of, number_of, rows_of, text_of
from scoredock.errors import ScoredockError


def read_objects(cluster: Cluster, name: str) -> ServiceObjects:
    """Raises ScoredockError. Events are read where something may be wrong: there are many of them."""
    selector = pods_selector(name)
    deployment = cluster.get("Deployment", name)
    pods = cluster.list("Pod", selector)
    has_nothing_to_say = deployment is None or is_well(deployment, pods)
    return ServiceObjects(
        deployment=deployment,
        replica_sets=cluster.list("ReplicaSet", selector),
        pods=pods,
        events=[] if has_nothing_to_say else about(recent_events(cluster), name),
        metrics=cluster.metrics(selector),
        service=cluster.get("Service", name),
    )


def is_well(deployment: Mapping[str, Any], pods: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all pods that are wanted are ready, and no other ones are there."""
    wanted = deployment["spec"].get("replicas", 1)
    return len(pods) == wanted and all(is_ready(each) and not is_ending(each) for each in pods)


def recent_events(cluster: Cluster) -> list[dict[str, Any]]:
    """Of the namespace; none where they may not be read."""
    with contextlib.suppress(ScoredockError):
        return cluster.list("Event")
    return []


def about(events: Iterable[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    """Events of objects whose name is that of the service or begins with it."""
    return [each for each in events if _is_about(each, name)]


def _is_about(event: Mapping[str, Any], name: str) -> bool:
    subject = str((event.get("involvedObject") or {}).get("name", ""))
    return subject == name or subject.startswith(f"{name}-")


def address_outside(objects: ServiceObjects) -> str:
    """`host:port` at which whoever reaches the cluster's network reaches the service: of a LoadBalancer, else a
    NodePort; empty where it has none."""
    ports = rows_of(objects.service, "spec", "ports")
    if not ports:
        return ""
    for each in rows_of(objects.service, "status", "loadBalancer", "ingress"):
        if host := text_of(each, "hostname") or text_of(each, "ip"):
            return f"{_bracketed(host)}:{number_of(ports[0], 'port')}"
    node_port = number_of(ports[0], "nodePort")
    hosts = (text_of(pod, "status", "hostIP") for pod in objects.pods if is_ready(pod))
    host = next(filter(None, hosts), "")
    return f"{_bracketed(host)}:{node_port}" if node_port and host else ""


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def copy_log(cluster: Cluster, handle: Handle) -> None:
    """What is new of all pods and of what the cluster says of them. Raises ScoredockError."""
    pods = cluster.list("Pod", pods_selector(handle.name))

    def fetch(positions: Mapping[str, LogPosition]) -> Mapping[str, Iterable[str]]:
        return {
            text_of(pod, "metadata", "name"): _lines(cluster, pod, positions.get(text_of(pod, "metadata", "name")))
            for pod in pods
        }

    mirror_pods(handle.folder, fetch, events_of(about(recent_events(cluster), handle.name)))


def _lines(cluster: Cluster, pod: Mapping[str, Any], position: LogPosition | None) -> Iterator[str]:
    """Of the container that runs, after those of the one before it."""
    name = text_of(pod, "metadata", "name")
    since = position.since_time if position is not None else ""
    again = number_of(container_of(pod), "restartCount") > 0
    for is_previous in (True, False) if again else (False,):
        # One that has not begun has no log, nor has one before it whose files are gone.
        with contextlib.suppress(ScoredockError):
            yield from cluster.log(name, previous=is_previous, since_time=since, timestamps=True)
