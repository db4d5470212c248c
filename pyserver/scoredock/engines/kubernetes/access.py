"""Keys, tokens and nonce of a service, for the other homes of the workspace that deployed it.

Keys and tokens are kept in a Secret of the namespace that no pod mounts.

The pods have digests in a Secret of their revision, and these decide: keys that do not match them are of a change that
was taken back.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from scoredock.clusters.connection import Cluster
from scoredock.engines.kubernetes.identity import (
    ClusterRecord,
    is_ours,
    marks,
    object_name,
    owner_of,
    part_of,
    record_of,
    require_ours,
)
from scoredock.engines.kubernetes.manifests import CERTIFICATE, access_name, encoded, secret_name
from scoredock.engines.kubernetes.rollout import newest_revision, serving_revision
from scoredock.engines.workspace_proof import write_private
from scoredock_runtime.contract import KEY_DIGESTS_SECRET, NONCE_SECRET, TOKEN_SECRET

_CERTIFICATE_FILE = "kubernetes.crt"
"""In the folder of a service: that of its pods, where another home has brought it."""
_PRIMARY, _SECRET = "primary", "token_secret"


def keep_access(cluster: Cluster, owner: Path, service: str, access: Mapping[str, str]) -> None:
    """Writes it; with nothing to keep it goes. Raises ScoredockError, and OSError for the keys of the workspace;
    `cluster-name-taken` where somebody else has a Secret of the name."""
    standing = cluster.get("Secret", access_name(service))
    if not access:
        if standing is not None and is_ours(standing, owner, cluster.place):
            cluster.delete("Secret", access_name(service))
        return
    require_ours(None if standing is None else {"kind": "Secret", **standing}, owner, cluster.place)
    labels, annotations = marks(owner, cluster.place, service)
    metadata = {
        "name": access_name(service),
        "namespace": cluster.place.namespace,
        "labels": labels,
        "annotations": annotations,
    }
    # Each value for itself, so that what scrapes metrics can be given a key of the Secret.
    data = encoded({name: value.encode() for name, value in access.items()})
    if standing is None or not _has(standing, metadata, data):
        cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": data})


def _has(standing: Mapping[str, Any], metadata: Mapping[str, Any], data: Mapping[str, str]) -> bool:
    """True if another apply would change nothing."""
    its = standing["metadata"]
    marked = all((its.get(key) or {}).items() >= metadata[key].items() for key in ("labels", "annotations"))
    return marked and standing.get("data") == data


def kept_access(cluster: Cluster, owner: Path, service: str) -> dict[str, str] | None:
    """Keys and tokens as some home of the workspace stored them; None if none are stored that the service accepts now.
    Raises ScoredockError."""
    kept = cluster.get("Secret", access_name(service))
    decisive = _decisive(cluster, owner, service)
    if kept is None or decisive is None or not is_ours(kept, owner, cluster.place):
        return None
    access = {name: _value(kept, name) for name in kept.get("data") or {}}
    digests = _value(decisive, KEY_DIGESTS_SECRET).split()
    opens = sha256(access.get(_PRIMARY, "").encode()).hexdigest() in digests
    token_secret = _value(decisive, TOKEN_SECRET)
    return access if opens or (token_secret and token_secret == access.get(_SECRET)) else None


def kept_nonce(cluster: Cluster, folder: Path) -> str:
    """Nonce of the service's pods; empty if its objects are not there. Raises ScoredockError."""
    return _value(_decisive(cluster, owner_of(folder), folder.name), NONCE_SECRET)


def record_there(cluster: Cluster, folder: Path) -> ClusterRecord:
    """Record of a service or router that another home has started, or changed last. Raises ScoredockError, OSError."""
    before = record_of(folder)
    secret = _decisive(cluster, owner_of(folder), object_name(folder), part_of(folder))
    certificate = ""
    if text := _value(secret, CERTIFICATE):
        certificate = str(folder / _CERTIFICATE_FILE)
        write_private(Path(certificate), text)
    return ClusterRecord(cluster.place, _value(secret, NONCE_SECRET), certificate, before.port if before else 0)


def _decisive(cluster: Cluster, owner: Path, service: str, part: str = "") -> dict[str, Any] | None:
    """The Secret of the revision that serves. Raises ScoredockError."""
    deployment = cluster.get("Deployment", service)
    revision = serving_revision(deployment) or newest_revision(deployment)
    secret = cluster.get("Secret", secret_name(service, revision)) if revision else None
    return secret if secret is not None and is_ours(secret, owner, cluster.place, part) else None


def _value(secret: Mapping[str, Any] | None, name: str) -> str:
    """Text of one key of a Secret; empty if it is missing or not text."""
    try:
        return base64.b64decode(str(((secret or {}).get("data") or {}).get(name, "")), validate=True).decode()
    except ValueError:
        return ""
