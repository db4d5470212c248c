"""Differences between two images: their layers, files and variables. Layers that both have are not read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, Final, cast

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.images.content_base import layer_opener
from scoredock.late_dataclass import dataclass
from scoredock.oci.content import Malformed
from scoredock.oci.file_changes import FileChange, OpenLayer, OwnFiles, file_changes, own_layers, read_text
from scoredock.progress import CancelToken, Flow, PartOfStep, Progress
from scoredock.services.packaging.image_layers import LayeredImage, LayerOfImage

MOST_FILES: Final = 2_000
"""Of an answer."""
_REPORT_BYTES: Final = 8 << 20


@dataclass(frozen=True, slots=True)
class ImageDifferences:
    """Layers that two images share, and the layers, files and variables in which they differ."""

    same: tuple[LayerOfImage, ...]
    """As the second one has them."""
    first_only: tuple[LayerOfImage, ...]
    second_only: tuple[LayerOfImage, ...]
    files: tuple[FileChange, ...]
    """At most MOST_FILES."""
    added: int
    removed: int
    changed: int
    variables: tuple[str, ...]
    """Names of the variables whose values differ, or that only one of them has."""


def compare_images(
    first: LayeredImage, second: LayeredImage, progress: Progress, cancel: CancelToken
) -> ImageDifferences:
    """Reads the layers that only one of them has.

    Raises ScoredockError `image-layers-unreadable` for layers that are damaged or too many files, what registries and
    Docker raise, `disk-full`, `cancelled`.
    """
    own = _own(first, second)
    files: list[FileChange] = []
    counts = {"added": 0, "removed": 0, "changed": 0}
    sides = []
    for image, numbers in zip((first, second), own, strict=True):
        with _opened(image, numbers, progress) as layers:
            sides.append(OwnFiles(layers, cancel))
    with _faults(f"{first.reference}, {second.reference}"):
        for each in file_changes(*sides):
            counts[each.change] += 1
            if len(files) < MOST_FILES:
                files.append(each)
    return ImageDifferences(
        tuple(each for number, each in enumerate(second.layers) if number not in own[1]),
        tuple(first.layers[each] for each in own[0]),
        tuple(second.layers[each] for each in own[1]),
        tuple(files),
        **counts,
        variables=_differing(first.variables, second.variables),
    )


def texts_of(
    first: LayeredImage, second: LayeredImage, path: str, progress: Progress, cancel: CancelToken
) -> tuple[str | None, str | None]:
    """The text of a file in both, as the layers have it that only one of them has; empty for an image in whose layers
    it is not, None for what is not text or too large. Raises as `compare_images`."""
    texts = []
    for image, numbers in zip((first, second), _own(first, second), strict=True):
        with _opened(image, numbers, progress) as layers:
            texts.append(read_text(layers, path, cancel))
    return texts[0], texts[1]


def _own(first: LayeredImage, second: LayeredImage) -> tuple[list[int], list[int]]:
    return own_layers([each.diff_id for each in first.layers], [each.diff_id for each in second.layers])


@contextlib.contextmanager
def _opened(image: LayeredImage, numbers: Sequence[int], progress: Progress) -> Iterator[Sequence[OpenLayer]]:
    """The layers of these numbers. Nothing is opened where there are none."""
    if not numbers:
        yield ()
        return
    step = l10n.t("Reading {image}", image=image.reference)
    progress.report(step)
    with _faults(image.reference), image.open() as (source, documents):
        wanted = [documents.manifest.layers[each] for each in numbers]
        amount = _Amount(step, sum(each.size for each in wanted), progress)
        yield [amount.counted(layer_opener(source, each)) for each in wanted]


@contextlib.contextmanager
def _faults(reference: str) -> Iterator[None]:
    try:
        yield
    except Malformed as fault:
        raise ScoredockError(
            "image-layers-unreadable",
            l10n.t("The layers of {image} cannot be read: {reason}.", image=reference, reason=fault),
            l10n.t("Write or push the image again."),
        ) from None


class _Amount:
    """Says how many bytes of several layers were read."""

    def __init__(self, step: str, size: int, progress: Progress) -> None:
        self._step = step
        self._size = size
        self._progress = progress
        self._flow = Flow()
        self._count = 0

    def counted(self, layer: OpenLayer) -> OpenLayer:
        """The same layer, whose bytes count."""
        return lambda: cast(BinaryIO, _Counted(layer(), self))  # all of one that is needed

    def add(self, count: int) -> None:
        before = self._count
        self._count += count
        if self._count // _REPORT_BYTES > before // _REPORT_BYTES and self._size:
            amounts = self._flow.amounts(min(self._count, self._size), self._size)
            self._progress.report(PartOfStep(self._step, amounts), min(99, 100 * self._count // self._size))


class _Counted:
    """A stream that says how much of it was read."""

    def __init__(self, stream: BinaryIO, amount: _Amount) -> None:
        self._stream = stream
        self._amount = amount

    def __enter__(self) -> _Counted:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stream.close()

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(size)
        self._amount.add(len(content))
        return content

    def seekable(self) -> bool:
        """Nothing is passed over unread: whether the bytes are right shows at their end."""
        return False


def _differing(first: Mapping[str, str], second: Mapping[str, str]) -> tuple[str, ...]:
    names = {*first, *second}
    return tuple(sorted(each for each in names if first.get(each) != second.get(each)))


__all__ = ["MOST_FILES", "ImageDifferences", "compare_images", "texts_of"]
