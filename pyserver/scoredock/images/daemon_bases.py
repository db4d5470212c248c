"""Bases of content by their names: of a registry, or of the Docker on this machine where no registry has them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from scoredock import l10n
from scoredock.containers.connection import connect
from scoredock.containers.image_calls import look
from scoredock.containers.settings import DockerSettings
from scoredock.errors import ScoredockError
from scoredock.images.base_images import registry_digest
from scoredock.images.content_environment import KeptLayers, Layers, NotMadeYet
from scoredock.images.daemon_store import saved_image
from scoredock.oci.content import Platform
from scoredock.oci.registry_login import RegistryAccount
from scoredock.oci.registry_source import RegistryImages
from scoredock.oci.sources import ImageDocuments, ImageSource, StoredImages, copy_image, documents_of

_NOT_THERE: Final = frozenset(("image-missing", "image-pull-failed", "registry-refused", "registry-unreachable"))
"""Codes of a registry that does not give an image."""


class NamedBases:
    """Gets an image by its reference.

    What a registry has is taken from there, with the digests that all machines see. An image that Docker knows no
    registry of was built or loaded here, so that no registry is waited for; where others do not give one, Docker's is
    taken as well.
    """

    def __init__(
        self,
        root: Path,
        docker: DockerSettings,
        layers: Layers,
        logins: Sequence[RegistryAccount] = (),
        *,
        offline: bool = False,
    ) -> None:
        """`root` is the folder of images of a workspace, where tags are written down with what they named."""
        place, progress, cancel = root / "references", layers.progress, layers.cancel
        self._registries = RegistryImages(layers.store, place, logins, progress, cancel, offline=offline)
        self._docker = docker
        self._layers = layers

    def pull(self, reference: str, platform: Platform) -> tuple[ImageSource, ImageDocuments]:
        """Raises as `RegistryImages.pull`, with the way that is left where neither has it; as `saved_image`; NotMadeYet
        where nothing may be made."""
        if self._registries.remembers(reference):
            return self._registries.pull(reference, platform)
        image = self._in_docker(reference, platform)
        if image is not None and not registry_digest(image, reference):
            return self._from_docker(reference, image)
        try:
            return self._registries.pull(reference, platform)
        except ScoredockError as error:
            if error.code not in _NOT_THERE:
                raise
            if image is not None:
                text = l10n.t(
                    "The registry of {image} does not give it: Docker's copy is taken, which has other digests there.",
                    image=reference,
                )
                self._layers.progress.report(text)
                return self._from_docker(reference, image)
            way = l10n.t(
                "Docker here does not have it either. What another machine has comes as a file of `docker save`, which"
                " `--base archive:FILE` names."
            )
            error.fix = f"{error.fix} {way}"
            raise

    def _in_docker(self, reference: str, platform: Platform) -> Mapping[str, Any] | None:
        """Docker's description of an image for the platform; None also if no Docker responds."""
        with contextlib.suppress(ScoredockError):
            image = look(connect(self._docker), reference)
            if image and (image.get("Os"), image.get("Architecture")) == (platform.os, platform.architecture):
                return image
        return None

    def _from_docker(self, reference: str, image: Mapping[str, Any]) -> tuple[ImageSource, ImageDocuments]:
        layers, id = self._layers, str(image["Id"])
        source = StoredImages(layers.store)
        descriptor = self._registries.noted(id)
        if descriptor is not None:
            documents = documents_of(source, descriptor)
            if all(map(layers.store.has, (documents.manifest.config, *documents.manifest.layers))):
                return source, documents
        if isinstance(layers, KeptLayers):
            raise NotMadeYet
        layers.progress.report(l10n.t("Reading {image} from Docker", image=reference))
        docker = connect(self._docker)
        with saved_image(docker, id, reference, layers.scratch, layers.progress, layers.cancel) as (saved, documents):
            copy_image(saved, documents, layers.store, layers.cancel)
        self._registries.note(id, documents.descriptor)
        return source, documents
