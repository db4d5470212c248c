"""Packed files as they unpack, never more of one in memory than a chunk."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable

from scoredock.pickles.budget import Budget, NotRead
from scoredock.pickles.reading import Input

_CHUNK = 256 << 10
_MEMORY = 256 << 20
"""What the dictionary of an xz file may take."""

Packing = Callable[[], "zlib._Decompress | bz2.BZ2Decompressor | lzma.LZMADecompressor"]
"""Gives what unpacks one run of packed bytes."""


class UnpackedInput:
    """Content of a packed input, to be read forward."""

    def __init__(self, source: Input, packing: Packing, budget: Budget, *, members: bool) -> None:
        """If `members` is true, another run of packed bytes may follow the first one, as packers allow it."""
        self._source = source
        self._packing = packing
        self._budget = budget
        self._members = members
        self._unpacker = packing()
        self._waiting = b""
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """Next bytes, at least one unless it is at its end. Raises NotRead for damage and beyond the budget,
        `cancelled`."""
        while not self._ended:
            needs_input = getattr(self._unpacker, "needs_input", True)
            waiting = (self._waiting or self._more()) if needs_input else b""
            try:
                unpacked = self._step(waiting, min(size, _CHUNK))
            except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, MemoryError):
                raise NotRead("its packed content is damaged") from None
            if self._unpacker.eof:
                self._next_member()
            elif needs_input and not waiting and not unpacked:
                raise NotRead("its packed content ends early")
            if unpacked:
                self._budget.spend_unpacked(len(unpacked))
                return unpacked
            self._budget.spend_time()
        return b""

    def _step(self, waiting: bytes, most: int) -> bytes:
        unpacker = self._unpacker
        unpacked = unpacker.decompress(waiting, most)
        if unpacker.eof:
            self._waiting = unpacker.unused_data
        else:
            self._waiting = getattr(unpacker, "unconsumed_tail", b"")
        return unpacked

    def _next_member(self) -> None:
        self._waiting = self._waiting or self._more()
        while self._waiting and not self._waiting.strip(b"\0"):
            self._waiting = self._more()
        if not self._waiting:
            self._ended = True
        elif self._members:
            self._unpacker = self._packing()
        else:
            raise NotRead("something follows its packed content")

    def _more(self) -> bytes:
        found = self._source.peek(_CHUNK)
        self._source.skip(len(found))
        return found


_SHORTEST_ZLIB = 8
"""Bytes of a stream of nothing: two of header, two of content, four of checksum."""


def packing_of(head: bytes) -> Packing | None:
    """Packing of a file that begins like this; None when it is not packed."""
    if head[:3] == b"\x1f\x8b\x08":
        return _gzip
    if head[:1] == b"\x78" and len(head) >= _SHORTEST_ZLIB and _is_zlib(head):
        return _zlib
    if head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return bz2.BZ2Decompressor
    if head[:6] == b"\xfd7zXZ\x00":
        return _xz
    if head[:3] == b"\x5d\x00\x00":
        return _lzma
    return None


def deflated() -> zlib._Decompress:
    """Unpacker for deflated entries of zip files."""
    return zlib.decompressobj(-15)


def _gzip() -> zlib._Decompress:
    return zlib.decompressobj(31)


def _zlib() -> zlib._Decompress:
    return zlib.decompressobj(15)


def _xz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)


def _lzma() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_MEMORY)


def _is_zlib(head: bytes) -> bool:
    """Other files may begin with the same two bytes."""
    try:
        zlib.decompressobj(15).decompress(head, len(head))
    except zlib.error:
        return False
    return True
