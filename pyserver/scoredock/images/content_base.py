"""The image below all others, without a daemon: from an OCI layout, an archive or a registry, and what it offers as its
files say."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO, Final

from scoredock import l10n
from scoredock.environments.spec import EnvironmentSpec, place_of
from scoredock.errors import ScoredockError
from scoredock.images.base_images import BaseImage, base_of, further_places, reference_for
from scoredock.images.base_tree import RULE, judge
from scoredock.images.pythons import ImageContents, remember_contents, remembered_contents
from scoredock.late_dataclass import dataclass
from scoredock.oci.archive import Archive
from scoredock.oci.content import Descriptor, Malformed, Platform, from_bytes
from scoredock.oci.layout import ImageLayout
from scoredock.oci.sources import ContentStream, ImageDocuments, ImageSource, read_document
from scoredock.oci.tree_records import TreeRecords
from scoredock.progress import CancelToken, Progress

_BLOCK = 1 << 20
LAYOUT, ARCHIVE = "oci:", "archive:"
"""How a layout or an archive is named: `oci:FOLDER` or `oci:FOLDER:TAG`, `archive:FILE`; all else is a reference."""

MOST_LAYERS: Final = 125
"""Of an image: Docker says "max depth exceeded" of 126 (seen with 20.10). Podman loads 510, Linux mounts 500."""


@dataclass(frozen=True, slots=True)
class ContentBase:
    """An image that others are put on."""

    source: ImageSource
    documents: ImageDocuments
    config: bytes
    """Its configuration as it is stored."""
    image: BaseImage
    """What of it is used."""
    name: str
    """What it is called in images that are put on it: its reference; of a layout or an archive its digest, as the place
    of a file is another one on each machine."""


@dataclass(frozen=True, slots=True)
class BaseReader:
    """Sources of base images."""

    default: str
    """Of environments that name none; the setting `scoredock.docker.baseImage`."""
    pull: Callable[[str, Platform], tuple[ImageSource, ImageDocuments]]
    """Gets an image of a registry."""
    records: TreeRecords
    """What layers hold that were read before."""
    judgements: Path
    """Folder of what bases offer that were judged before."""


def open_base(
    name: str, spec: EnvironmentSpec, platform: Platform, reader: BaseReader, progress: Progress, cancel: CancelToken
) -> ContentBase:
    """The base of an image. `name` is what a person wrote; empty for the environment's own.

    Raises ScoredockError `image-steps-need-docker` for an environment whose base must be built or changed,
    `base-image-invalid`, `image-missing`, `image-platform`, `image-python-missing`, `cancelled`, and as the reader.
    """
    _require_no_steps(spec)
    reference = name or reference_for(spec, reader.default)
    progress.report(l10n.t("Reading the base image {image}", image=reference))
    try:
        source, documents = open_image(reference, platform, reader.pull)
        config = read_document(source, documents.manifest.config)
        contents = _judged(source, documents, config, spec, reader, cancel)
    except (Malformed, FileNotFoundError) as fault:
        raise base_failed(reference, fault) from None
    variables = (from_bytes(config).get("config") or {}).get("Env") or ()
    base = base_of(documents.manifest.config.digest, reference, contents, variables, spec)
    is_file = reference.startswith((LAYOUT, ARCHIVE))
    return ContentBase(source, documents, config, base, documents.descriptor.digest if is_file else reference)


def base_failed(reference: str, fault: Malformed | FileNotFoundError) -> ScoredockError:
    """A base that is not there or is damaged, which may show only when its layers are read."""
    reason = l10n.t("it does not exist") if isinstance(fault, FileNotFoundError) else fault
    return ScoredockError(
        "base-image-invalid",
        l10n.t("The base image {image} cannot be used: {reason}.", image=reference, reason=reason),
        l10n.t("Name an OCI layout (oci:FOLDER), an archive (archive:FILE) or an image of a registry."),
    )


def require_depth(reference: str, layers: int, above: int) -> None:
    """Checks, before anything is made, that an image with so many layers on a base can be loaded. `layers` are those of
    the base. Raises ScoredockError `base-image-invalid`."""
    if layers + above > MOST_LAYERS:
        raise ScoredockError(
            "base-image-invalid",
            l10n.t(
                "The base image {image} has {count} layers. With the {above} on top of it the image would have more"
                " than the {most} that Docker takes.",
                image=reference,
                count=layers,
                above=above,
                most=MOST_LAYERS,
            ),
            l10n.t("Build the base image with fewer steps, or squash its layers."),
        )


def open_image(
    reference: str,
    platform: Platform,
    pull: Callable[[str, Platform], tuple[ImageSource, ImageDocuments]],
) -> tuple[ImageSource, ImageDocuments]:
    """An image by the name that a person wrote. Raises FileNotFoundError, Malformed, ScoredockError `image-missing`,
    `image-platform`, and as `pull`."""
    if reference.startswith(LAYOUT):
        folder, tag = folder_and_tag(reference.removeprefix(LAYOUT))
        layout = ImageLayout.open(folder)
        return layout, layout.resolve(tag, platform)
    if reference.startswith(ARCHIVE):
        path = Path(reference.removeprefix(ARCHIVE)).absolute()
        if not path.is_file():
            raise FileNotFoundError(path)
        archive = Archive.open(path)
        return archive, archive.resolve("", platform)
    return pull(reference, platform)


def folder_and_tag(text: str) -> tuple[Path, str]:
    """Folder and tag in `FOLDER` or `FOLDER:TAG`; a folder whose name has a colon is taken as it is."""
    whole = Path(text).absolute()
    before, colon, tag = text.rpartition(":")
    if whole.is_dir() or not colon or "/" in tag:
        return whole, ""
    return Path(before).absolute(), tag


def _judged(
    source: ImageSource,
    documents: ImageDocuments,
    config: bytes,
    spec: EnvironmentSpec,
    reader: BaseReader,
    cancel: CancelToken,
) -> ImageContents:
    further = further_places(spec)
    digest = documents.manifest.config.digest.removeprefix("sha256:")
    file = reader.judgements / f"{digest[:32]}-files-{RULE}.json"
    if (kept := remembered_contents(file, further)) is not None:
        return kept

    layers = [(each.digest, layer_opener(source, each)) for each in documents.manifest.layers]
    tree = reader.records.read_tree(layers, cancel)
    contents = judge(tree, from_bytes(config), further).contents
    remember_contents(file, further, contents)
    return contents


def layer_opener(source: ImageSource, layer: Descriptor) -> Callable[[], BinaryIO]:
    """Opens a layer of a source as a file."""
    return lambda: io.BufferedReader(_Opened(source.content(layer)), _BLOCK)


class _Opened(io.RawIOBase):
    """Content as a file of Python's, which ends its block when it is closed."""

    def __init__(self, block: AbstractContextManager[ContentStream]) -> None:
        self._block = block
        self._stream = block.__enter__()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._block.__exit__(None, None, None)


def _require_no_steps(spec: EnvironmentSpec) -> None:
    what: Sequence[tuple[object, str]] = (
        (spec.image.steps, "extraDockerfileSteps"),
        (spec.image.base_dockerfile, "baseDockerfile"),
    )
    for value, name in what:
        if value:
            raise ScoredockError(
                "image-steps-need-docker",
                l10n.t("The environment has {field}, which only Docker can carry out.", field=name),
                l10n.t("Make the image with Docker, or give a base image in which that is done."),
                place=place_of(spec.source),
            )
