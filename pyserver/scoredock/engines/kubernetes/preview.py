"""Preview of a deployment, and its difference from the present objects: a dry run of the cluster, which changes
nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scoredock import l10n
from scoredock.clusters.connection import FIELD_MANAGER, Cluster
from scoredock.clusters.manifest_text import extract, joined, manifest_diff, manifest_text, own_fields
from scoredock.clusters.routes import ROUTE_KINDS
from scoredock.engines.base import Preview
from scoredock.engines.kubernetes.code_files import code_map_name
from scoredock.engines.kubernetes.identity import is_ours, owner_of
from scoredock.engines.kubernetes.manifests import manifests, secret_name
from scoredock.engines.kubernetes.rollout import Rollout, newest_revision, serving_revision
from scoredock.engines.kubernetes.service_objects import route_kind
from scoredock.errors import ClusterUnreachable

_PASSING = ("HorizontalPodAutoscaler", "PodDisruptionBudget")
"""Which go where a revision does not need them any more."""
Pair = tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]
"""What stands, and what would be."""


def preview(rollout: Rollout) -> Preview:
    """Each object is applied as a dry run, so that what admits objects in the cluster refuses now what it would refuse
    then. A cluster that does not answer is not an error: the objects are those of a newer one then. Raises
    ScoredockError `cluster-name-taken`, what the cluster refuses, and what the objects of a service raise.
    """
    cluster = rollout.cluster
    try:
        standing = rollout.require_place().get("Deployment")
    except ClusterUnreachable as error:
        unseen = tuple(map(without_secrets, manifests(rollout.launch, rollout.target)))
        return Preview(unseen, manifest_text(*unseen), "", error)
    documents = rollout.documents(standing)
    applied = [cluster.apply(_sent(each), dry_run=True) for each in documents]
    pairs = [_pair(cluster, rollout, standing, each) for each in applied]
    pairs += _leaving(rollout, {str(each["kind"]) for each in documents})
    shown = tuple(map(without_secrets, documents))
    diff = "".join(manifest_diff(former, later) for former, later in pairs)
    return Preview(shown, manifest_text(*shown), diff)


def without_secrets(document: Mapping[str, Any]) -> dict[str, Any]:
    """Document with a note in the place of each value of a Secret, and of files of a ConfigMap."""
    notes = {"Secret": l10n.t("(left out)"), "ConfigMap": l10n.t("(files, left out)")}
    note = notes.get(str(document.get("kind")))
    if note is None:
        return dict(document)
    return {
        key: dict.fromkeys(value, note) if key in ("data", "stringData", "binaryData") else value
        for key, value in document.items()
    }


def _sent(document: dict[str, Any]) -> dict[str, Any]:
    """A Secret goes without its values, which nothing needs that only looks."""
    if document["kind"] != "Secret":
        return document
    return {**document, "data": dict.fromkeys(document["data"], "")}


def _pair(cluster: Cluster, rollout: Rollout, deployment: Mapping[str, Any] | None, applied: Mapping[str, Any]) -> Pair:
    kind, name = str(applied["kind"]), str(applied["metadata"]["name"])
    former = _former_name(rollout.launch.service, name, deployment)
    standing = deployment if kind == "Deployment" else cluster.get(kind, former)
    fields = joined(own_fields(standing, FIELD_MANAGER), own_fields(applied, FIELD_MANAGER))
    return _shown(kind, former, standing, fields), _shown(kind, name, applied, fields)


def _former_name(service: str, name: str, deployment: Mapping[str, Any] | None) -> str:
    """An object of a revision takes the place of that of the one that serves."""
    revision = serving_revision(deployment) or newest_revision(deployment)
    for name_of in (secret_name, code_map_name):
        if revision and name.rpartition("-")[0] == name_of(service, 0).rpartition("-")[0]:
            return name_of(service, revision)
    return name


def _shown(kind: str, name: str, document: Mapping[str, Any] | None, fields: dict[str, Any]) -> dict[str, Any] | None:
    if document is None:
        return None
    own = extract(dict(document), fields)
    metadata = {"name": name, **own.get("metadata", {})}
    return without_secrets({"kind": kind, **own, "metadata": metadata})


def _leaving(rollout: Rollout, kinds: set[str]) -> Iterator[Pair]:
    """Objects that stand now and would be removed."""
    cluster, name = rollout.cluster, rollout.launch.service
    owner = owner_of(rollout.launch.folder)
    route = route_kind(cluster.get("Service", name))
    for kind in (*_PASSING, *([route] if route in ROUTE_KINDS.values() else [])):
        standing = cluster.get(kind, name) if kind not in kinds else None
        if standing is not None and is_ours(standing, owner, cluster.place):
            yield _shown(kind, name, standing, own_fields(standing, FIELD_MANAGER)), None
