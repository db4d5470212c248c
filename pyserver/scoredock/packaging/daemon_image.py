"""A package as an image in the store of a Docker daemon: the very image that is made without one."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scoredock.containers.connection import Docker
from scoredock.containers.image_calls import ROLE, history, look, remove
from scoredock.errors import ScoredockError
from scoredock.images.daemon_store import DaemonEnvironment
from scoredock.packaging.content_image import CODE, make_content_image
from scoredock.packaging.package import Packaged, PackageName, PackageSource
from scoredock.registry import Registry


def make_image(source: PackageSource, below: DaemonEnvironment, name: PackageName, registry: Registry) -> Packaged:
    """The image under its name in the daemon; what was there under that name loses it, and goes when it is a package
    that nothing uses.

    Equal sources over an equal base make an equal image; the daemon gets the layers that it lacks. When it fails or is
    cancelled, nothing of it is there. Raises ScoredockError `docker-unavailable`, `disk-full`, `model-damaged`,
    `cancelled`, and what `code_of` raises.
    """
    store = below.store
    image = make_content_image(source, below.environment, below.base, name, registry, store.layers)
    old = look(store.docker, name.reference)
    id = store.load(name.reference, below.base, image.config, image.layers)
    if old is not None and old["Id"] != id and len(old.get("RepoTags") or ()) <= 1:
        with contextlib.suppress(ScoredockError):  # it only takes space, and little
            _remove_package(store.docker, old)
    made = look(store.docker, id) or {}
    return replace(image.packaged, image_id=id, size=int(made.get("Size") or 0))


def _remove_package(docker: Docker, image: Mapping[str, Any]) -> None:
    """One that was made here; what a person built on top of it has its labels, too, and stays."""
    labels = (image.get("Config") or {}).get("Labels") or {}
    if labels.get(ROLE) == "package" and history(docker, str(image["Id"]))[0].get("Comment") == CODE:
        remove(docker, str(image["Id"]))
