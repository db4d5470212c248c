"""Marks of our objects in a cluster: labels that anyone can write, and two proofs.

One only this home of the workspace can make: what has it and belongs to no service is a left-over, and removed. The
other one each home of the workspace can make, on whichever machine it was restored: what has it is a service that
another home may have deployed, and is changed here only as the service that it is.

The folder of a service remembers where it is, and that of the workspace all places that it ever used: what a killed
writer left lies there.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import json
import socket
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.clusters.objects import MANAGER, MANAGER_LABEL, NAME_LABEL, common_labels
from scoredock.clusters.target import FOLDER, WORKSPACE_KEY, ClusterPlace
from scoredock.data_folder import make_private
from scoredock.engines.handle import ROUTERS_FOLDER, Handle
from scoredock.engines.kubernetes.labels import OWNER, PART, PROOF, SHARED, WORKSPACE
from scoredock.engines.workspace_proof import proof_of, proves, write_private
from scoredock.errors import ScoredockError, ServiceStateInvalid
from scoredock.late_dataclass import dataclass

ROUTER = "router"
"""What `part_of` says of the router of an endpoint."""
_ROUTER_ENDING = "-endpoint"
_RECORD = "kubernetes.json"
_PLACES = "kubernetes-places.json"


@dataclass(frozen=True, slots=True)
class ClusterRecord:
    """Record of a service in its folder; holds the nonce, so the file is private."""

    place: ClusterPlace
    nonce: str
    certificate: str = ""
    port: int = 0
    """On this machine, 0 for none yet."""
    wanted_port: int = 0
    """The one that was chosen; 0 for any."""


def owner_of(folder: Path) -> Path:
    """The workspace folder that a service's folder belongs to."""
    return folder.parent.parent


def part_of(folder: Path) -> str:
    """ROUTER for the folder of a router, empty for that of a service: whose objects never count as the other's."""
    return ROUTER if folder.parent.name == ROUTERS_FOLDER else ""


def object_name(folder: Path) -> str:
    """Name of the objects that belong to the folder of a service or router: an endpoint may have the name of its first
    version's service."""
    return f"{folder.name}{_ROUTER_ENDING}" if part_of(folder) else folder.name


def marks(owner: Path, place: ClusterPlace, name: str, part: str = "") -> tuple[dict[str, str], dict[str, str]]:
    """Labels and annotations of an object of a service, or of a router. Raises OSError when the workspace's keys cannot
    be written."""
    labels = {NAME_LABEL: name, MANAGER_LABEL: MANAGER, WORKSPACE: workspace_mark(owner)}
    labels |= {**common_labels(name, part), PART: part} if part else common_labels(name)
    make_private(owner / FOLDER)
    proved = _proved(place, name, part)
    proofs = {PROOF: proof_of(owner, proved), SHARED: proof_of(owner, proved, WORKSPACE_KEY)}
    return labels, {**proofs, OWNER: _described(owner)}


def proofs_in(annotations: Mapping[str, str]) -> dict[str, str]:
    """Annotations that prove an object ours, which each apply of it repeats."""
    return {key: annotations[key] for key in (PROOF, SHARED, OWNER) if key in annotations}


def selector(owner: Path) -> str:
    """Label selector of all objects that this home of a workspace has made."""
    return f"{MANAGER_LABEL}={MANAGER},{WORKSPACE}={workspace_mark(owner)}"


def pods_selector(name: str) -> str:
    """Label selector of all pods of a service."""
    return f"{NAME_LABEL}={name},{MANAGER_LABEL}={MANAGER}"


def workspace_mark(owner: Path) -> str:
    """Label value that denotes a workspace folder, as labels take no path."""
    return hashlib.sha256(str(owner).encode()).hexdigest()[:16]


def is_own(document: Mapping[str, Any], owner: Path, place: ClusterPlace, part: str = "") -> bool:
    """True if this home of the workspace has made an object, as that of a service or of a router."""
    labels, annotations = _marks_of(document)
    proved = _proved(place, labels.get(NAME_LABEL, ""), part)
    return labels.get(PART, "") == part and proves(owner, proved, annotations.get(PROOF, ""))


def is_ours(document: Mapping[str, Any], owner: Path, place: ClusterPlace, part: str = "") -> bool:
    """True if this home of the workspace has made an object, or another one."""
    if is_own(document, owner, place, part):
        return True
    labels, annotations = _marks_of(document)
    proved = _proved(place, labels.get(NAME_LABEL, ""), part)
    return labels.get(PART, "") == part and proves(owner, proved, annotations.get(SHARED, ""), WORKSPACE_KEY)


