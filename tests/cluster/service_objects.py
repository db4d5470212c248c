"""Deployments as services have them, in a real cluster, and all objects that it keeps of one."""

from __future__ import annotations

import json
import time
from typing import Any

from scoredock.engines.kubernetes.cluster_state import ClusterState, ServiceObjects, state_of
from scoredock.engines.kubernetes.labels import CONTAINER, MANAGER, NAME_LABEL, REVISION

from cluster.running import Cluster

SPIN = "while :; do /bin/busybox sleep 1; done"
PROBE = {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1}
"""Nothing answers there, unless a test says so."""
LONG = {**PROBE, "failureThreshold": 600}


def deployment(
    name: str,
    image: str,
    script: str = "",
    *,
    revision: int = 1,
    replicas: int = 1,
    pod: dict[str, Any] | None = None,
    **container: Any,
) -> dict[str, Any]:
    """It runs a script of the shell, or what its image says. `pod` and `container` add to what these have."""
    labels = {NAME_LABEL: name, "app.kubernetes.io/managed-by": MANAGER}
    marks = {REVISION: str(revision)}
    own: dict[str, Any] = {
        "name": CONTAINER,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "resources": {"requests": {"cpu": "10m", "memory": "8Mi"}, "limits": {"memory": "32Mi"}},
        **({"command": ["/bin/busybox", "sh", "-c", script]} if script else {}),
        **container,
    }
    inside = {
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "dnsPolicy": "Default",
        "containers": [own],
        **(pod or {}),
    }
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": labels},
        "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "template": {"metadata": {"labels": labels, "annotations": marks}, "spec": inside},
    }
    metadata = {"name": name, "labels": labels, "annotations": marks}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def apply(cluster: Cluster, namespace: str, *objects: dict[str, Any]) -> None:
    """As Scoredock does it."""
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    words = ("apply", "--server-side", "--force-conflicts", f"--field-manager={MANAGER}")
    cluster.kubectl(*words, "-n", namespace, "-f", "-", text=listed)


def objects_of(cluster: Cluster, namespace: str, name: str) -> ServiceObjects:
    selector = ("-n", namespace, "-l", f"{NAME_LABEL}={name}")
    deployments = cluster.get("deployments", *selector)["items"]
    sets, pods = cluster.get("replicasets", *selector)["items"], cluster.get("pods", *selector)["items"]
    events = cluster.get("events", "-n", namespace)["items"]
    about = [each for each in events if f"{each['involvedObject']['name']}-".startswith(f"{name}-")]
    return ServiceObjects(deployments[0] if deployments else None, sets, pods, about)


def look(cluster: Cluster, namespace: str, name: str) -> ClusterState:
    return state_of(objects_of(cluster, namespace, name), time.time())
