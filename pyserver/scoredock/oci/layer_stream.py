"""The bytes of a layer, decompressed as they flow past: tar alone, with gzip, or with zstd."""

from __future__ import annotations

import gzip
import importlib
import zlib
from typing import Any, BinaryIO, Final

from scoredock.oci.content import Malformed
from scoredock.progress import CancelToken

LARGEST_LAYER: Final = 256 << 30
"""Bytes of a layer when it is decompressed; what is larger is taken for a bomb."""

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_PIECE = 1 << 20


class Unsupported(Malformed):
    """A layer may be right, but this Python cannot read it; the text says what it lacks."""


class LayerStream:
    """Reads a layer from front to end. Its methods raise Malformed for a layer that is cut or damaged, ScoredockError
    `cancelled`, and the OSError of whatever holds the layer."""

    def __init__(self, stream: BinaryIO, cancel: CancelToken) -> None:
        """Raises Malformed, Unsupported for zstd without a library that reads it."""
        self._cancel = cancel
        self._position = 0
        self._damage: tuple[type[Exception], ...] = (EOFError, zlib.error, gzip.BadGzipFile)
        start = _exactly(stream, 6)
        joined: Any = _Rejoined(start, stream)
        self._seekable = False
        if start.startswith(_GZIP):
            self._stream: Any = gzip.GzipFile(fileobj=joined)
        elif start.startswith(_ZSTD):
            self._stream, error = _zstd(joined)
            self._damage = (*self._damage, error)
        else:
            self._stream = joined
            self._seekable = stream.seekable()

    @property
    def position(self) -> int:
        """Number of bytes that are behind, decompressed."""
        return self._position

    def read(self, count: int) -> bytes:
        """Exactly `count` bytes."""
        content = self.read_some(count)
        if len(content) < count:
            raise Malformed("a layer is cut")
        return content

    def read_some(self, count: int) -> bytes:
        """`count` bytes, or fewer where the layer ends."""
        pieces = []
        missing = count
        while missing:
            # In pieces: a header may promise more than ever comes.
            piece = self._piece(min(missing, _PIECE))
            if not piece:
                break
            pieces.append(piece)
            missing -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def skip(self, count: int) -> None:
        """Go on behind `count` bytes."""
        if self._seekable and count > _PIECE:
            # A file may be set behind its end, so the last byte is read.
            self._count(count - 1)
            self._stream.forward(count - 1)
            count = 1
        while count:
            piece = self._piece(min(count, _PIECE))
            if not piece:
                raise Malformed("a layer is cut")
            count -= len(piece)

    def _piece(self, most: int) -> bytes:
        try:
            piece: bytes = self._stream.read(most)
        except self._damage:
            raise Malformed("a layer is cut, or its compression is damaged") from None
        self._count(len(piece))
        return piece

    def _count(self, size: int) -> None:
        self._cancel.raise_if_cancelled()
        self._position += size
        if self._position > LARGEST_LAYER:
            raise Malformed(f"a layer has more than {LARGEST_LAYER} bytes")


class _Rejoined:
    """A stream with the bytes in front of it that were read to see what it is."""

    def __init__(self, start: bytes, stream: BinaryIO) -> None:
        self._start = start
        self._stream = stream

    def read(self, count: int = -1) -> bytes:
        if self._start:
            piece = self._start if count < 0 else self._start[:count]
            self._start = self._start[len(piece) :]
            return piece
        return self._stream.read(count)

    def forward(self, count: int) -> None:
        """Only when all that was read first has been handed out."""
        self._stream.seek(count, 1)


def _exactly(stream: BinaryIO, count: int) -> bytes:
    content = b""
    while len(content) < count and (piece := stream.read(count - len(content))):
        content += piece
    return content


def _zstd(stream: Any) -> tuple[Any, type[Exception]]:
    # Python's own from 3.14 on; the two others are its like for older ones. Imported late: hardly a layer needs it.
    for name in ("compression.zstd", "backports.zstd"):
        try:
            module: Any = importlib.import_module(name)
        except ImportError:
            continue
        return module.ZstdFile(stream), module.ZstdError
    try:
        module = importlib.import_module("zstandard")
    except ImportError:
        raise Unsupported(
            "a layer is compressed with zstd, which needs Python 3.14 or the package backports.zstd to be read"
        ) from None
    return module.ZstdDecompressor().stream_reader(stream, read_across_frames=True), module.ZstdError
