"""The objects of a service that runs in a cluster, for git and for other namespaces: as they are applied, without what
ties them to a workspace, a namespace or a revision, and without what is secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.clusters.connection import Cluster
from scoredock.clusters.objects import CONTAINER
from scoredock.clusters.target import ClusterTarget
from scoredock.engines.base import ExportedObjects, Launch
from scoredock.engines.kubernetes.code_files import code_map_name
from scoredock.engines.kubernetes.identity import pods_selector
from scoredock.engines.kubernetes.labels import ADDRESS, OWNER, PROOF, REVISION, ROUTE, SPEC, WORKSPACE
from scoredock.engines.kubernetes.manifests import manifests, secret_name
from scoredock.engines.kubernetes.rollout import newest_revision, serving_revision
from scoredock.errors import ServiceStateInvalid
from scoredock_runtime.contract import NONCE_SECRET

_OURS = (WORKSPACE, PROOF, OWNER, ROUTE, ADDRESS, REVISION)
"""Labels and annotations that mean something to a workspace alone."""


def exported(cluster: Cluster, launch: Launch, target: ClusterTarget) -> ExportedObjects:
    """Raises ScoredockError `service-state-invalid` where the cluster does not have the revision, and as `manifests`;
    OSError."""
    launch = _as_it_stands(launch, *_template(cluster, launch.service))
    documents = manifests(launch, target)
    names = {
        secret_name(launch.service, launch.revision): f"{launch.service}-secrets",
        code_map_name(launch.service, launch.revision): f"{launch.service}-code",
    }
    (secret,) = (each for each in documents if each["kind"] == "Secret")
    values = {key: value for key, value in secret["data"].items() if key != NONCE_SECRET and value}
    own = tuple(_plain(each, names, bool(values)) for each in documents if each["kind"] != "Secret")
    return ExportedObjects(own, {**_plain(secret, names, True), "data": values} if values else None)


def _template(cluster: Cluster, service: str) -> tuple[int, Mapping[str, Any]]:
    """Revision and template of the pods that serve: files that a service for development took since have another
    one."""
    deployment = cluster.get("Deployment", service)
    revision = serving_revision(deployment) or newest_revision(deployment)
    sets = cluster.list("ReplicaSet", pods_selector(service)) if deployment is not None else []
    for each in (deployment, *sets):
        if each is not None and newest_revision(each) == revision:
            return revision, dict(each["spec"]["template"])
    raise ServiceStateInvalid(
        l10n.t("The cluster does not have the service {service}.", service=service),
        l10n.t("Start or deploy the service, then export it."),
    )


def _as_it_stands(launch: Launch, revision: int, template: Mapping[str, Any]) -> Launch:
    """Launch with what was decided when the image was made."""
    (container,) = (each for each in template["spec"]["containers"] if each["name"] == CONTAINER)
    spec = json.loads(template["metadata"]["annotations"][SPEC])
    script_python = str(spec.get("script_python") or "")
    return replace(
        launch,
        revision=revision,
        image=str(container["image"]),
        python=Path(container["command"][0]),
        script_python=Path(script_python) if script_python else None,
        environment=dict(spec.get("environment") or {}),
    )


def _plain(document: Mapping[str, Any], names: Mapping[str, str], has_secret: bool) -> dict[str, Any]:
    metadata = document["metadata"]
    plain = {
        **document,
        "metadata": _without_ours({**metadata, "name": names.get(metadata["name"], metadata["name"])}),
    }
    plain["metadata"].pop("namespace", None)
    if document["kind"] == "Deployment":
        template = document["spec"]["template"]
        pod = _pod(template["spec"], names, has_secret)
        own = {**template, "metadata": _without_ours(template["metadata"]), "spec": pod}
        plain["spec"] = {**document["spec"], "template": own}
    return plain


def _without_ours(metadata: Mapping[str, Any]) -> dict[str, Any]:
    changed = dict(metadata)
    for key in ("labels", "annotations"):
        kept = {name: value for name, value in (metadata.get(key) or {}).items() if name not in _OURS}
        changed.pop(key, None)
        if kept:
            changed[key] = kept
    return changed


def _pod(pod: Mapping[str, Any], names: Mapping[str, str], has_secret: bool) -> dict[str, Any]:
    """Pod with the names of what it mounts, and without the Secret if nothing is in it."""
    volumes = []
    for volume in pod["volumes"]:
        changed = dict(volume)
        if "secret" in volume:
            if not has_secret:
                continue
            name = volume["secret"]["secretName"]
            changed["secret"] = {**volume["secret"], "secretName": names.get(name, name)}
        if "configMap" in volume:
            name = volume["configMap"]["name"]
            changed["configMap"] = {**volume["configMap"], "name": names.get(name, name)}
        volumes.append(changed)
    kept = {each["name"] for each in volumes}
    containers = [
        {**each, "volumeMounts": [mount for mount in each.get("volumeMounts", []) if mount["name"] in kept]}
        for each in pod["containers"]
    ]
    return {**pod, "volumes": volumes, "containers": containers}
