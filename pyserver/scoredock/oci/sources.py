"""Sources of images: a layout, an archive, a registry. What they have in common, and what is read of each."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Final, NamedTuple, Protocol

from scoredock import l10n
from scoredock.errors import ImageMissing, ScoredockError
from scoredock.oci.content import (
    INDEXES,
    LARGEST_DOCUMENT,
    MANIFESTS,
    Descriptor,
    Index,
    Malformed,
    Manifest,
    Platform,
    from_bytes,
)
from scoredock.oci.content_store import ContentStore
from scoredock.progress import CancelToken

REFERENCE_NAME: Final = "org.opencontainers.image.ref.name"
CONTAINERD_NAME: Final = "io.containerd.image.name"
"""The full name, where Docker's own archives have no more than the tag in the other annotation."""
_BLOCK: Final = 1 << 20
_DEEPEST: Final = 4
"""Indexes in one another; Docker's own images have two."""
_MOST_MANIFESTS: Final = 10_000
_ATTESTATION: Final = "vnd.docker.reference.type"
_ANY_VARIANT: Final = {("arm64", "v8"), ("amd64", "v1")}
"""Variants that every processor of the architecture has, and that most images do not name."""


class ImageDocuments(NamedTuple):
    """An image for one platform: its manifest as it is read, and as it is stored."""

    descriptor: Descriptor
    manifest: Manifest
    content: bytes


class ContentStream(Protocol):
    """Bytes that come in pieces."""

    def read(self, size: int = -1, /) -> bytes:
        """Next bytes, at most `size`; empty at the end."""


class ContentSource(Protocol):
    """Has content. Several threads may read different pieces of it at the same time."""

    def content(self, descriptor: Descriptor) -> AbstractContextManager[ContentStream]:
        """The bytes of content. Raises Malformed for content that is missing, and at the latest at its end for bytes
        that are not those of the descriptor: what was made of them must be thrown away then."""


class ImageSource(ContentSource, Protocol):
    """Has images. What it gives is checked: whoever wrote it may have been anybody."""

    def resolve(self, name: str, platform: Platform | None) -> ImageDocuments:
        """The image of a name or a digest, for a platform; with an empty name and None the only one there is.

        Raises ScoredockError `image-missing` for a name that it does not have, `image-platform` for one that it has for
        other platforms only or for several; Malformed.
        """


class CheckedStream:
    """Bytes of a descriptor, checked on the way."""

    def __init__(self, stream: ContentStream, descriptor: Descriptor) -> None:
        self._stream = stream
        self._descriptor = descriptor
        self._digest = hashlib.sha256()
        self._remaining_bytes = descriptor.size

    def read(self, size: int = -1, /) -> bytes:
        """Raises Malformed when the bytes are not those of the descriptor: too many or too few at once, others at the
        end. Nothing is read beyond one byte more than the descriptor says."""
        if size < 0:
            return b"".join(iter(lambda: self.read(_BLOCK), b""))
        block = self._stream.read(min(size, self._remaining_bytes + 1))
        self._remaining_bytes -= len(block)
        self._digest.update(block)
        if self._remaining_bytes < 0:
            raise Malformed(f"the content of {self._descriptor.digest} has more than {self._descriptor.size} bytes")
        if self._remaining_bytes and size and not block:
            raise Malformed(f"the content of {self._descriptor.digest} is cut off")
        if not self._remaining_bytes and f"sha256:{self._digest.hexdigest()}" != self._descriptor.digest:
            raise Malformed(f"the bytes of {self._descriptor.digest} do not match their digest")
        return block


def blocks_of(stream: ContentStream, cancel: CancelToken, offset: int = 0) -> Iterator[bytes]:
    """Blocks of the content from an offset to its end; all of it is read, as it is checked. Raises what the stream
    raises, ScoredockError `cancelled`."""
    passed = 0
    while block := stream.read(_BLOCK):
        cancel.raise_if_cancelled()
        if passed + len(block) > offset:
            yield block[max(0, offset - passed) :]
        passed += len(block)


def read_document(source: ImageSource, descriptor: Descriptor) -> bytes:
    """A manifest or a configuration. Raises Malformed for one that is too large, missing or not what it should be."""
    if descriptor.size > LARGEST_DOCUMENT:
        raise Malformed(f"the document {descriptor.digest} has {descriptor.size} bytes")
    with source.content(descriptor) as stream:
        return b"".join(blocks_of(stream, CancelToken()))


class StoredImages:
    """Images of a content store, as a source."""

    def __init__(self, store: ContentStore) -> None:
        self._store = store

    def resolve(self, name: str, platform: Platform | None) -> ImageDocuments:
        """A store has no names. Raises ScoredockError `image-missing`."""
        wanted = " ".join(filter(None, (name or "…", str(platform or ""))))
        raise ImageMissing(l10n.t("There is no image {image} here.", image=wanted))

    @contextlib.contextmanager
    def content(self, descriptor: Descriptor) -> Iterator[ContentStream]:
        """Same as `ImageSource.content`."""
        try:
            stream = self._store.open(descriptor.digest)
        except (FileNotFoundError, NotADirectoryError):
            raise Malformed(f"the content of {descriptor.digest} is missing") from None
        with stream:
            yield CheckedStream(stream, descriptor)


