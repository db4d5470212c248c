"""Images that `image create` and packages have put into Docker: which of them nobody needs any more, and how they go.

An equal image is equal wherever it is made, so no label says whose it is: a note of the workspace does, by the name and
the id that the image had. What another workspace, or a person, has put under that name since is not ours.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock.containers.connection import Docker, connect
from scoredock.containers.image_calls import look, remove
from scoredock.containers.networks import CLOSED, is_unused, remove_closed
from scoredock.data_folder import make_private
from scoredock.errors import DockerFailed, DockerUnavailable, ScoredockError
from scoredock.images.listing import CollectedImages, collect_below, layers_of, own_bytes, users_of
from scoredock.late_dataclass import dataclass
from scoredock.registry import Registry

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments

_NOTES = "made"
"""Folder beside what is kept of images."""


@dataclass(frozen=True, slots=True)
class MadeImage:
    """One, by its note."""

    reference: str
    id: str
    daemon: str
    """Address of the Docker that got it."""
    note: Path


def note_made(root: Path, docker: Docker, reference: str, id: str) -> None:
    """Writes the note of an image that Docker has got. Raises OSError."""
    folder = root / _NOTES
    make_private(folder)
    name = hashlib.sha256(f"{docker.endpoint}\0{reference}".encode()).hexdigest()[:32]
    temporary = folder / f"{name}.tmp"
    temporary.touch(mode=0o600)
    temporary.write_text(json.dumps({"reference": reference, "id": id, "daemon": docker.endpoint}), "utf-8")
    temporary.replace(folder / f"{name}.json")


def made_images(root: Path) -> Iterator[MadeImage]:
    """All of a workspace. Never raises."""
    for file in sorted((root / _NOTES).glob("*.json")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            document = json.loads(file.read_text("utf-8"))
            yield MadeImage(str(document["reference"]), str(document["id"]), str(document["daemon"]), file)


def take_away(deployments: Deployments, reference: str) -> CollectedImages | None:
    """The image that this workspace has made under a name, out of Docker; None where it has made none, or Docker does
    not answer. Raises what Docker raises."""
    made = [each for each in made_images(deployments.images.root) if each.reference == reference]
    docker = _answering(deployments) if made else None
    if docker is None:
        return None
    return _Removal(docker, deployments, is_trial=False).of([each for each in made if each.daemon == docker.endpoint])


def collect(deployments: Deployments, *, dry_run: bool) -> CollectedImages:
    """All that this workspace has put into Docker and that no record of an image names, the layers of packages that
    only such images and environments that were removed have needed, and the network of services without one, where no
    container of anybody has it. With `dry_run` nothing goes. Raises what Docker raises; nothing where none answers.
    """
    docker = _answering(deployments)
    if docker is None:
        return CollectedImages()
    live = _references(deployments.registry)
    unneeded = [
        each
        for each in made_images(deployments.images.root)
        if each.reference not in live and each.daemon == docker.endpoint
    ]
    done = _Removal(docker, deployments, is_trial=dry_run).of(unneeded)
    if is_unused(docker) and (dry_run or remove_closed(docker)):
        done = replace(done, references=(*done.references, CLOSED))
    return done


@dataclass(frozen=True, slots=True)
class _Removal:
    """Out of one Docker."""

    docker: Docker
    deployments: Deployments
    is_trial: bool
    """Only looks what would go."""

    def of(self, images: list[MadeImage]) -> CollectedImages:
        references: list[str] = []
        in_use: list[str] = []
        layers: list[list[str]] = []
        size = 0
        for each in images:
            image = look(self.docker, each.reference)
            if image is None or image["Id"] != each.id:
                self._forget(each)
                continue
            if users := users_of(self.docker, each.reference):
                in_use.append(f"{each.reference} ({', '.join(users)})")
                continue
            bytes_of_layer = own_bytes(self.docker, each.reference)
            if not self.is_trial and not remove(self.docker, each.reference):
                in_use.append(each.reference)
                continue
            references.append(each.reference)
            layers.append(layers_of(image))
            size += bytes_of_layer
            self._forget(each)
        own = self.deployments.images.known_keys()
        below = collect_below(self.docker, layers, references, dry_run=self.is_trial, own=own)
        return CollectedImages((), (*references, *below.references), size + below.bytes, tuple(in_use))

    def _forget(self, image: MadeImage) -> None:
        if not self.is_trial:
            image.note.unlink(missing_ok=True)


def _references(registry: Registry) -> set[str]:
    return {str(record.content.get("reference", "")) for record in registry.assets.records("image")}


def _answering(deployments: Deployments) -> Docker | None:
    try:
        return connect(deployments.settings.docker)
    except (DockerUnavailable, DockerFailed):
        return None
    except ScoredockError as error:
        if error.code != "docker-host-unsupported":
            raise
        return None
