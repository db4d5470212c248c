"""Images of ours in the store of the daemon: which there are, what they take, who uses them, and how they go."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from typing import Any

from scoredock import l10n, threads
from scoredock.containers.connection import Docker
from scoredock.containers.image_calls import ROLE, containers_of, history, labelled, look, names_of, remove
from scoredock.data_folder import seconds_since
from scoredock.errors import ImageMissing, ScoredockError
from scoredock.images.built import (
    BASE_REPOSITORY,
    ENVIRONMENT_REPOSITORY,
    MODELS_REPOSITORY,
    PACKAGES_REPOSITORY,
    BuiltImage,
    built_image,
)
from scoredock.late_dataclass import dataclass

logger = logging.getLogger(__name__)

_SERVICE = "com.scoredock.service"
_YOUNG = 3600.0
"""Seconds in which something is made on top of an image, if ever."""
_PATIENCE = 1.5
"""Seconds that a list of environments waits for Docker: most of it does not lie there."""


@dataclass(frozen=True, slots=True)
class CollectedImages:
    """Result of removing images, or what it would be."""

    keys: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    bytes: int = 0
    references_in_use: tuple[str, ...] = field(default=())
    """References that a container still uses."""


def environments(docker: Docker) -> list[BuiltImage]:
    """Finished environment images, newest first. Raises ScoredockError `docker-unavailable`."""
    images: list[BuiltImage] = []
    for row in labelled(docker, {ROLE: "environment"}):
        for reference in names_of(row):
            if reference.startswith(f"{ENVIRONMENT_REPOSITORY}:") and (image := look(docker, reference)):
                images += [built] if (built := built_image(reference, image)) else []
    return sorted(images, key=lambda built: built.created, reverse=True)


def listed(images: Callable[[], Sequence[BuiltImage]]) -> Sequence[BuiltImage]:
    """Images that `images` lists; empty when Docker does not respond."""
    try:
        return images()
    except (ScoredockError, ImportError) as error:
        logger.debug("images of environments are not listed: %s", error)
        return []


def listed_at_once(images: Callable[[], Sequence[BuiltImage]]) -> Sequence[BuiltImage]:
    """The same when Docker answers at once; else nothing."""
    answer: list[BuiltImage] = []

    def ask() -> None:
        answer.extend(listed(images))

    asking = threads.start(ask, name="scoredock-images", at_fault=threads.logged)
    asking.join(_PATIENCE)
    return [] if asking.is_alive() else answer


def services_of(docker: Docker, reference: str) -> list[str]:
    """Names of the services with a container, running or not, of an image or of one on top of it."""
    labels = [each.get("Labels") or {} for each in containers_of(docker, reference)]
    return sorted({str(each[_SERVICE]) for each in labels if each.get(_SERVICE)})


def remove_environment(docker: Docker, key: str) -> int:
    """Remove an environment image and the packages below it that nothing else needs; the bytes that were theirs.

    Raises ScoredockError `image-missing`, `image-in-use`.
    """
    reference = f"{ENVIRONMENT_REPOSITORY}:{key}"
    found = look(docker, reference) if key.isalnum() else None
    if found is None:
        raise ImageMissing(l10n.t("There is no environment image {key}.", key=key))
    freed = _remove_unused(docker, reference)
    return freed + collect_below(docker, [layers_of(found)], frozenset(), dry_run=False).bytes


def collect(docker: Docker, in_use: Collection[str], *, dry_run: bool = False) -> CollectedImages:
    """Remove environment images whose key is not in use, then packages and bases that no image is made of any more.

    Those that a container uses stay, whatever `in_use` says. Raises ScoredockError `docker-unavailable`.
    """
    keys: list[str] = []
    references: list[str] = []
    references_in_use: list[str] = []
    layers: list[list[str]] = []
    total = 0
    for built in environments(docker):
        if built.key in in_use:
            continue
        if containers_of(docker, built.reference):
            references_in_use.append(built.reference)
            continue
        own = own_bytes(docker, built.reference)
        if dry_run or remove(docker, built.reference):
            keys.append(built.key)
            references.append(built.reference)
            layers.append(list(built.layers))
            total += own
        else:
            references_in_use.append(built.reference)
    below = collect_below(docker, layers, frozenset(references), dry_run=dry_run)
    return CollectedImages(tuple(keys), (*references, *below.references), total + below.bytes, tuple(references_in_use))


def own_bytes(docker: Docker, reference: str) -> int:
    """Bytes of the layer that the image adds to what it was made of; 0 of one that somebody else removed meanwhile."""
    try:
        entries = history(docker, reference)
    except ScoredockError as error:
        if not isinstance(error, ImageMissing):
            raise
        return 0
    return int(entries[0].get("Size") or 0) if entries else 0


def users_of(docker: Docker, reference: str) -> list[str]:
    """Names of the services with a container of an image, else those of its containers."""
    containers = containers_of(docker, reference)
    return (containers and services_of(docker, reference)) or [
        str((each.get("Names") or ["?"])[0]).lstrip("/") for each in containers
    ]


def _remove_unused(docker: Docker, reference: str) -> int:
    if names := users_of(docker, reference):
        raise ScoredockError(
            "image-in-use",
            l10n.t("{image} is used by {names}.", image=reference, names=", ".join(names)),
            details={"services": names},
        )
    own = own_bytes(docker, reference)
    if not remove(docker, reference):
        raise ScoredockError("image-in-use", l10n.t("{image} is used by another image or container.", image=reference))
    return own


def collect_below(
    docker: Docker,
    above: Sequence[Sequence[str]],
    removed_references: Collection[str],
    *,
    dry_run: bool,
    own: Collection[str] | None = None,
) -> CollectedImages:
    """Models, packages and bases that no finished image has: those below what has just gone (`above`, its layers), and
    old ones, of `own` those with such a tag alone. Another program may be about to put something on top of a young one.
    """
    packaged = [
        set(layers_of(image))
        for image in _images(docker, "package")
        if not set(names_of(image)) <= set(removed_references)
    ]
    finished_layers = [
        set(built.layers) for built in environments(docker) if built.reference not in removed_references
    ] + packaged
    references: list[str] = []
    total = 0
    for role, repository, users in (
        ("models", MODELS_REPOSITORY, packaged),
        ("packages", PACKAGES_REPOSITORY, finished_layers),
        ("base", BASE_REPOSITORY, finished_layers),
    ):
        for image in _images(docker, role):
            layers = set(layers_of(image))
            if any(layers <= each for each in users):
                continue
            is_below = any(layers <= set(each) for each in above)
            if not is_below and seconds_since(image["Since"]) < _YOUNG:
                continue
            for reference in (each for each in names_of(image) if each.startswith(f"{repository}:")):
                if not is_below and own is not None and reference.rpartition(":")[2] not in own:
                    continue
                size = own_bytes(docker, reference)
                if dry_run or remove(docker, reference):
                    references.append(reference)
                    total += size
    return CollectedImages((), tuple(references), total)


def _images(docker: Docker, role: str) -> list[Mapping[str, Any]]:
    """Those with a name; `Since` is when they were made, in seconds since the epoch."""
    images: list[Mapping[str, Any]] = []
    for row in labelled(docker, {ROLE: role}):
        image = look(docker, str(row["Id"]))
        if image is not None and names_of(image):
            images.append({**image, "Since": float(row.get("Created") or 0)})
    return images


def layers_of(image: Mapping[str, Any]) -> list[str]:
    """Digests of its layers, the base's first."""
    return list((image.get("RootFS") or {}).get("Layers") or ())
