"""The images of a Docker daemon as content: what one begins from, and what is made here on top of it."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.containers.failures import docker_errors
from scoredock.containers.image_calls import ROLE, labelled, look
from scoredock.containers.image_files import load, saved
from scoredock.data_folder import make_private
from scoredock.errors import ImageMissing, ScoredockError
from scoredock.images.base_images import BaseImage
from scoredock.images.content_base import ContentBase, base_failed
from scoredock.images.content_environment import EnvironmentContent, Layers
from scoredock.late_dataclass import dataclass
from scoredock.oci.archive import Archive, full_name
from scoredock.oci.content import (
    CONFIG,
    LARGEST_DOCUMENT,
    LAYER,
    MANIFEST,
    Descriptor,
    Malformed,
    Manifest,
    Platform,
    descriptor_of,
    digest_of,
    from_bytes,
)
from scoredock.oci.layers import StoredLayer
from scoredock.oci.sources import ContentStream, ImageDocuments, ImageSource, blocks_of, read_document
from scoredock.progress import CancelToken, Progress
from scoredock.registry.store.faults import storing
from scoredock.temporary.folders import TemporaryFolder

_BLOBS = "blobs/sha256"


@dataclass(frozen=True, slots=True)
class DaemonStore:
    """Store of a daemon for images of content that it shall run.

    Docker's own store names an image by its configuration and a layer by all that is below it: it gets what it lacks.
    Podman and Docker with containerd's store take whole images only.
    """

    docker: Docker
    layers: Layers

    @contextlib.contextmanager
    def base(self, image: BaseImage) -> Iterator[ContentBase]:
        """An image of the daemon, to put others on. Within the block, as its layers may lie in a file meanwhile.

        Raises ScoredockError `image-missing`, `base-image-invalid`, `docker-unavailable`, `disk-full`, `cancelled`.
        """
        if self._takes_parts():
            config = self._config(image)
            yield ContentBase(_NoLayers(), _documents(config), config, image, image.reference)
            return
        layers = self.layers
        saving = saved_image(self.docker, image.id, image.reference, layers.scratch, layers.progress, layers.cancel)
        with saving as (archive, documents):
            try:
                config = read_document(archive, documents.manifest.config)
            except Malformed as fault:
                raise base_failed(image.reference, fault) from None
            yield ContentBase(archive, documents, config, image, image.reference)

    def load(self, reference: str, base: ContentBase, config: bytes, layers: Sequence[StoredLayer]) -> str:
        """Give the daemon an image under a name, which whatever had it loses; its id. `layers` are those on the base.

        Raises ScoredockError `docker-unavailable`, `disk-full`, `image-build-failed`, `cancelled`.
        """
        whole = not self._takes_parts()
        below = len(base.documents.manifest.layers)
        absent = layers if whole else layers[max(0, self._present(reference, config) - below) :]
        try:
            self._send(reference, base, config, absent, whole=whole)
        except ScoredockError as error:
            if error.code != "image-build-failed" or len(absent) == len(layers):
                raise
            # An image that had the others was removed meanwhile.
            self._send(reference, base, config, layers, whole=False)
        image = look(self.docker, reference)
        if image is None:
            raise ScoredockError(
                "image-build-failed", l10n.t("Docker created {image}, but does not have it.", image=reference)
            )
        return str(image["Id"])

    def _send(
        self, reference: str, base: ContentBase, config: bytes, layers: Sequence[StoredLayer], *, whole: bool
    ) -> None:
        tar = _archive(reference, base if whole else None, config, layers, self.layers)
        load(self.docker, tar, self.layers.progress, self.layers.cancel)

    def _takes_parts(self) -> bool:
        """True if it is Docker with its own store of layers."""
        if self.docker.podman:
            return False
        with docker_errors(l10n.t("say how it stores images")):
            status = self.docker.api.info().get("DriverStatus") or ()
        return not any("containerd" in str(each) for each in status)

    def _present(self, reference: str, config: bytes) -> int:
        """How many of the lowest layers of an image the daemon has, in this order, as those of others of ours."""
        diff_ids = _diff_ids(config)
        others = (str(row["Id"]) for row in labelled(self.docker, {ROLE: ""}))
        most = 0
        # The one that has the name now differs in its script most of the time.
        for image in itertools.chain([reference], others):
            rootfs: Mapping[str, Any] = (look(self.docker, image) or {}).get("RootFS") or {}
            pairs = zip(rootfs.get("Layers") or (), diff_ids, strict=False)
            most = max(most, sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs)))
            if most >= len(diff_ids) - 1:
                break
        return most

    def _config(self, image: BaseImage) -> bytes:
        """The configuration of an image as the daemon stores it, whose digest is its id."""
        store = self.layers.store
        with contextlib.suppress(OSError), store.open(image.id) as stream:
            kept = stream.read(LARGEST_DOCUMENT)
            if digest_of(kept) == image.id:
                return kept
        content = self._config_in(image)
        if digest_of(content) != image.id:
            fault = Malformed(f"the configuration is not {image.id}, by which Docker names the image")
            raise base_failed(image.reference, fault)
        store.put(content, CONFIG)
        return content

    def _config_in(self, image: BaseImage) -> bytes:
        """From what `docker save` writes, which has it after the layers; nothing else tells it byte by byte."""
        self.layers.progress.report(l10n.t("Reading the base image {image}", image=image.reference))
        hexadecimal = image.id.partition(":")[2]
        names = (f"{hexadecimal}.json", f"{_BLOBS}/{hexadecimal}")
        with (
            contextlib.closing(saved(self.docker, image.id, self.layers.progress, self.layers.cancel)) as blocks,
            tarfile.open(fileobj=io.BufferedReader(_Blocks(blocks), 1 << 20), mode="r|") as tar,
        ):
            for member in tar:
                if member.name in names and member.isreg() and member.size <= LARGEST_DOCUMENT:
                    stream = tar.extractfile(member)
                    return stream.read() if stream is not None else b""
        raise ImageMissing(l10n.t("Docker has no image {image} anymore.", image=image.reference))


@contextlib.contextmanager
def saved_image(
    docker: Docker, id: str, reference: str, scratch: Path, progress: Progress, cancel: CancelToken
) -> Iterator[tuple[ImageSource, ImageDocuments]]:
    """An image of a daemon with its layers, which lie in a file below `scratch` within the block.

    Raises ScoredockError `image-missing`, `base-image-invalid`, `docker-unavailable`, `disk-full`, `cancelled`.
    """
    make_private(scratch)
    with TemporaryFolder("base", scratch) as folder:
        file = folder / "base.tar"
        with storing(file), file.open("wb") as stream:
            for block in saved(docker, id, progress, cancel):
                stream.write(block)
        try:
            archive = Archive.open(file)
            documents = archive.resolve("", None)
        except Malformed as fault:
            raise base_failed(reference, fault) from None
        yield archive, documents


@dataclass(frozen=True, slots=True)
class DaemonEnvironment:
    """An environment as content, on an image of the daemon."""

    environment: EnvironmentContent
    base: ContentBase
    store: DaemonStore


def _documents(config: bytes) -> ImageDocuments:
    """Documents of an image whose layers stay in the daemon: their sizes are not known, and its manifest is nowhere."""
    layers = tuple(Descriptor(LAYER, each, 0) for each in _diff_ids(config))
    manifest = Manifest(descriptor_of(CONFIG, config), layers)
    content = manifest.to_bytes()
    return ImageDocuments(descriptor_of(MANIFEST, content), manifest, content)


class _NoLayers:
    """An `ImageSource` of an image whose layers stay in the daemon."""

    def resolve(self, name: str, platform: Platform | None) -> ImageDocuments:
        raise Malformed(f"{name} for {platform} lies in Docker")

    @contextlib.contextmanager
    def content(self, descriptor: Descriptor) -> Iterator[ContentStream]:
        raise Malformed(f"the content of {descriptor.digest} lies in Docker")
        yield  # type: ignore[unreachable]


class _Blocks(io.RawIOBase):
    """Blocks as a file of Python's."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._rest and (block := next(self._blocks, b"")):
            self._rest = block
        piece, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


