"""Rights of a login in a namespace: what Scoredock needs, what is missing of it, and the Role that gives it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from scoredock import l10n
from scoredock.clusters.connection import Cluster
from scoredock.clusters.failures import not_allowed, refusal
from scoredock.clusters.manifest_text import manifest_text
from scoredock.clusters.target import ClusterPlace
from scoredock.errors import ClusterNotAllowed
from scoredock.late_dataclass import dataclass
from scoredock.service import Expose

_WRITE = ("get", "list", "create", "patch", "delete")
_NEEDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("apps", "deployments", (*_WRITE, "watch")),
    ("apps", "replicasets", ("list", "watch")),
    ("", "services", _WRITE),
    ("", "configmaps", _WRITE),
    ("", "secrets", _WRITE),
    ("", "pods", ("get", "list", "watch", "delete")),
    ("", "pods/log", ("get",)),
    # Newer clusters want `create` for a WebSocket as well.
    ("", "pods/portforward", ("get", "create")),
    ("", "events", ("list", "watch")),
    ("autoscaling", "horizontalpodautoscalers", _WRITE),
    ("policy", "poddisruptionbudgets", _WRITE),
)
_EXPOSING: Mapping[Expose, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "ingress": (("networking.k8s.io", "ingresses", _WRITE),),
    "gateway": (("gateway.networking.k8s.io", "httproutes", _WRITE),),
}
"""What is needed besides, by how a compute target exposes services."""
_BATCH = (("batch", "jobs", ("get", "create", "patch", "delete")),)
"""For batch jobs; services need nothing of it."""
_BATCH_NEEDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    *_BATCH,
    ("", "secrets", ("create", "patch", "delete")),
    ("", "pods", ("list", "watch")),
    ("", "pods/portforward", ("get",)),
    ("", "events", ("list",)),
)
"""All that a batch job needs."""
_WELCOME = (("metrics.k8s.io", "pods", ("get", "list")),)
"""Without them there are no figures of CPU and memory; all else works."""
ROLE_NAME = "scoredock"
"""Of the Role, and of its service account where nobody else is named."""
_REVIEW = "authorization.k8s.io/v1"
_UNITS = {
    "m": 1e-3,
    "": 1.0,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
}
_QUANTITY = re.compile(r"([0-9.]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)")


@dataclass(frozen=True, slots=True)
class Right:
    """Right to do something with objects of a kind in the namespace."""

    verb: str
    """`patch`"""
    resource: str
    """`deployments`, `pods/log`"""
    group: str = ""
    """`apps`; empty for the core of the API."""

    def described(self, namespace: str) -> str:
        """`patch deployments.apps in the namespace “team”`"""
        resource = f"{self.resource}.{self.group}" if self.group else self.resource
        return l10n.t(
            "{verb} {resource} in the namespace “{namespace}”", verb=self.verb, resource=resource, namespace=namespace
        )


@dataclass(frozen=True, slots=True)
class NodeSize:
    """Resources that one node has for pods."""

    name: str
    ready: bool
    cpu: float
    """Processors"""
    memory: int
    """Bytes"""
    gpus: int


def required(expose: Expose = "none") -> tuple[Right, ...]:
    """Rights that services need which are exposed so."""
    needs = (*_NEEDS, *_EXPOSING.get(expose, ()))
    return tuple(Right(verb, resource, group) for group, resource, verbs in needs for verb in verbs)


def role(place: ClusterPlace, account: str, expose: Expose = "none", *, user: str = "", group: str = "") -> str:
    """YAML of the rights that services need which are exposed so, in the namespace, and no others, to be applied by who
    may do that: for the service account, which it has as well, or for the user and the group that are named."""
    needs = (*_NEEDS, *_EXPOSING.get(expose, ()), *_BATCH, *_WELCOME)
    others = {kind: name for kind, name in (("User", user), ("Group", group)) if name}
    metadata = {"name": account or ROLE_NAME, "namespace": place.namespace}
    api, kind = "rbac.authorization.k8s.io/v1", "Role"
    rules = [
        {"apiGroups": [group], "resources": [resource for _, resource, _ in each], "verbs": list(verbs)}
        for (group, verbs), each in groupby(needs, key=lambda need: (need[0], need[2]))
    ]
    subjects = [{"kind": each, "apiGroup": api.partition("/")[0], "name": name} for each, name in others.items()]
    documents: list[dict[str, Any]] = []
    if account or not others:
        subjects.append({"kind": "ServiceAccount", **metadata})
        documents.append({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    documents += [
        {"apiVersion": api, "kind": kind, "metadata": metadata, "rules": rules},
        {
            "apiVersion": api,
            "kind": "RoleBinding",
            "metadata": metadata,
            "subjects": subjects,
            "roleRef": {"apiGroup": api.partition("/")[0], "kind": kind, "name": metadata["name"]},
        },
    ]
    return manifest_text(*documents)


def missing(cluster: Cluster, expose: Expose = "none") -> list[Right]:
    """Required rights that the login does not have. Raises ScoredockError as calls of a cluster do."""
    rules = _rules(cluster)
    # The list may be incomplete, where something else than Roles decides: then each is a question of its own.
    return [each for each in required(expose) if not _covered(each, rules) and not _may(cluster, each)]


def require_batch(cluster: Cluster) -> None:
    """Raises ScoredockError `cluster-not-allowed` for a login that may not run a batch job, and as calls of a cluster
    do."""
    rules = _rules(cluster)
    for group, resource, verbs in _BATCH_NEEDS:
        for right in (Right(verb, resource, group) for verb in verbs):
            if not _covered(right, rules) and not _may(cluster, right):
                name = f"{resource}.{group}" if group else resource
                raise not_allowed(right.verb, name, cluster.place)


def namespaces(cluster: Cluster) -> list[str] | None:
    """Names of the namespaces; None where the login may not list them."""
    try:
        return sorted(str(each["metadata"]["name"]) for each in cluster.list("Namespace"))
    except ClusterNotAllowed:
        return None


def node_sizes(cluster: Cluster) -> list[NodeSize] | None:
    """Sizes of the nodes; None where the login may not list them."""
    try:
        return [_size(each) for each in cluster.list("Node")]
    except ClusterNotAllowed:
        return None


def quantity(text: str) -> float:
    """Number in Kubernetes' own notation: `500m`, `16374132Ki`. Raises ValueError."""
    met = _QUANTITY.fullmatch(text.strip())
    if met is None or met[2] not in _UNITS:
        raise ValueError(text)
    return float(met[1]) * _UNITS[met[2]]


