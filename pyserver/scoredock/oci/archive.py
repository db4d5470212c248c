"""Images in one tar file: an OCI layout that is a `docker save` at once, which Docker, podman and skopeo load.

Read are both forms: OCI layouts in a tar, and what `docker save` writes, with its links for layers that are equal.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from scoredock import l10n
from scoredock.errors import ImageMissing, Place, ScoredockError
from scoredock.oci.content import (
    CONFIG,
    LARGEST_DOCUMENT,
    LAYER,
    LAYER_GZIP,
    LAYER_ZSTD,
    MANIFEST,
    Descriptor,
    Index,
    Malformed,
    Manifest,
    Platform,
    descriptor_of,
    diff_ids,
    from_bytes,
    require_digest,
    to_bytes,
)
from scoredock.oci.durable_files import open_plain, storing
from scoredock.oci.image_set import ImageSet
from scoredock.oci.layout import INDEX_FILE, LAYOUT_CONTENT, LAYOUT_FILE, require_version
from scoredock.oci.sources import (
    CONTAINERD_NAME,
    REFERENCE_NAME,
    CheckedStream,
    ContentStream,
    ImageDocuments,
    ImageSource,
    blocks_of,
    choose,
    names_of,
    platform_in,
    read_document,
)
from scoredock.oci.tar_index import MemberExtent, TarIndex
from scoredock.progress import CancelToken, Flow, PartOfStep, Progress
from scoredock.temporary.fresh_files import FreshFile

_SAVED: Final = "manifest.json"
_BLOBS: Final = "blobs/sha256"
_TELL_BYTES: Final = 64 << 20
_MODE: Final = 0o644
_MOST_LAYERS: Final = 1_000


def write_archive(
    target: Path,
    names: Sequence[str],
    image: ImageDocuments | ImageSet,
    source: ImageSource,
    progress: Progress,
    cancel: CancelToken,
) -> int:
    """Write an image to a tar file that `docker load`, `podman load` and `skopeo copy oci-archive:` take; its size in
    bytes. Equal images under equal names make equal files.

    Of images for several platforms the names stand for their list; what reads no lists loads the main one.

    `names` are full ones, such as `registry.example.com/team/image:1`. Docker before 23 loads layers that are gzip or
    no more than a tar, and no zstd. The file is whole or is not there. Raises ScoredockError `package-target-not-empty`
    for a file that exists, `file-not-found` for a folder that does not, `disk-full`, `io-failed`, `cancelled`;
    Malformed.
    """
    with archive_content(target, names, image, source, progress, cancel) as archive:
        archive.name()
    return archive.size


class UnnamedArchive:
    """All of an archive, before it has its name."""

    def __init__(self, fresh: FreshFile, target: Path, size: int) -> None:
        self._fresh, self._target = fresh, target
        self.size = size
        """In bytes."""
        self.is_named = False

    def name(self) -> None:
        """Raises ScoredockError `package-target-not-empty`, `disk-full`, `io-failed`."""
        try:
            with storing(self._target):
                self._fresh.publish(self._target, mode=_MODE, replaces=False)
        except ScoredockError as error:
            if isinstance(error.__cause__, FileExistsError):
                raise _exists(self._target) from None
            raise
        self.is_named = True


@contextlib.contextmanager
def archive_content(
    target: Path,
    names: Sequence[str],
    image: ImageDocuments | ImageSet,
    source: ImageSource,
    progress: Progress,
    cancel: CancelToken,
) -> Iterator[UnnamedArchive]:
    """Same as `write_archive`; the block gives the file its name, which it loses again when the block fails."""
    if target.exists() or target.is_symlink():
        raise _exists(target)
    if not target.parent.is_dir():
        raise ScoredockError(
            "file-not-found",
            l10n.t("The folder {folder} does not exist.", folder=target.parent),
            place=Place(str(target)),
        )
    images = image if isinstance(image, ImageSet) else ImageSet((image,))
    main = images.images[images.main]
    documents = _documents(names, images, main, platform_in(read_document(source, main.manifest.config)))
    # Equal layers are one file, and what the archive begins with says what follows.
    blobs = images.blobs
    with storing(target):
        fresh = FreshFile.beside(target)
    with fresh:
        tar = _TarWriter(fresh, target, sum(each.size for each in blobs), progress, cancel)
        for name, content in documents:
            tar.document(name, content)
        for descriptor in blobs:
            with source.content(descriptor) as stream:
                tar.content(_place(descriptor), descriptor.size, stream)
        archive = UnnamedArchive(fresh, target, tar.finish())
        cancel.raise_if_cancelled()
        try:
            yield archive
        except BaseException:
            if archive.is_named:
                target.unlink(missing_ok=True)
            raise


def _documents(
    names: Sequence[str], images: ImageSet, main: ImageDocuments, platform: Platform
) -> Iterator[tuple[str, bytes]]:
    """First files of an archive: the layout, the same for `docker load`, and the documents. `main` is the image that
    `docker load` takes, for `platform`."""
    entry = replace(
        images.descriptor, annotations={}, platform=None if images.index else images.descriptor.platform or platform
    )
    named = [replace(entry, annotations={REFERENCE_NAME: each, CONTAINERD_NAME: full_name(each)}) for each in names]
    saved = {
        "Config": _place(main.manifest.config),
        "RepoTags": list(names),
        "Layers": [_place(each) for each in main.manifest.layers],
    }
    said = [each.descriptor for each in images.referrers]
    yield LAYOUT_FILE, LAYOUT_CONTENT
    yield INDEX_FILE, Index((*(named or [entry]), *said)).to_bytes()
    yield _SAVED, to_bytes([saved])
    yield "blobs/", b""
    yield f"{_BLOBS}/", b""
    contents = {each.descriptor.digest: each.content for each in images.documents}
    contents[images.descriptor.digest] = images.content
    for digest, content in contents.items():
        yield _place_of(digest), content


class _TarWriter:
    """Members without times and owners."""

    def __init__(self, fresh: FreshFile, target: Path, whole: int, progress: Progress, cancel: CancelToken) -> None:
        self._fresh = fresh
        self._target = target
        self._whole = whole
        self._progress = progress
        self._cancel = cancel
        self._flow = Flow()
        self._size = 0

    def document(self, name: str, content: bytes) -> None:
        """A name that ends with a slash is a folder."""
        self._header(name, len(content))
        self._write(content)
        self._fill(len(content))

    def content(self, name: str, size: int, stream: ContentStream) -> None:
        self._header(name, size)
        for block in blocks_of(stream, self._cancel):
            before = self._size
            self._write(block)
            if self._size // _TELL_BYTES > before // _TELL_BYTES:
                self._progress.report(
                    PartOfStep(l10n.t("Writing the archive"), self._flow.amounts(self._size, self._whole)),
                    min(99, 100 * self._size // self._whole),
                )
        self._fill(size)

    def finish(self) -> int:
        self._write(bytes(2 * tarfile.BLOCKSIZE))
        self._write(bytes(-self._size % tarfile.RECORDSIZE))
        return self._size

    def _header(self, name: str, size: int) -> None:
        info = tarfile.TarInfo(name.rstrip("/"))
        info.size, info.mode = size, 0o644
        if name.endswith("/"):
            info.type, info.mode = tarfile.DIRTYPE, 0o755
        self._write(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))

    def _fill(self, size: int) -> None:
        self._write(bytes(-size % tarfile.BLOCKSIZE))

    def _write(self, block: bytes) -> None:
        with storing(self._target):
            self._fresh.write(block)
        self._size += len(block)


class Archive:
    """A tar file with images, an `ImageSource`. `open` gives one."""

    def __init__(self, path: Path, status: os.stat_result, members: TarIndex) -> None:
        self._path = path
        self._status = status
        self._members = members
        self._places: dict[str, MemberExtent] = {}
        """Content of a `docker save` by its digest."""
        self._documents: dict[str, bytes] = {}
        """What a `docker save` does not have, and is made of what it has."""
        self._saved: list[tuple[list[str], ImageDocuments]] = []
        self._index: Index | None = None

    @classmethod
    def open(cls, path: Path) -> Archive:
        """Raises Malformed for what is not an archive of images or is compressed as a whole, ScoredockError
        `io-failed`."""
        with storing(path), open_plain(path) as stream:
            status = os.fstat(stream.fileno())
            archive = cls(path, status, TarIndex.read(stream, status.st_size))
        archive._load()
        return archive

    def names(self) -> list[str]:
        """Names of all images in it, sorted."""
        if self._index is not None:
            names = [name for each in self._index.manifests for name in names_of(each)[:1]]
        else:
            names = [name for tags, _ in self._saved for name in tags]
        return sorted(set(names))

    def resolve(self, name: str, platform: Platform | None) -> ImageDocuments:
        """See `ImageSource`."""
        if self._index is not None:
            return choose(self, self._index, name, platform)
        by_digest = name.startswith("sha256:")
        fitting = [
            image
            for names, image in self._saved
            if not name or name in names or (by_digest and name == image.descriptor.digest)
        ]
        if not fitting:
            raise ImageMissing(
                l10n.t("There is no image {image} here.", image=name or "…"), l10n.t("Check the name of the image.")
            )
        return choose(self, Index(tuple(image.descriptor for image in fitting)), "", platform)

    @contextlib.contextmanager
    def content(self, descriptor: Descriptor) -> Iterator[ContentStream]:
        """See `ImageSource`."""
        require_digest(descriptor.digest)
        hexadecimal = descriptor.digest.partition(":")[2]
        extent = self._places.get(descriptor.digest) or self._members.find(f"{_BLOBS}/{hexadecimal}")
        if descriptor.digest in self._documents:
            yield CheckedStream(io.BytesIO(self._documents[descriptor.digest]), descriptor)
            return
        if extent is None:
            raise Malformed(f"the content of {descriptor.digest} is missing")
        with self._reading(extent) as stream:
            yield CheckedStream(stream, descriptor)

    @contextlib.contextmanager
    def _reading(self, extent: MemberExtent) -> Iterator[ContentStream]:
        with storing(self._path):
            stream = open_plain(self._path)
        with stream:
            status = os.fstat(stream.fileno())
            if (status.st_ino, status.st_size, status.st_mtime_ns) != (
                self._status.st_ino,
                self._status.st_size,
                self._status.st_mtime_ns,
            ):
                raise Malformed("the archive changed while it was read")
            stream.seek(extent.offset)
            yield _MemberStream(stream, extent.size, self._path)

    def _load(self) -> None:
        if LAYOUT_FILE in self._members and INDEX_FILE in self._members:
            require_version(self._document(LAYOUT_FILE))
            self._index = Index.from_bytes(self._document(INDEX_FILE))
        elif _SAVED in self._members:
            try:
                rows = json.loads(self._document(_SAVED))
            except (ValueError, RecursionError):
                raise Malformed(f"`{_SAVED}` is not JSON") from None
            if not isinstance(rows, list):
                raise Malformed(f"`{_SAVED}` is not a list")
            for row in rows:
                self._add_saved(row)
        else:
            raise Malformed("the archive holds no image: neither an OCI layout nor what `docker save` writes")

    def _document(self, name: str) -> bytes:
        extent = self._members.find(name)
        if extent is None:
            raise Malformed(f"the archive has no file `{name[:200]}`")
        if extent.size > LARGEST_DOCUMENT:
            raise Malformed(f"`{name[:200]}` has {extent.size} bytes")
        with self._reading(extent) as stream:
            return b"".join(blocks_of(stream, CancelToken()))

    def _add_saved(self, row: Any) -> None:
        """An image of a `docker save`, with the manifest that it would have as an OCI image."""
        config_name, layer_names, tags = _row(row)
        content = self._document(config_name)
        config = descriptor_of(CONFIG, content)
        self._documents[config.digest] = content
        tars = diff_ids(from_bytes(content))
        if len(tars) != len(layer_names):
            raise Malformed(f"an image has {len(layer_names)} layers, and its configuration names {len(tars)}")
        layers = tuple(self._layer(*each) for each in zip(layer_names, tars, strict=True))
        manifest = Manifest(config, layers)
        made = manifest.to_bytes()
        descriptor = replace(descriptor_of(MANIFEST, made), platform=platform_in(content))
        self._documents[descriptor.digest] = made
        self._saved.append((tags, ImageDocuments(descriptor, manifest, made)))

    def _layer(self, name: str, diff_id: str) -> Descriptor:
        extent = self._members.find(name)
        if extent is None:
            raise Malformed(f"the archive has no layer `{name[:200]}`")
        with self._reading(MemberExtent(extent.offset, min(extent.size, 4))) as stream:
            beginning = stream.read(4)
        if beginning.startswith(b"\x1f\x8b"):
            descriptor = Descriptor(LAYER_GZIP, self._digest(extent), extent.size)
        elif beginning == b"\x28\xb5\x2f\xfd":
            descriptor = Descriptor(LAYER_ZSTD, self._digest(extent), extent.size)
        else:
            descriptor = Descriptor(LAYER, diff_id, extent.size)
        self._places[descriptor.digest] = extent
        return descriptor

    def _digest(self, extent: MemberExtent) -> str:
        digest = hashlib.sha256()
        with self._reading(extent) as stream:
            for block in blocks_of(stream, CancelToken()):
                digest.update(block)
        return f"sha256:{digest.hexdigest()}"


class _MemberStream:
    """The bytes of one member."""

    def __init__(self, stream: BinaryIO, size: int, path: Path) -> None:
        self._stream = stream
        self._remaining_bytes = size
        self._path = path

    def read(self, size: int = -1, /) -> bytes:
        most = self._remaining_bytes if size < 0 else min(size, self._remaining_bytes)
        with storing(self._path):
            block = self._stream.read(most)
        self._remaining_bytes -= len(block)
        return block


def _row(row: Any) -> tuple[str, list[str], list[str]]:
    """Names of the configuration and the layers, and the tags. Raises Malformed."""
    if not isinstance(row, dict):
        raise Malformed(f"`{_SAVED}` is not what `docker save` writes")
    config, layers, tags = row.get("Config"), row.get("Layers") or [], row.get("RepoTags") or []
    if not isinstance(config, str) or not isinstance(layers, list) or not isinstance(tags, list):
        raise Malformed(f"`{_SAVED}` is not what `docker save` writes")
    if len(layers) > _MOST_LAYERS:
        raise Malformed(f"an image has {len(layers)} layers")
    return config, [str(each) for each in layers], [str(each) for each in tags]


def _place(descriptor: Descriptor) -> str:
    return _place_of(descriptor.digest)


def _place_of(digest: str) -> str:
    require_digest(digest)
    return f"{_BLOBS}/{digest.partition(':')[2]}"


def full_name(name: str) -> str:
    """A name as containerd writes it, with the registry that Docker takes where none is named."""
    first, slash, _ = name.partition("/")
    if not slash:
        return f"docker.io/library/{name}"
    return name if "." in first or ":" in first or first == "localhost" else f"docker.io/{name}"


def _exists(target: Path) -> ScoredockError:
    return ScoredockError(
        "package-target-not-empty", l10n.t("{target} already exists.", target=target), place=Place(str(target))
    )
