"""The files of a model in an image or artifact, whoever wrote it, as a source of a registration.

Nothing is unpacked: layers are read from front to end, and what is fetched of a registry lies in a folder that goes
when the files have been read.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from scoredock import l10n
from scoredock.contrib.model_images.domain.model_image import MODELS, TITLE, UNPACK
from scoredock.contrib.model_images.domain.model_label import LABEL, ModelLabel
from scoredock.errors import DiskFull, Place, ScoredockError
from scoredock.images.content_base import ARCHIVE, LAYOUT, folder_and_tag, layer_opener
from scoredock.late_dataclass import dataclass
from scoredock.oci.archive import Archive
from scoredock.oci.content import CONFIG, DOCKER_CONFIG, Descriptor, Malformed, Manifest, Platform, from_bytes
from scoredock.oci.content_store import ContentStore
from scoredock.oci.layer_files import LayerFiles
from scoredock.oci.layout import ImageLayout
from scoredock.oci.registry_login import RegistryAccount
from scoredock.oci.registry_source import RegistryImages
from scoredock.oci.sources import ContentStream, ImageDocuments, ImageSource, blocks_of, read_document
from scoredock.oci.tree import Entry, FileOrigin, ImageTree, read_tree
from scoredock.progress import CancelToken, Flow, PartOfStep, Progress
from scoredock.registry.blobs.source import Limits, Opener, Source, SourceBuilder, SourceFile, Stream
from scoredock.registry.grammar import packed_path, printable

REGISTRY: Final = "oci://"
"""In front of a reference in a registry, as KServe writes it; it may be left out."""
_PLATFORMS: Final = (Platform("linux", "amd64"), Platform("linux", "arm64"))
"""Which image of several is taken, the first there is: the files are the same in all."""
_TELL_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class ModelInImage:
    """Model in an image: its files, and what the image says of it."""

    source: Source
    """Good until the block ends that gave it."""
    label: ModelLabel | None
    """What Scoredock said of it; None for images of others."""
    annotations: Mapping[str, str]
    """Of the manifest."""


@dataclass(frozen=True, slots=True)
class ImageReading:
    """Settings for reading an image."""

    scratch: Path
    """An empty folder, removed by whoever gave it."""
    limits: Limits
    logins: Sequence[RegistryAccount]
    progress: Progress
    cancel: CancelToken


@contextlib.contextmanager
def model_in(reference: str, reading: ImageReading) -> Iterator[ModelInImage]:
    """The model of `[oci://]REGISTRY/NAME:TAG`, `oci:FOLDER[:TAG]` or `archive:FILE`.

    Raises ScoredockError `model-image-invalid`, also for what is damaged and shows only when the files are read,
    `model-path-unsupported`, `model-path-clash`, `model-too-large`, `image-reference-invalid`, `image-missing`,
    `image-platform`, `disk-full`, `cancelled`, and what `RegistryClient` raises.
    """
    try:
        reading.progress.report(l10n.t("Reading {image}", image=reference))
        source, documents = _opened(reference, reading)
        with contextlib.ExitStack() as stack:
            yield _Model(reference, source, documents.manifest, reading, stack).read()
    except Malformed as fault:
        raise _invalid(reference, str(fault)) from None
    except FileNotFoundError:
        raise _invalid(reference, l10n.t("it does not exist")) from None


def _opened(reference: str, reading: ImageReading) -> tuple[ImageSource, ImageDocuments]:
    if reference.startswith(LAYOUT) and not reference.startswith(REGISTRY):
        folder, tag = folder_and_tag(reference.removeprefix(LAYOUT))
        layout = ImageLayout.open(folder)
        return layout, _resolved(layout, tag)
    if reference.startswith(ARCHIVE):
        path = Path(reference.removeprefix(ARCHIVE)).absolute()
        if not path.is_file():
            raise FileNotFoundError(path)
        archive = Archive.open(path)
        return archive, _resolved(archive, "")
    store = ContentStore(reading.scratch)
    images = RegistryImages(store, reading.scratch / "references", reading.logins, reading.progress, reading.cancel)
    name = reference.removeprefix(REGISTRY)
    for platform in _PLATFORMS[:-1]:
        with contextlib.suppress(_OtherPlatform), _other_platform():
            return _fitting(images.pull(name, platform), reading)
    return _fitting(images.pull(name, _PLATFORMS[-1]), reading)


class _OtherPlatform(Exception):
    """An image is for other platforms."""


@contextlib.contextmanager
def _other_platform() -> Iterator[None]:
    try:
        yield
    except ScoredockError as error:
        if error.code != "image-platform":
            raise
        raise _OtherPlatform from None


def _resolved(source: ImageSource, tag: str) -> ImageDocuments:
    """Without a platform first: an artifact has none."""
    for platform in (None, *_PLATFORMS[:-1]):
        with contextlib.suppress(_OtherPlatform), _other_platform():
            return source.resolve(tag, platform)
    return source.resolve(tag, _PLATFORMS[-1])


def _fitting(pulled: tuple[ImageSource, ImageDocuments], reading: ImageReading) -> tuple[ImageSource, ImageDocuments]:
    """The same, if what is fetched of it has room. Raises ScoredockError `disk-full`, `model-too-large`."""
    size = sum(each.size for each in pulled[1].manifest.layers)
    free = shutil.disk_usage(reading.scratch).free
    if size > free:
        raise DiskFull(
            l10n.t(
                "The {size:,} bytes to fetch do not fit on the disk of {folder}, which has {free:,} left.",
                size=size,
                folder=reading.scratch,
                free=free,
            ),
            place=Place(str(reading.scratch)),
            details={"bytes": str(size), "free": str(free)},
        )
    return pulled


class _Model:
    """Reads one image or artifact."""

    def __init__(
        self,
        reference: str,
        source: ImageSource,
        manifest: Manifest,
        reading: ImageReading,
        stack: contextlib.ExitStack,
    ) -> None:
        self._reference = reference
        self._source = source
        self._manifest = manifest
        self._reading = reading
        self._stack = stack
        self._builder = SourceBuilder(reading.limits, reference)
        self._orders: dict[str, FileOrigin] = {}
        """Where in which layer the bytes of a file lie, by its stored path."""

    def read(self) -> ModelInImage:
        config = self._config()
        annotations = self._manifest.annotations
        if config is not None:
            labels = (config.get("config") or {}).get("Labels") or {}
            label = self._label(labels.get(LABEL) or annotations.get(LABEL))
            self._add_image(label.root if label is not None else "")
        else:
            label = self._label(annotations.get(LABEL))
            self._add_artifact()
            for each in label.folders if label is not None else ():
                self._builder.add_folder("/".join(self._parts(each)), each)
        files = sorted(self._builder.files, key=lambda file: self._orders.get(file.stored, FileOrigin(-1, -1)))
        several = len(files) > 1 or bool(self._builder.folders) or any("/" in file.stored for file in files)
        whole = self._builder.source(several or (label is not None and label.is_folder))
        return ModelInImage(replace(whole, files=tuple(files)), label, annotations)

    def _config(self) -> dict[str, Any] | None:
        """The configuration of an image; None for an artifact."""
        if self._manifest.artifact_type or self._manifest.config.media_type not in (CONFIG, DOCKER_CONFIG):
            return None
        config = from_bytes(read_document(self._source, self._manifest.config))
        # ORAS of some years writes an empty configuration of this type.
        return config if config.get("rootfs") else None

    def _label(self, text: object) -> ModelLabel | None:
        return ModelLabel.from_text(str(text)) if text else None

    # ------------------------------------------------------------------------------------------ an image

    def _add_image(self, root: str) -> None:
        tree = self._tree(self._manifest.layers)
        top = tree.lookup(MODELS)
        if top is None or top.kind != "folder":
            raise Malformed(f"it has no folder /{MODELS}")
        openers = self._openers(self._manifest.layers)
        self._add_tree(tree, top.path, "/".join(self._parts(root)), openers)

    def _tree(self, layers: Sequence[Descriptor]) -> ImageTree:
        """The files of layers, whose digests have been checked."""
        self._check(layers)
        return read_tree(
            [layer_opener(self._source, each) for each in layers], lambda _path, _size: False, self._reading.cancel
        )

    def _check(self, layers: Sequence[Descriptor]) -> None:
        """Read layers to their ends: a tar may end before."""
        reading, flow, through = self._reading, Flow(), 0
        whole = sum(each.size for each in layers)
        step = l10n.t("Reading {image}", image=self._reference)
        for layer in layers:
            with self._source.content(layer) as stream:
                for block in blocks_of(stream, reading.cancel):
                    before, through = through, through + len(block)
                    if through // _TELL_BYTES > before // _TELL_BYTES:
                        amounts = flow.amounts(through, whole)
                        reading.progress.report(PartOfStep(step, amounts), min(100, 100 * through // max(1, whole)))

    def _openers(self, layers: Sequence[Descriptor]) -> list[LayerFiles]:
        return [
            self._stack.enter_context(LayerFiles(layer_opener(self._source, each), self._reading.cancel))
            for each in layers
        ]

    def _add_tree(self, tree: ImageTree, top: str, stored_top: str, layers: Sequence[LayerFiles]) -> None:
        """All files below a folder of a tree. `stored_top` is what the folder is called in the model."""
        waiting = [""]
        while waiting:
            self._reading.cancel.raise_if_cancelled()
            below = waiting.pop()
            names = tree.names(f"{top}/{below}")
            if not names and (stored := _joined(stored_top, below)):
                self._builder.add_folder(stored, below)
            for name in names:
                path = _joined(below, name)
                stored = _joined(stored_top, "/".join(self._parts(path)))
                entry = self._plain(tree, top, path)
                if entry.kind == "folder":
                    waiting.append(path)
                elif entry.origin is not None:
                    opener = _of_layer(layers[entry.origin.layer], entry.origin.change)
                    self._add(stored, entry.size, opener)
                    self._orders[stored] = entry.origin

    def _plain(self, tree: ImageTree, top: str, path: str) -> Entry:
        """A file or folder; a link to a file beside is that file. Raises Malformed for all else."""
        entry = tree.lookup(f"{top}/{path}", follow=False)
        if entry is not None and entry.kind == "link":
            entry = tree.lookup(f"{top}/{path}")
            if entry is None:
                raise Malformed(f"the link {printable(path)} leads nowhere")
            if not entry.path.startswith(f"{top.rstrip('/')}/"):
                raise Malformed(f"the link {printable(path)} leads out of /{top.strip('/')}")
            if entry.kind != "file":
                raise Malformed(f"the link {printable(path)} does not lead to a file")
        if entry is None or entry.kind not in ("file", "folder"):
            raise Malformed(f"{printable(path)} is neither a file nor a folder")
        return entry

    # ------------------------------------------------------------------------------------------ an artifact

    def _add_artifact(self) -> None:
        titled = [each for each in self._manifest.layers if each.annotations.get(TITLE)]
        if not titled:
            raise Malformed(f"it is not an image, and none of its files has a name (the annotation {TITLE})")
        for layer in titled:
            parts = self._parts(layer.annotations[TITLE])
            if layer.annotations.get(UNPACK) == "true":
                self._add_packed(layer, "/".join(parts))
            elif parts:
                self._add("/".join(parts), layer.size, _of_content(self._source, layer))

    def _add_packed(self, layer: Descriptor, title: str) -> None:
        """A folder that ORAS packed: its members lie below its title."""
        tree = self._tree([layer])
        top = tree.lookup(title, follow=False)
        above = ""
        for part in title.split("/") if title else ():
            if tree.names(above) != (part,):
                raise Malformed(f"the folder {printable(title)} has files that lie elsewhere")
            above = _joined(above, part)
        if top is None or top.kind != "folder":
            raise Malformed(f"{printable(title)} is not a folder")
        self._add_tree(tree, top.path, title, self._openers([layer]))

    # ------------------------------------------------------------------------------------------ both

    def _add(self, stored: str, size: int, opener: Opener) -> None:
        self._builder.add(
            SourceFile(Path(stored), stored, size, opener=opener, origin=f"{self._reference}: {printable(stored)}")
        )

    def _parts(self, name: str) -> list[str]:
        """The parts of a path that others wrote. Raises model-path-unsupported."""
        parts, problem = packed_path(name)
        if problem:
            raise ScoredockError(
                "model-path-unsupported",
                l10n.t(
                    "The image {image} has {name}, which cannot be registered: {problem}.",
                    image=self._reference,
                    name=printable(name),
                    problem=problem,
                ),
                l10n.t("Do not trust an image with such a name; if it is yours, make it again."),
            )
        return parts


def _joined(above: str, below: str) -> str:
    return f"{above}/{below}" if above and below else above or below


def _of_layer(layer: LayerFiles, number: int) -> Opener:
    @contextlib.contextmanager
    def opened() -> Iterator[Stream]:
        yield layer.open(number)

    return opened


def _of_content(source: ImageSource, descriptor: Descriptor) -> Opener:
    @contextlib.contextmanager
    def opened() -> Iterator[Stream]:
        with source.content(descriptor) as stream:
            yield _Filling(stream)

    return opened


@dataclass(slots=True)
class _Filling:
    """Content that is read into a buffer."""

    stream: ContentStream

    def readinto(self, buffer: memoryview, /) -> int:
        block = self.stream.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


def _invalid(reference: str, reason: str) -> ScoredockError:
    return ScoredockError(
        "model-image-invalid",
        l10n.t("{image} cannot be registered: {reason}.", image=reference, reason=reason),
        l10n.t(
            "Name an image with the files of a model below /models, or an artifact as ORAS pushes it:"
            " oci://REGISTRY/NAME:TAG, oci:FOLDER or archive:FILE."
        ),
    )
