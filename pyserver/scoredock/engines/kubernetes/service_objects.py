"""Everything that a cluster has of a service: its objects for those that judge it, and its log, copied to where
everything on this machine reads logs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scoredock import l10n
from scoredock.clusters.connection import Cluster
from scoredock.clusters.routes import ROUTE_KINDS, is_taken_up, leads
from scoredock.engines.base import LedTo
from scoredock.engines.handle import Handle
from scoredock.engines.kubernetes.cluster_log import LogPosition, mirror_pods
from scoredock.engines.kubernetes.cluster_state import ServiceObjects
from scoredock.engines.kubernetes.identity import pods_selector
from scoredock.engines.kubernetes.labels import ADDRESS, REFUSED, ROUTE
from scoredock.engines.kubernetes.pod_causes import container_of, is_ending, is_ready, is_silent
from scoredock.engines.kubernetes.reading import events_of, number_of, rows_of, text_of
from scoredock.errors import ClusterNotAllowed, ClusterRefused, ScoredockError


def read_objects(cluster: Cluster, name: str) -> ServiceObjects:
    """Objects of a service, with the resources that its pods use, and its Ingress or HTTPRoute. Raises
    ScoredockError."""
    service = cluster.get("Service", name)
    read, metrics = read_rollout(cluster, name), cluster.metrics(pods_selector(name))
    return replace(read, metrics=metrics, service=service, route=route_to(cluster, service))


def read_rollout(cluster: Cluster, name: str) -> ServiceObjects:
    """Objects that show the progress of a rollout. Raises ScoredockError. Events are read where something may be wrong:
    there are many of them."""
    selector = pods_selector(name)
    deployment, pods = cluster.get("Deployment", name), cluster.list("Pod", selector)
    has_nothing_to_say = deployment is None or is_well(deployment, pods)
    return ServiceObjects(
        deployment=deployment,
        replica_sets=cluster.list("ReplicaSet", selector),
        pods=pods,
        events=[] if has_nothing_to_say else about(recent_events(cluster), name),
        autoscaler=None if has_nothing_to_say else cluster.get("HorizontalPodAutoscaler", name),
    )


def route_to(cluster: Cluster, service: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Ingress or HTTPRoute that leads to a Service, with its kind; None if there is none, or it may not be read. Raises
    ScoredockError."""
    kind = route_kind(service)
    if not kind:
        return None
    try:
        route = cluster.get(kind, text_of(service, "metadata", "name"))
    except (ClusterNotAllowed, ClusterRefused):
        return None
    return None if route is None else {"kind": kind, **route}


def route_kind(service: Mapping[str, Any] | None) -> str:
    """Kind of the route from outside to a Service; empty if it has none."""
    kind = text_of(service, "metadata", "annotations", ROUTE)
    return kind if kind in ROUTE_KINDS.values() else ""


def is_well(deployment: Mapping[str, Any], pods: Sequence[Mapping[str, Any]]) -> bool:
    """True if all pods that are wanted are ready, and no other ones are there."""
    wanted = deployment["spec"].get("replicas", 1)
    return len(pods) == wanted and all(is_ready(each) and not is_ending(each) for each in pods)


def recent_events(cluster: Cluster) -> list[dict[str, Any]]:
    """Events of the namespace; empty if they may not be read."""
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
    """`http://host:port` at which whoever reaches the cluster's network reaches the service: of its route, of a
    LoadBalancer, else a NodePort; empty where it has none (yet)."""
    ports = rows_of(objects.service, "spec", "ports")
    if not ports:
        return ""
    if route_kind(objects.service):
        return text_of(objects.service, "metadata", "annotations", ADDRESS) if leads(objects.route) else ""
    scheme = "https" if text_of(ports[0], "name") == "https" else "http"
    for each in rows_of(objects.service, "status", "loadBalancer", "ingress"):
        if host := text_of(each, "hostname") or text_of(each, "ip"):
            return f"{scheme}://{_bracketed(host)}:{number_of(ports[0], 'port')}"
    node_port = number_of(ports[0], "nodePort")
    hosts = (text_of(pod, "status", "hostIP") for pod in objects.pods if is_ready(pod))
    host = next(filter(None, hosts), "")
    return f"{scheme}://{_bracketed(host)}:{node_port}" if node_port and host else ""


def address_note(objects: ServiceObjects) -> str:
    """Sentence on why callers from outside do not reach it yet; empty where they do, or are not meant to."""
    if text_of(objects.service, "spec", "type") == "LoadBalancer":
        given = rows_of(objects.service, "status", "loadBalancer", "ingress")
        return "" if given else l10n.t("The cluster has not given the load balancer an address yet.")
    kind = route_kind(objects.service)
    if not kind:
        return ""
    if objects.route is not None and leads(objects.route):
        late = l10n.t("The Gateway has not taken up the newest change of the HTTPRoute yet.")
        return "" if is_taken_up(objects.route) else late
    host = text_of(objects.service, "metadata", "annotations", ADDRESS).partition("://")[2]
    if objects.route is None:
        return l10n.t("There is no {kind} for {host}.", kind=kind, host=host)
    if kind == "Ingress":
        return l10n.t("The Ingress for {host} has no address yet: no controller has taken it up.", host=host)
    return l10n.t("The HTTPRoute for {host} is not accepted by its Gateway.", host=host)


def led_to(route: Mapping[str, Any] | None, router: str) -> tuple[LedTo, str]:
    """Target to which a Gateway leads the callers of the endpoint with this router, and why that is the router if the
    cluster or the Gateway has refused anything else."""
    rules = rows_of(route, "spec", "rules")
    if text_of(route, "kind") != "HTTPRoute" or not rules:
        return "", ""
    names = {text_of(each, "name") for rule in rules for each in rows_of(rule, "backendRefs")}
    _, _, reason = text_of(route, "metadata", "annotations", REFUSED).partition(" ")
    return ("router", reason) if router in names else ("versions", "")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def copy_log(cluster: Cluster, handle: Handle) -> None:
    """Copies new log lines of all pods, and the cluster's events about them. Raises ScoredockError."""
    pods = cluster.list("Pod", pods_selector(handle.name))

    def fetch(positions: Mapping[str, LogPosition]) -> Mapping[str, Iterable[str]]:
        return {
            text_of(pod, "metadata", "name"): _lines(cluster, pod, positions.get(text_of(pod, "metadata", "name")))
            for pod in pods
        }

    mirror_pods(handle.folder, fetch, events_of(about(recent_events(cluster), handle.name)))


def _lines(cluster: Cluster, pod: Mapping[str, Any], position: LogPosition | None) -> Iterator[str]:
    """Log lines of the container that runs, after those of the one before it."""
    if is_silent(pod):
        return  # whoever looks would wait for a node that is away
    name = text_of(pod, "metadata", "name")
    since = position.since_time if position is not None else ""
    again = number_of(container_of(pod), "restartCount") > 0
    for is_previous in (True, False) if again else (False,):
        # One that has not begun has no log, nor has one before it whose files are gone.
        with contextlib.suppress(ScoredockError):
            yield from cluster.log(name, previous=is_previous, since_time=since, timestamps=True)