def _marks_of(document: Mapping[str, Any]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    metadata = document.get("metadata") or {}
    return metadata.get("labels") or {}, metadata.get("annotations") or {}


def require_ours(document: Mapping[str, Any] | None, owner: Path, place: ClusterPlace, part: str = "") -> None:
    """Raises ScoredockError `cluster-name-taken` for an object of somebody else."""
    if document is None or is_ours(document, owner, place, part):
        return
    metadata = document["metadata"]
    whose = str((metadata.get("annotations") or {}).get(OWNER, ""))
    raise ScoredockError(
        "cluster-name-taken",
        l10n.t(
            "The {kind} {name} in the namespace {namespace} was made by somebody else ({whose}).",
            kind=document.get("kind") or l10n.t("object"),
            name=metadata["name"],
            namespace=place.namespace,
            whose=whose,
        )
        if whose
        else l10n.t(
            "The {kind} {name} in the namespace {namespace} was not made by this workspace.",
            kind=document.get("kind") or l10n.t("object"),
            name=metadata["name"],
            namespace=place.namespace,
        ),
        l10n.t("Choose another name for the service, or another namespace."),
    )


def _proved(place: ClusterPlace, name: str, part: str) -> str:
    return f"kubernetes/{place.namespace}/{name}" + (f"/{part}" if part else "")


def _described(owner: Path) -> str:
    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # a container without a name for its account
        account = ""
    return f"{account}@{socket.gethostname()}:{owner.name}"


# ------------------------------------------------------------------------------------------ what folders remember


def remember(folder: Path, record: ClusterRecord) -> None:
    """Write it into the folder of the service, and its place into that of the workspace. Raises OSError."""
    owner = owner_of(folder)
    places = used_places(owner)
    if record.place not in places:
        write_private(owner / _PLACES, json.dumps([asdict(each) for each in (*places, record.place)]))
    make_private(folder)
    write_private(folder / _RECORD, json.dumps(asdict(record)))


def record_of(folder: Path) -> ClusterRecord | None:
    """Record in a folder; None if there is none or it makes no sense."""
    try:
        raw = json.loads((folder / _RECORD).read_text("utf-8"))
        return ClusterRecord(
            ClusterPlace(**raw["place"]),
            str(raw["nonce"]),
            str(raw["certificate"]),
            int(raw["port"]),
            int(raw.get("wanted_port", 0)),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def forget(folder: Path) -> None:
    """Raises OSError."""
    (folder / _RECORD).unlink(missing_ok=True)


def places_to_look(owner: Path) -> list[ClusterPlace]:
    """Places that are used, and those that are attached, where another home of the workspace may have services."""
    places = used_places(owner)
    if (owner / WORKSPACE_KEY).is_file():
        for file in sorted((owner / FOLDER).glob("*.json")):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
                places.append(ClusterPlace(**json.loads(file.read_text("utf-8"))["place"]))
    return list(dict.fromkeys(places))


def used_places(owner: Path) -> list[ClusterPlace]:
    """All that services of this home of the workspace ever were in."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        return [ClusterPlace(**raw) for raw in json.loads((owner / _PLACES).read_text("utf-8"))]
    return []


def place_text(place: ClusterPlace) -> str:
    """JSON of a place, for a handle."""
    return json.dumps(asdict(place), sort_keys=True)


def place_from_text(text: str) -> ClusterPlace | None:
    """Cluster place from the text of `place_text`; None for any other text."""
    try:
        return ClusterPlace(**json.loads(text))
    except (ValueError, TypeError):
        return None


def place_of(handle: Handle) -> ClusterPlace:
    """Cluster place in which the service of a handle runs. Raises ServiceStateInvalid."""
    place = place_from_text(handle.endpoint)
    if place is None:
        raise ServiceStateInvalid(l10n.t("Nothing tells where {name} runs.", name=handle.folder.name))
    return place


def handle_of(folder: Path, record: ClusterRecord) -> Handle:
    """Handle of the service with this folder."""
    return Handle(
        engine="kubernetes",
        folder=folder,
        nonce=record.nonce,
        port=record.port,
        certificate=record.certificate,
        debugged=False,
        endpoint=place_text(record.place),
        name=object_name(folder),
    )