def copy_image(source: ImageSource, image: ImageDocuments, store: ContentStore, cancel: CancelToken) -> None:
    """Put an image with all it is made of into a store, the manifest last; what is there already is not read again.

    Raises Malformed, ScoredockError `disk-full`, `io-failed`, `cancelled`.
    """
    for descriptor in (image.manifest.config, *image.manifest.layers):
        if store.has(descriptor):
            store.touch(descriptor.digest)
            continue
        with source.content(descriptor) as stream, store.writing(descriptor) as writer:
            for block in blocks_of(stream, cancel):
                writer.write(block)
    store.put(image.content, image.descriptor.media_type)


def choose(source: ImageSource, index: Index, name: str, platform: Platform | None) -> ImageDocuments:
    """Documents that `ImageSource.resolve` returns, for a source whose content an index lists."""
    if name.startswith("sha256:"):
        entries = [each for each in _manifests(source, index.manifests, deep=True) if each.digest == name]
    elif name:
        entries = [each for each in index.manifests if name in names_of(each)]
    else:
        entries = list(index.manifests)
    if not entries:
        raise ImageMissing(
            l10n.t("There is no image {image} here.", image=name or "…"),
            l10n.t("Check the name of the image."),
        )
    images = {each.digest: each for each in _manifests(source, entries) if not _is_attestation(each)}
    fitting = [each for each in images.values() if platform is None or _fits(source, each, platform)]
    if not fitting or (platform is None and len(fitting) > 1):
        there = ", ".join(sorted(str(_platform_of(source, each)) for each in images.values()))
        raise ScoredockError(
            "image-platform",
            l10n.t("The image {image} is for {platforms}.", image=name or "…", platforms=there or "?"),
            l10n.t("Name one of these platforms."),
        )
    if platform is not None:
        # Who asks for no variant gets the image of none, if there is one.
        fitting.sort(key=lambda each: _variant(_platform_of(source, each)) != _variant(platform))
    return documents_of(source, fitting[0])


def names_of(entry: Descriptor) -> list[str]:
    """Names of an image in an index, the longest first."""
    names = {entry.annotations.get(each, "") for each in (REFERENCE_NAME, CONTAINERD_NAME)}
    return sorted(filter(None, names), key=len, reverse=True)


def documents_of(source: ImageSource, descriptor: Descriptor) -> ImageDocuments:
    """Read a manifest. Raises Malformed."""
    content = read_document(source, descriptor)
    return ImageDocuments(descriptor, Manifest.from_bytes(content), content)


def _manifests(source: ImageSource, entries: Sequence[Descriptor], *, deep: bool = False) -> Iterator[Descriptor]:
    """Manifests of images, also those in indexes of an index, with `deep` the indexes themselves as well.

    Raises Malformed for indexes that are too deep, or too many. A cycle of digests cannot be made; it would be read
    until it is too deep.
    """
    seen_manifests = 0
    waiting = [(each, 0) for each in entries]
    visited: set[str] = set()
    while waiting:
        entry, depth = waiting.pop(0)
        seen_manifests += 1
        if depth > _DEEPEST or seen_manifests > _MOST_MANIFESTS:
            raise Malformed("an index holds indexes without end")
        if entry.media_type in MANIFESTS:
            yield entry
        elif entry.media_type in INDEXES and entry.digest not in visited:
            visited.add(entry.digest)
            if deep:
                yield entry
            nested = Index.from_bytes(read_document(source, entry))
            waiting += [(each, depth + 1) for each in nested.manifests]


def _is_attestation(entry: Descriptor) -> bool:
    """True if it says something of an image: an artifact, or what BuildKit puts beside one."""
    is_unknown = entry.platform is not None and entry.platform.os == "unknown"
    return _ATTESTATION in entry.annotations or bool(entry.artifact_type) or is_unknown


def _platform_of(source: ImageSource, entry: Descriptor) -> Platform:
    """Platform of a manifest, from its configuration if the index does not say it. Raises Malformed."""
    if entry.platform is not None:
        return entry.platform
    return platform_in(read_document(source, documents_of(source, entry).manifest.config))


def platform_in(config: bytes) -> Platform:
    """Platform in a configuration of an image. Raises Malformed."""
    document = from_bytes(config)
    os, architecture = document.get("os"), document.get("architecture")
    if not isinstance(os, str) or not isinstance(architecture, str):
        raise Malformed("a configuration does not say for which platform it is")
    return Platform(os, architecture, str(document.get("variant") or ""))


def _fits(source: ImageSource, entry: Descriptor, platform: Platform) -> bool:
    own = _platform_of(source, entry)
    if (own.os, own.architecture) != (platform.os, platform.architecture):
        return False
    variants = {_variant(own), _variant(platform)}
    return len(variants) == 1 or not platform.variant


def _variant(platform: Platform) -> str:
    return "" if (platform.architecture, platform.variant) in _ANY_VARIANT else platform.variant
