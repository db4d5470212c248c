"""Export of an image that Docker does not have: into an archive, a layout, a registry."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.containers import image_calls, image_files
from scoredock.containers.connection import Docker
from scoredock.errors import ImageMissing, Place, ScoredockError
from scoredock.images.content_base import ARCHIVE, LAYOUT, base_failed
from scoredock.images.environment_images import CONTENT
from scoredock.late_dataclass import dataclass
from scoredock.oci.archive import Archive, write_archive
from scoredock.oci.content import Malformed, Platform
from scoredock.oci.content_store import ContentStore
from scoredock.oci.image_set import ImageSet
from scoredock.oci.layout import ImageLayout
from scoredock.oci.push_image import PushReport
from scoredock.oci.registry_address import read_address, same_registry
from scoredock.oci.registry_client import RegistryClient
from scoredock.oci.registry_login import RegistryAccount
from scoredock.oci.registry_source import RegistryImages
from scoredock.oci.sources import (
    ImageDocuments,
    ImageSource,
    StoredImages,
    blocks_of,
    copy_image,
    documents_of,
)
from scoredock.packaging.destination import Destination, Sending
from scoredock.progress import CancelToken, Progress
from scoredock.registry.assets.pushes import pushes_of, tagged
from scoredock.registry.records import AssetRecord
from scoredock.registry.store.faults import storing
from scoredock.services.packaging.content_records import ContentFacts, facts_of
from scoredock.temporary.folders import TemporaryFolder

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments


@dataclass(frozen=True, slots=True)
class ReadableImage:
    """An image whose content can be read, wherever it lies."""

    reference: str
    """What it is called, with a tag."""
    documents: ImageDocuments
    source: ImageSource


class ImageReader:
    """Opens images of a workspace and of registries."""

    def __init__(
        self, deployments: Deployments, logins: Sequence[RegistryAccount], progress: Progress, cancel: CancelToken
    ) -> None:
        self._root = deployments.images.root
        self._store = ContentStore(self._root / CONTENT)
        self._logins = logins
        self._progress = progress
        self._cancel = cancel

    def record(self, record: AssetRecord) -> ReadableImage:
        """An image of content: from the workspace, from where it was written, or from where it was pushed.

        Raises ScoredockError `image-missing` when all of these are gone, and what registries raise.
        """
        facts = facts_of(record)
        reference = str(record.content.get("reference", ""))
        if facts is None:
            raise _missing(record)
        if facts.is_kept:
            try:
                source = StoredImages(self._store)
                return ReadableImage(reference, documents_of(source, facts.manifest), source)
            except Malformed as fault:
                raise base_failed(record.id, fault) from None
        if (written := _written(facts)) is not None:
            return ReadableImage(reference, written.resolve(facts.manifest.digest, None), written)
        pushes = pushes_of(record)
        if not pushes:
            raise _missing(record)
        source_there, documents = self._pull(pushes[0].pinned, Platform.read(facts.platform))
        return ReadableImage(reference, documents, source_there)

    def documents(self, record: AssetRecord) -> ReadableImage:
        """The same where manifest and configuration are enough: those of what was made here lately are here still.
        Raises as `record`."""
        facts = facts_of(record)
        if facts is not None:
            source = StoredImages(self._store)
            with contextlib.suppress(Malformed):
                documents = documents_of(source, facts.manifest)
                if self._store.has(documents.manifest.config):
                    return ReadableImage(str(record.content.get("reference", "")), documents, source)
        return self.record(record)

    def reference(self, reference: str, platform: Platform) -> ReadableImage:
        """An image of a registry, as it is there now. Raises ScoredockError `image-reference-invalid`,
        `image-missing`, `image-platform`, and what registries raise."""
        address = read_address(reference)
        login = next((each for each in self._logins if same_registry(each.server, address.registry)), None)
        self._progress.report(l10n.t("Looking for {image} in its registry", image=reference))
        with RegistryClient(address, self._cancel, login) as client:
            descriptor, _ = client.resolve()
        name = tagged(reference)
        source, documents = self._pull(f"{name.rpartition(':')[0]}@{descriptor.digest}", platform)
        return ReadableImage(name, documents, source)

    def _pull(self, reference: str, platform: Platform) -> tuple[ImageSource, ImageDocuments]:
        images = RegistryImages(self._store, self._root / "references", self._logins, self._progress, self._cancel)
        with storing(self._root):
            try:
                return images.pull(reference, platform)
            except Malformed as fault:
                raise base_failed(reference, fault) from None


def write_image(image: ReadableImage, target: Path, progress: Progress, cancel: CancelToken) -> int:
    """Write an image to a file that does not exist yet, or as a layout into a folder that does; its bytes.

    Raises ScoredockError `package-target-not-empty`, `file-not-found`, `disk-full`, `io-failed`, `cancelled`,
    `base-image-invalid` for content that is damaged.
    """
    try:
        if not target.is_dir():
            progress.report(l10n.t("Writing {path}", path=target))
            return write_archive(target, [image.reference], image.documents, image.source, progress, cancel)
        if any(target.iterdir()) and not (target / "oci-layout").is_file():
            raise ScoredockError(
                "package-target-not-empty",
                l10n.t("{target} is neither empty nor an OCI layout.", target=target),
                place=Place(str(target)),
            )
        progress.report(l10n.t("Writing {path}", path=target))
        layout = ImageLayout.create(target)
        copy_image(image.source, image.documents, layout.store, cancel)
        layout.add(image.reference.rpartition(":")[2], image.documents.descriptor)
    except Malformed as fault:
        raise base_failed(image.reference, fault) from None
    manifest = image.documents.manifest
    return sum(each.size for each in (manifest.config, *manifest.layers))


def load_image(image: ReadableImage, docker: Docker, scratch: Path, progress: Progress, cancel: CancelToken) -> str:
    """Put an image into the store of a daemon; its id. The archive that it takes lies in `scratch` meanwhile.

    Raises ScoredockError `docker-unavailable`, `disk-full`, `cancelled`, `base-image-invalid` for content that is
    damaged, `image-missing` when the daemon took it and does not have it.
    """
    with TemporaryFolder("load", scratch) as folder:
        archive = folder / "image.tar"
        write_image(image, archive, progress, cancel)
        progress.report(l10n.t("Loading {image} into Docker", image=image.reference))
        with archive.open("rb") as stream:
            image_files.load(docker, blocks_of(stream, cancel), progress, cancel)
    description = image_calls.look(docker, image.reference)
    if description is None:
        raise ImageMissing(l10n.t("Docker does not have the image {image}.", image=image.reference))
    return str(description["Id"])


def push_content(
    image: ReadableImage,
    reference: str,
    logins: Sequence[RegistryAccount],
    progress: Progress,
    cancel: CancelToken,
) -> PushReport:
    """Send an image to a registry. Raises ScoredockError `image-reference-invalid`, what registries raise,
    `base-image-invalid` for content that is damaged, `cancelled`."""
    destination = Destination(push=reference, logins=logins)
    address = read_address(reference)
    progress.report(l10n.t("Pushing {image}", image=reference))
    sending = Sending(ImageSet((image.documents,)), image.source, image.reference, "", progress, cancel)
    try:
        return destination.send(sending, address)
    except Malformed as fault:
        raise base_failed(image.reference, fault) from None


def _written(facts: ContentFacts) -> ImageSource | None:
    """The layout or the archive that an image was written to, while it is there and has it."""
    with contextlib.suppress(Malformed, ScoredockError, OSError):
        if facts.path.startswith(LAYOUT):
            layout: ImageSource = ImageLayout.open(Path(facts.path.removeprefix(LAYOUT)))
        elif facts.path.startswith(ARCHIVE):
            layout = Archive.open(Path(facts.path.removeprefix(ARCHIVE)))
        else:
            return None
        layout.resolve(facts.manifest.digest, None)
        return layout
    return None


def _missing(record: AssetRecord) -> ScoredockError:
    return ImageMissing(
        l10n.t("The image {id} is no longer where it was written, and was not pushed.", id=record.id),
        l10n.t("Package it again, with --push or --to."),
        details={"image": record.id},
    )