def _size(node: Mapping[str, Any]) -> NodeSize:
    status = node.get("status") or {}
    free = status.get("allocatable") or {}
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions") or [])
    gpus = sum(int(quantity(str(value))) for name, value in free.items() if name.endswith(".com/gpu"))
    memory = int(quantity(str(free.get("memory", "0"))))
    return NodeSize(str(node["metadata"]["name"]), ready, quantity(str(free.get("cpu", "0"))), memory, gpus)


def _rules(cluster: Cluster) -> list[Mapping[str, Any]]:
    status = _review(cluster, "SelfSubjectRulesReview", {"namespace": cluster.place.namespace})
    return list(status.get("resourceRules") or [])


def _may(cluster: Cluster, right: Right) -> bool:
    resource, _, part = right.resource.partition("/")
    attributes = {
        "namespace": cluster.place.namespace,
        "verb": right.verb,
        "group": right.group,
        "resource": resource,
        "subresource": part,
    }
    return bool(_review(cluster, "SelfSubjectAccessReview", {"resourceAttributes": attributes}).get("allowed"))


def _review(cluster: Cluster, kind: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    path = f"/apis/{_REVIEW}/{kind.lower()}s"
    status, body = cluster.raw("POST", path, body={"apiVersion": _REVIEW, "kind": kind, "spec": spec})
    if status not in (200, 201):
        raise refusal(status, body, cluster.place, l10n.t("say what the login may do"))
    return body.get("status") or {}


def _covered(right: Right, rules: Iterable[Mapping[str, Any]]) -> bool:
    return any(
        not rule.get("resourceNames")
        and _has(rule.get("verbs"), right.verb)
        and _has(rule.get("apiGroups"), right.group)
        and _has(rule.get("resources"), right.resource)
        for rule in rules
    )


def _has(values: Any, value: str) -> bool:
    return value in (values or []) or "*" in (values or [])
