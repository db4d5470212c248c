"""The kinds of objects that Scoredock reads and writes, and where the API has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """Place of the objects of a kind in the API."""

    plural: str
    versions: tuple[str, ...]
    """Every apiVersion that may be written, the newest first."""
    in_namespace: bool = True


KINDS: dict[str, Kind] = {
    "Pod": Kind("pods", ("v1",)),
    "Service": Kind("services", ("v1",)),
    "ConfigMap": Kind("configmaps", ("v1",)),
    "Secret": Kind("secrets", ("v1",)),
    "Event": Kind("events", ("v1",)),
    "Endpoints": Kind("endpoints", ("v1",)),
    "ServiceAccount": Kind("serviceaccounts", ("v1",)),
    "ResourceQuota": Kind("resourcequotas", ("v1",)),
    "LimitRange": Kind("limitranges", ("v1",)),
    "PersistentVolumeClaim": Kind("persistentvolumeclaims", ("v1",)),
    "Namespace": Kind("namespaces", ("v1",), in_namespace=False),
    "Node": Kind("nodes", ("v1",), in_namespace=False),
    "Deployment": Kind("deployments", ("apps/v1",)),
    "ReplicaSet": Kind("replicasets", ("apps/v1",)),
    "HorizontalPodAutoscaler": Kind(
        "horizontalpodautoscalers", ("autoscaling/v2", "autoscaling/v2beta2", "autoscaling/v1")
    ),
    "PodDisruptionBudget": Kind("poddisruptionbudgets", ("policy/v1", "policy/v1beta1")),
    "Ingress": Kind("ingresses", ("networking.k8s.io/v1", "networking.k8s.io/v1beta1")),
    "NetworkPolicy": Kind("networkpolicies", ("networking.k8s.io/v1",)),
    "HTTPRoute": Kind("httproutes", ("gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1")),
    "Gateway": Kind("gateways", ("gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1")),
    "Job": Kind("jobs", ("batch/v1",)),
    "Lease": Kind("leases", ("coordination.k8s.io/v1",)),
    "Role": Kind("roles", ("rbac.authorization.k8s.io/v1",)),
    "RoleBinding": Kind("rolebindings", ("rbac.authorization.k8s.io/v1",)),
}


def version_path(version: str) -> str:
    """`/api/v1`, `/apis/apps/v1`"""
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def object_path(version: str, kind: str, namespace: str, name: str = "") -> str:
    """API path of all objects of a kind, or of one; of all namespaces if none is named."""
    entry = KINDS[kind]
    within = f"/namespaces/{namespace}" if entry.in_namespace and namespace else ""
    return f"{version_path(version)}{within}/{entry.plural}" + (f"/{name}" if name else "")


def identity(document: Mapping[str, Any]) -> tuple[str, str, str]:
    """apiVersion, kind and name of an object."""
    return str(document["apiVersion"]), str(document["kind"]), str(document["metadata"]["name"])
