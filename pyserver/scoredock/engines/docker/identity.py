"""Marks of our containers and volumes: labels that anyone can write, and a proof that only this workspace can make.

The proof is bound to the name, which is unique on a daemon: a container that copies our labels does not carry it, and
is neither called nor touched. The nonce of a service is in no label; it lies in a file of the service's folder.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, field, replace
from pathlib import Path

from scoredock.containers.connection import Docker
from scoredock.engines.base import Launch
from scoredock.engines.handle import Handle, lies_elsewhere
from scoredock.engines.workspace_proof import proof_of, proves, write_private
from scoredock.late_dataclass import dataclass

WORKSPACE = "com.scoredock.workspace"
SERVICE = "com.scoredock.service"
REVISION = "com.scoredock.revision"
ROLE = "com.scoredock.role"
PROOF = "com.scoredock.proof"
ADOPTION = "com.scoredock.adoption"
"""JSON: what `find` needs, see `Adoption`."""
DESCRIPTION = "com.scoredock.description"
"""For whoever meets the container in Docker's own list: what it does and how long it stays. Labels cannot be changed
later, so that of the first container tells of the ones after it, too."""
MODEL = "com.scoredock.model"
"""Of a volume: the key of the model whose files it holds."""

ROLE_SERVICE, ROLE_FILL, ROLE_MODEL = "service", "fill", "model"
_RECORD = "docker.json"


@dataclass(frozen=True, slots=True)
class Adoption:
    """Written in a label, so that a container is found again without any file but the nonce's."""

    folder: str
    """The service's folder on this machine."""
    shape: str
    """Equal for launches that one container can serve one after the other, see `shape_of`."""
    holder: str = ""
    """Name of the container whose network it joined; empty for one of its own."""
    control: int = 0
    """Port of its control endpoint inside."""


@dataclass(frozen=True, slots=True)
class Instance:
    """Record of one container of a service, in the service's folder."""

    name: str
    nonce: str
    certificate: str = ""
    ended: bool = False
    """It was asked to stop, so its end is not a failure."""


def owner_of(folder: Path) -> Path:
    """The workspace folder that a service's folder belongs to."""
    return folder.parent.parent


def folder_of(owner: Path, service: str) -> Path:
    """The folder of a service in a workspace folder."""
    return owner / "services" / service


def instance_name(service: str, revision: int) -> str:
    """A fresh name for a container."""
    return f"scoredock-{service}-{revision}-{secrets.token_hex(4)}"


def app_volume(name: str) -> str:
    """Name of the volume with the code of the container `name`, mounted below the application's root."""
    return f"{name}-app"


def state_volume(name: str) -> str:
    """Name of the volume with spec, status and logs of the container `name`."""
    return f"{name}-state"


def data_volume(folder: Path) -> str:
    """The name of a new one of a service, whichever container it has: what it collects."""
    return f"scoredock-{folder.name}-data-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"


def holds_data(volume_labels: Mapping[str, str], name: str) -> bool:
    """True if a volume is for what a service collects, by the place that its workspace had when it was made."""
    owner, service = volume_labels.get(WORKSPACE, ""), volume_labels.get(SERVICE, "")
    return name == data_volume(folder_of(Path(owner), service))


def labels(owner: Path, name: str, role: str, service: str = "") -> dict[str, str]:
    """Labels of a container or volume of ours. Raises OSError when the workspace's key cannot be written."""
    return {WORKSPACE: str(owner), SERVICE: service, ROLE: role, PROOF: proof_of(owner, name)}


def service_labels(launch: Launch, name: str, adoption: Adoption) -> dict[str, str]:
    """The same for a container of a service."""
    made = labels(owner_of(launch.folder), name, ROLE_SERVICE, launch.service)
    return made | {
        REVISION: str(launch.revision),
        ADOPTION: json.dumps(asdict(adoption), sort_keys=True),
        DESCRIPTION: _described(launch, adoption),
    }


