"""Differences of the objects of an endpoint's router from those of a service. Pure.

The router is a Deployment of two pods that run the runtime of a version's image, without its script. Its routes lie in
a ConfigMap: they change while the pods stay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from scoredock.clusters.objects import CONTAINER
from scoredock.engines.kubernetes.labels import TAKEN
from scoredock.engines.kubernetes.reading import text_of, whole_mark
from scoredock_runtime.contract import CHALLENGE_HEADER, ROUTES_FILE, Routes, routes_from

ROUTES_FOLDER = "/etc/scoredock-routes"
_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def make_router(deployment: dict[str, Any], name: str) -> None:
    """Turns the Deployment of a service into that of a router, in place. The probes ask who listens, which the router
    answers by itself: any other request would go to a version and count as one of its own."""
    pod = deployment["spec"]["template"]["spec"]
    (container,) = (each for each in pod["containers"] if each["name"] == CONTAINER)
    for probe in _PROBES:
        headers = [{"name": CHALLENGE_HEADER, "value": "probe"}]
        container[probe]["httpGet"] = {"path": "/", "port": "http", "httpHeaders": headers}
    pod["volumes"].append({"name": "routes", "configMap": {"name": routes_name(name)}})
    container["volumeMounts"].append({"name": "routes", "mountPath": ROUTES_FOLDER, "readOnly": True})


def routes_name(name: str) -> str:
    """Name of the ConfigMap with the routes."""
    return f"{name}-routes"


def routes_map(routes: Routes, name: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The ConfigMap; `metadata` has namespace, labels and annotations."""
    text = json.dumps(asdict(routes), indent=1)
    whole = {"name": routes_name(name), **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": whole, "data": {ROUTES_FILE: text}}


def routes_in(document: Mapping[str, Any] | None) -> Routes | None:
    """Routes in a ConfigMap; None if it has none."""
    try:
        return routes_from(json.loads(text_of(document, "data", ROUTES_FILE)))
    except (ValueError, TypeError):
        return None


def routes_in_force(document: Mapping[str, Any] | None) -> Routes | None:
    """The same as far as every pod has them; without their turn, which nobody asks for."""
    routes = routes_in(document)
    if routes is None or whole_mark(document, TAKEN) != routes.turn:
        return None
    return replace(routes, turn=0)
