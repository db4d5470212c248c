"""Zip and tar files, entry by entry.

Zip files are read by their list of entries. Names, flags and checksums in front of the entries are not asked: readers
differ in what they do where these contradict the list, and what one of them unpacks must be looked at.
"""

from __future__ import annotations

import bz2
import io
import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from scoredock.late_dataclass import dataclass
from scoredock.pickles.budget import NotRead
from scoredock.pickles.packed import Packing, deflated
from scoredock.pickles.reading import Input, Readable

_TAIL = 65_557
"""The longest end of a zip file: its last record and the comment."""
_LONGEST_LIST = 64 << 20
_LOCAL_HEADER = 30
_BLOCK = 512
_LONGEST_EXTRA = 1 << 20
"""Bytes of the headers in a tar file that tell more of the next file."""


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One file in a zip file."""

    name: str
    start: int
    size: int
    """Bytes as they are packed."""
    packing: Packing | None
    """Gives a decompressor; None for bytes as they are."""
    problem: str = ""
    """Why it cannot be read, as a clause."""


class Window(io.RawIOBase):
    """A part of a file as a file."""

    def __init__(self, stream: BinaryIO, start: int, size: int) -> None:
        self._stream = stream
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._stream.seek(self._start + self._at)
        found = self._stream.read(min(len(buffer), max(0, self._size - self._at)))
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


def is_zip(stream: BinaryIO) -> bool:
    """True if it ends as one."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _TAIL))
    return b"PK\x05\x06" in stream.read(_TAIL)


def read_zip(stream: BinaryIO) -> Iterator[ZipEntry]:
    """The entries of its list. Raises NotRead when there is no list that can be read."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    end = tail.rfind(b"PK\x05\x06")
    listed = int.from_bytes(tail[end + 12 : end + 16], "little")
    if listed == 0xFFFFFFFF:
        wide = tail.rfind(b"PK\x06\x06", 0, end)
        listed = int.from_bytes(tail[wide + 40 : wide + 48], "little") if wide >= 0 else 1 << 62
    if listed > _LONGEST_LIST:
        raise NotRead("the list of its zip archive is too long to be read")
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, UnicodeError, OverflowError):
        raise NotRead("the list of its zip archive cannot be read") from None
    for entry in entries:
        if not entry.is_dir() or entry.compress_size:
            yield _entry(stream, entry, size)


def _entry(stream: BinaryIO, entry: zipfile.ZipInfo, size: int) -> ZipEntry:
    stream.seek(max(0, entry.header_offset))
    header = stream.read(_LOCAL_HEADER)
    start = entry.header_offset + _LOCAL_HEADER
    start += int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    problem = ""
    if header[:4] != b"PK\x03\x04" or start + entry.compress_size > size:
        problem = "it does not lie where the list of its archive says"
    elif entry.flag_bits & 0x1:
        problem = "it is encrypted"
    packing: Packing | None = None
    if entry.compress_type == zipfile.ZIP_DEFLATED:
        packing = deflated
    elif entry.compress_type == zipfile.ZIP_BZIP2:
        packing = bz2.BZ2Decompressor
    elif entry.compress_type == zipfile.ZIP_LZMA:
        packing, problem = None, problem or "it is packed with LZMA, which is not looked into"
    elif entry.compress_type != zipfile.ZIP_STORED:
        problem = problem or f"it is packed in a way ({entry.compress_type}) that is not looked into"
    return ZipEntry(entry.filename, start, entry.compress_size, packing, problem)


def read_tar(source: Input) -> Iterator[tuple[str, Readable]]:
    """Names and contents of the regular files in it; each content must be read before the next one. Raises NotRead."""
    extended_size: int | None = None
    while True:
        header = source.peek(_BLOCK)
        if len(header) < _BLOCK:
            if header.strip(b"\0"):
                raise NotRead("its tar archive ends early")
            return
        source.skip(_BLOCK)
        if not header.strip(b"\0"):
            continue
        size, kind = _number(header[124:136]), header[156:157]
        if kind in b"xg":
            if size > _LONGEST_EXTRA:
                raise NotRead("its tar archive holds a header that is too long to be read")
            extra = source.take(size)
            extended_size = _extended_size(extra) if kind == b"x" else extended_size
            source.skip(-size % _BLOCK)
            continue
        if kind not in b"LK":
            size, extended_size = extended_size if extended_size is not None else size, None
        member = _Member(source, size)
        if kind in b"0\x007":
            yield header[:100].rstrip(b"\0").decode("utf-8", "replace"), member
        source.skip(member.left + -size % _BLOCK)


class _Member:
    """The content of one file in a tar file."""

    def __init__(self, source: Input, size: int) -> None:
        self._source = source
        self.left = size

    def read(self, size: int, /) -> bytes:
        found = self._source.peek(min(size, self.left))
        self._source.skip(len(found))
        self.left -= len(found)
        return found


def _number(field: bytes) -> int:
    """Octal text, or binary where the first bit is set. Raises NotRead."""
    if field[0] & 0x80:
        value = int.from_bytes(bytes((field[0] & 0x7F,)) + field[1:], "big")
    else:
        try:
            value = int(field.strip(b" \0") or b"0", 8)
        except ValueError:
            raise NotRead("its tar archive is damaged") from None
    if value >= 1 << 60:
        raise NotRead("its tar archive is damaged")
    return value


def _extended_size(extra: bytes) -> int | None:
    """The size that an extended header gives the next file. Raises NotRead."""
    sizes = re.findall(rb" size=([0-9]{1,18})\n", extra)
    if len(sizes) > 1 or (not sizes and b" size=" in extra):
        raise NotRead("its tar archive is damaged")
    return int(sizes[0]) if sizes else None