def _archive(
    reference: str, base: ContentBase | None, config: bytes, layers: Sequence[StoredLayer], source: Layers
) -> Iterator[bytes]:
    """Archive for `docker load`: the layers of the image but for those that the daemon has. With a base, all of
    them."""
    diff_ids = _diff_ids(config)
    below = base.documents.manifest.layers if base is not None else ()
    files = {each.diff_id: each.descriptor for each in layers}
    files.update(zip(diff_ids, below, strict=False))
    named = _place(digest_of(config))
    saved_image = {
        "Config": named,
        # Podman takes a name without a registry for one of this machine, and commits it under Docker's own.
        "RepoTags": [reference if base is None else full_name(reference)],
        "Layers": [_place(files[each].digest if each in files else each) for each in diff_ids],
    }
    yield from _member("manifest.json", json.dumps([saved_image]).encode())
    yield from _member(named, config)
    for each in {each.digest: each for each in (*below, *(layer.descriptor for layer in layers))}.values():
        yield _header(_place(each.digest), each.size)
        if base is not None and each in below:
            with base.source.content(each) as content:
                yield from blocks_of(content, source.cancel)
        else:
            with source.store.open(each.digest) as stored:
                yield from blocks_of(stored, source.cancel)
        yield bytes(-each.size % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _member(name: str, content: bytes) -> Iterator[bytes]:
    yield _header(name, len(content))
    yield content + bytes(-len(content) % tarfile.BLOCKSIZE)


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.PAX_FORMAT)


def _place(digest: str) -> str:
    return f"{_BLOBS}/{digest.partition(':')[2]}"


def _diff_ids(config: bytes) -> list[str]:
    rootfs: Mapping[str, Any] = from_bytes(config).get("rootfs") or {}
    return [str(each) for each in rootfs.get("diff_ids") or ()]
