"""HTTPRoutes in the cluster of the tests, which has no Gateway: a test writes what the controller of one would."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from cluster.running import Cluster
from cluster.test_routes import set_status

HOST = "models.example.com"
GROUP = "gateway.networking.k8s.io"
KIND = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {
        "name": f"httproutes.{GROUP}",
        "annotations": {"api-approved.kubernetes.io": "unapproved, of a test"},
    },
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": {"kind": "HTTPRoute", "plural": "httproutes", "singular": "httproute"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


@contextlib.contextmanager
def routes_in(cluster: Cluster) -> Iterator[None]:
    """The cluster has HTTPRoutes for this time; nobody beside may count on it having none."""
    cluster.kubectl("apply", "-f", "-", text=json.dumps(KIND))
    try:
        cluster.kubectl("wait", "--for=condition=established", f"crd/httproutes.{GROUP}", "--timeout=60s")
        yield
    finally:
        cluster.kubectl("delete", "crd", f"httproutes.{GROUP}")


def route_of(cluster: Cluster, namespace: str, name: str = "prices-endpoint") -> dict[str, Any]:
    return cluster.get(f"httproutes.{GROUP}", name, "-n", namespace)


def take_up(cluster: Cluster, namespace: str) -> None:
    """As the controller of the Gateway does it."""
    generation = route_of(cluster, namespace)["metadata"]["generation"]
    condition = {"type": "Accepted", "status": "True", "observedGeneration": generation}
    status = {"parents": [{"conditions": [condition]}]}
    set_status(cluster, namespace, f"apis/{GROUP}/v1/httproutes/prices-endpoint", status)