def _described(launch: Launch, adoption: Adoption) -> str:
    what = f"Revision {launch.revision} of the Scoredock service {launch.service}"
    if adoption.holder:
        return f"{what}, in the network of {adoption.holder}, which publishes its port."
    return (
        f"{what}, with the network and port of the service. When a later revision needs a container of its own, this"
        " one serves no more and stays, as it holds them; both go when the service stops."
    )


def proven(container_labels: Mapping[str, str], name: str, owner: Path) -> bool:
    """True if labels are those that we gave to exactly this name in this workspace, also before it was moved."""
    noted = container_labels.get(WORKSPACE, "")
    is_here = noted == str(owner) or (bool(noted) and lies_elsewhere(noted, owner))
    return is_here and proves(owner, name, str(container_labels.get(PROOF, "")))


def folder_in(owner: Path, adoption: Adoption) -> Path:
    """The folder of a container's service, where it lies now when the workspace was moved since."""
    noted = Path(adoption.folder)
    here = folder_of(owner, noted.name)
    return here if lies_elsewhere(noted, here) else noted


def adoption_of(container_labels: Mapping[str, str]) -> Adoption | None:
    """Adoption read from a container's labels; None if it is not valid."""
    try:
        raw = json.loads(container_labels.get(ADOPTION, ""))
        return Adoption(str(raw["folder"]), str(raw["shape"]), str(raw.get("holder", "")), int(raw.get("control", 0)))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def shape_of(launch: Launch, image: str) -> str:
    """Equal for launches that differ in nothing but what a running container can take up: code, spec, certificate."""
    parts: list[object] = [
        image,
        asdict(launch.options),
        [[each.name, each.version, each.key] for each in launch.models],
    ]
    parts.append(launch.front.collect_data)  # which takes a volume of its own
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


# ------------------------------------------------------------------------------------------ the file beside the service


@dataclass(frozen=True, slots=True)
class Instances:
    """The containers of one service as its folder knows them; a file with mode 0600, as it holds the nonce."""

    all: Mapping[str, Instance] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Instances:
        """Empty for a file that is not there or damaged."""
        try:
            raw = json.loads((folder / _RECORD).read_text("utf-8"))
            instances = [
                Instance(
                    str(each["name"]), str(each["nonce"]), str(each.get("certificate", "")), bool(each.get("ended"))
                )
                for each in raw["containers"]
            ]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return cls()
        return cls({each.name: each for each in instances})

    def get(self, name: str) -> Instance | None:
        return self.all.get(name)


def remember(folder: Path, instance: Instance) -> None:
    """Add or change one. Raises OSError."""
    _write(folder, {**Instances.read(folder).all, instance.name: instance})


def forget(folder: Path, name: str) -> None:
    """Raises OSError."""
    known = dict(Instances.read(folder).all)
    if known.pop(name, None) is not None:
        _write(folder, known)


def mark_ended(folder: Path, name: str, *, ended: bool) -> None:
    """Note that a container was asked to stop. Raises OSError."""
    known = Instances.read(folder).get(name)
    if known is not None and known.ended != ended:
        remember(folder, replace(known, ended=ended))


def _write(folder: Path, instances: Mapping[str, Instance]) -> None:
    if not folder.is_dir():
        return
    write_private(folder / _RECORD, json.dumps({"containers": [asdict(each) for each in instances.values()]}))


def handle_of(
    docker: Docker, container: str, name: str, folder: Path, instance: Instance, ports: Mapping[str, int]
) -> Handle:
    """`ports`: `port` and `control_port` on this machine, 0 for none."""
    return Handle(
        engine="docker" if docker.place is None else "remote-docker",
        folder=folder,
        nonce=instance.nonce,
        port=ports.get("port", 0),
        certificate=instance.certificate,
        debugged=False,
        endpoint=docker.endpoint,
        container=container,
        name=name,
        control_port=ports.get("control_port", 0),
    )
