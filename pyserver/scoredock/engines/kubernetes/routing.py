"""Routers of endpoints as the engine offers them (`engines.base.RoutingEngine`).

Each is a Deployment of two pods beside the services that are its versions, which it reaches by their ClusterIPs.
Cluster DNS is not needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.clusters.connection import Cluster, connect
from scoredock.clusters.objects import CONTAINER, MANAGER, MANAGER_LABEL, NEVER, REPEATS
from scoredock.clusters.routes import Division
from scoredock.clusters.target import ClusterTarget
from scoredock.engines.base import Launch, RouterReport, VersionPlace
from scoredock.engines.front_end import PLAIN
from scoredock.engines.handle import Handle
from scoredock.engines.kubernetes.access import record_there
from scoredock.engines.kubernetes.endpoint_route import EndpointRoute
from scoredock.engines.kubernetes.identity import (
    handle_of,
    is_ours,
    object_name,
    owner_of,
    part_of,
    place_of,
    record_of,
)
from scoredock.engines.kubernetes.namespace_looks import NamespaceLooks
from scoredock.engines.kubernetes.reading import number_of, rows_of, text_of
from scoredock.engines.kubernetes.router_pods import RouterPods
from scoredock.errors import ScoredockError
from scoredock_runtime.contract import Routes

ROUTERS = 2
"""Pods of a router, on two nodes where there are two."""
_LONGEST_SECONDS = 60.0
"""A router that ends has so long for the requests that it has, as services of AKS have for theirs."""
_CORES, _GIGABYTES = 0.1, 0.125


class Routing:
    """Part of `KubernetesEngine` for the routers of endpoints."""

    _looks: NamespaceLooks

    def router_launch(self, launch: Launch, services: Sequence[str]) -> Launch:
        if launch.cluster is None:
            raise AssertionError(launch)
        cluster, owner = connect(launch.cluster.place), owner_of(launch.folder)
        image, python, repeats = "", "", True
        for name in services:
            deployment = cluster.get("Deployment", name)
            if deployment is None or not is_ours(deployment, owner, cluster.place):
                continue
            containers = rows_of(deployment, "spec", "template", "spec", "containers")
            container: Mapping[str, Any] = next((each for each in containers if each.get("name") == CONTAINER), {})
            command = container.get("command")
            repeats = repeats and text_of(deployment, "spec", "template", "metadata", "annotations", REPEATS) != NEVER
            if not image and isinstance(command, list):
                image, python = text_of(container, "image"), str(command[0])
        if not image or not python:
            raise ScoredockError(
                "endpoint-version-unfit",
                l10n.t("None of the services {names} has a Deployment in its cluster.", names=", ".join(services)),
                l10n.t("Deploy one of them again."),
            )
        values: dict[str, str | int | float | bool | None] = {
            "numReplicas": ROUTERS,
            "scoringTimeoutMs": int(_LONGEST_SECONDS * 1000),
            "containerResourceRequirements.cpu": _CORES,
            "containerResourceRequirements.memoryInGB": _GIGABYTES,
        }
        return replace(
            launch,
            service=object_name(launch.folder),
            image=image,
            python=Path(python),
            repeat_requests=repeats,
            configuration=values,
            front=replace(PLAIN, scoring_timeout=_LONGEST_SECONDS),
        )

    def router_in(self, folder: Path) -> Handle | None:
        record = record_of(folder)
        if record is None:
            return None
        deployment = connect(record.place).get("Deployment", object_name(folder))
        if deployment is None or not is_ours(deployment, owner_of(folder), record.place, part_of(folder)):
            return None
        return handle_of(folder, record) if number_of(deployment, "spec", "replicas", absent=1) else None

    def router_there(self, target: ClusterTarget, folder: Path) -> Handle | None:
        cluster = connect(target.place)
        deployment = cluster.get("Deployment", object_name(folder))
        if deployment is None or not is_ours(deployment, owner_of(folder), target.place, part_of(folder)):
            return None
        runs = number_of(deployment, "spec", "replicas", absent=1)
        return handle_of(folder, record_there(cluster, folder)) if runs else None

    def version_places(self, target: ClusterTarget, owner: Path, services: Sequence[str]) -> dict[str, VersionPlace]:
        cluster, away = connect(target.place), set[str]()
        if target.expose == "gateway":  # a router sees by itself who takes connections
            deployments = cluster.list("Deployment", f"{MANAGER_LABEL}={MANAGER}")
            away = {text_of(each, "metadata", "name") for each in deployments if not _is_ready(each)}
        places: dict[str, VersionPlace] = {}
        for document in cluster.list("Service", f"{MANAGER_LABEL}={MANAGER}"):
            name, host = text_of(document, "metadata", "name"), text_of(document, "spec", "clusterIP")
            ports = rows_of(document, "spec", "ports")
            if name in services and is_ours(document, owner, target.place) and host not in ("", "None") and ports:
                places[name] = VersionPlace(host, number_of(ports[0], "port"), name not in away)
        return places

    def routes(self, handle: Handle) -> Routes | None:
        return router_pods(handle).routes()

    def change_routes(self, handle: Handle, routes: Routes, grace: float) -> None:
        router_pods(handle).change(routes, grace)

    def misleads(self, handle: Handle, division: Division | None) -> bool:
        return _route(handle).misleads(division)

    def lead(self, handle: Handle, division: Division | None) -> None:
        _route(handle).lead(division)
        self._looks.note_change(place_of(handle))

    def router_reports(self, handle: Handle) -> list[RouterReport]:
        return router_pods(handle).reports()

    def router_differences(self, handle: Handle) -> list[Any]:
        return router_pods(handle).differences()


def router_pods(handle: Handle, cluster: Cluster | None = None) -> RouterPods:
    """Pods of the router with this handle. Raises ScoredockError."""
    return RouterPods(cluster or connect(place_of(handle)), handle.name, handle.nonce)


def _is_ready(deployment: Mapping[str, Any]) -> bool:
    """True if a replica takes requests, and is to."""
    return bool(
        number_of(deployment, "status", "readyReplicas") and number_of(deployment, "spec", "replicas", absent=1)
    )


def _route(handle: Handle) -> EndpointRoute:
    return EndpointRoute(connect(place_of(handle)), handle, _LONGEST_SECONDS)


def with_turn(launch: Launch, cluster: Cluster) -> Launch:
    """The launch of a router, whose routes are newer than those that its pods had before it was stopped. Raises
    ScoredockError."""
    if launch.routes is None:
        return launch
    turn = RouterPods(cluster, launch.service, launch.nonce).next_turn()
    return replace(launch, routes=replace(launch.routes, turn=turn))
