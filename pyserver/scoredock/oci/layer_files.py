"""The bytes of files in a layer, without unpacking it: each by its number in the layer's listing, front to back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from scoredock.oci.content import Malformed
from scoredock.oci.layer_stream import LayerStream
from scoredock.oci.listing import change_of
from scoredock.oci.tar_members import walk
from scoredock.progress import CancelToken


class LayerFiles:
    """Files of one layer. Whoever asks in the order of the numbers reads the layer once. Use it as a context."""

    def __init__(self, layer: Callable[[], BinaryIO], cancel: CancelToken) -> None:
        self._layer = layer
        self._cancel = cancel
        self._open = contextlib.ExitStack()
        self._numbered: Iterator[tuple[int, FileBytes]] = iter(())
        self._next = -1
        """The lowest number that can be had without beginning anew; -1 before the first."""

    def __enter__(self) -> LayerFiles:
        return self

    def __exit__(self, *exception: object) -> None:
        self._open.close()

    def open(self, number: int) -> FileBytes:
        """A file from its start; good until the next one is opened. Raises Malformed for what is not a file, what
        LayerStream raises, and the OSError of whatever holds the layer."""
        if not 0 <= self._next <= number:
            self._begin()
        for each, content in self._numbered:
            self._next = each + 1
            if each == number:
                if content.is_sparse:
                    raise Malformed("a layer has a file with holes")
                return content
        self._next = -1
        raise Malformed("a layer changed while it was read")

    def _begin(self) -> None:
        self._open.close()
        stream = LayerStream(self._open.enter_context(self._layer()), self._cancel)
        self._numbered = _numbered_files(stream)
        self._next = 0


class FileBytes:
    """The bytes of one file."""

    def __init__(self, stream: LayerStream, size: int, is_sparse: bool) -> None:
        self._stream = stream
        self._remaining_bytes = size
        self.is_sparse = is_sparse
        """Whether it is written with holes: then these are not its bytes."""

    def readinto(self, buffer: memoryview, /) -> int:
        """Same as `io.RawIOBase.readinto`. Raises Malformed for a layer that is cut."""
        content = self._stream.read(min(len(buffer), self._remaining_bytes))
        buffer[: len(content)] = content
        self._remaining_bytes -= len(content)
        return len(content)


def _numbered_files(stream: LayerStream) -> Iterator[tuple[int, FileBytes]]:
    number = 0
    for member, stored, is_sparse in walk(stream):
        if change_of(member) is None:
            continue
        if stored is not None:
            yield number, FileBytes(stream, stored, is_sparse)
        number += 1
