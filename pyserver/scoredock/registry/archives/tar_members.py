"""Members of a .tar, packed or not: headers are read one after the other, and only what we know is taken."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from scoredock import l10n
from scoredock.progress import CancelToken
from scoredock.registry.archives.packed import (
    KINDS,
    ArchiveMember,
    UnpackedStream,
    invalid,
    open_archive,
    refused,
    require_count,
    require_size,
)
from scoredock.registry.blobs.source import Limits, Opener, Stream

_BLOCK = 512
_PIECE = 256 << 10
_LONGEST_EXTENSION = 1 << 20
_FILE_TYPES = (b"0", b"\0", b"7")
_FOLDER = b"5"


def _other_type(kind: bytes) -> str:
    """Phrase for the type of a member that is neither a file nor a folder."""
    types = {
        b"1": l10n.t("a hard link"),
        b"2": l10n.t("a symbolic link"),
        b"3": l10n.t("a device"),
        b"4": l10n.t("a device"),
        b"6": l10n.t("a named pipe"),
        b"S": l10n.t("a file with holes"),
    }
    return types.get(kind, "")


def tar_members(path: Path, status: os.stat_result, limits: Limits, cancel: CancelToken) -> list[ArchiveMember]:
    """Every member, in the order of the archive.

    Raises model-archive-invalid for what is damaged, cut off or no .tar at all, model-path-unsupported for members that
    are not plain files, model-too-large.
    """
    cursor = _Cursor(path, status, cancel)
    members: list[ArchiveMember] = []
    total = 0
    extensions: dict[str, str] = {}
    try:
        while (header := cursor.header(first=not members and not extensions)) is not None:
            kind = header[156:157]
            size = _number(path, header[124:136])
            if kind in (b"x", b"g", b"L", b"K"):
                content = cursor.extension(size)
                if kind == b"L":
                    extensions["path"] = _text(content)
                elif kind in (b"x", b"g"):
                    extensions.update(_extensions(path, content, for_all=kind == b"g"))
                continue
            name = extensions.get("path", _name(header))
            if "size" in extensions:
                size = _decimal(path, extensions["size"])
            extensions = {}
            if other := _other_type(kind):
                raise refused(path, name, other)
            if kind == _FOLDER or (kind in _FILE_TYPES and name.endswith("/")):
                members.append(ArchiveMember(name, 0, None))
                size = size if kind != _FOLDER else 0
            elif kind in _FILE_TYPES:
                members.append(ArchiveMember(name, size, cursor.opener(size)))
                total += size
            else:
                raise refused(path, name, l10n.t("of a kind that Scoredock does not know"))
            require_count(path, len(members), limits)
            require_size(path, total, limits)
            cursor.skip(-(-size // _BLOCK) * _BLOCK)
        cursor.finish()
    finally:
        cursor.close()
    return members


class _Cursor:
    """A place in the plain bytes of the archive, which only goes forward; going back means starting again."""

    def __init__(self, path: Path, status: os.stat_result, cancel: CancelToken) -> None:
        self._path = path
        self._status = status
        self._cancel = cancel
        self._raw: BinaryIO | None = None
        self._packed: UnpackedStream | None = None
        self.position = 0
        self._reopen()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        if self._raw is not None:
            self._raw.close()
            self._raw = None

    def _reopen(self) -> BinaryIO:
        self.close()
        raw = self._raw = open_archive(self._path, self._status)
        head = raw.read(8)
        raw.seek(0)
        make = next((make for start, make in KINDS if head.startswith(start)), None)
        self._packed = UnpackedStream(self._path, raw, make) if make is not None else None
        self.position = 0
        return raw

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; empty at the end."""
        self._cancel.raise_if_cancelled()
        raw = self._raw or self._reopen()
        try:
            out = self._packed.read(count) if self._packed is not None else raw.read(count) or b""
        except OSError as error:
            raise invalid(self._path, l10n.t("cannot be read: {reason}", reason=error.strerror)) from error
        self.position += len(out)
        return out

    def exactly(self, count: int) -> bytes:
        pieces = []
        left = count
        while left and (piece := self.read(min(left, _PIECE))):
            pieces.append(piece)
            left -= len(piece)
        if left:
            raise invalid(self._path, l10n.t("is cut off"))
        return b"".join(pieces)

    def skip(self, count: int) -> None:
        if self._packed is None and self._raw is not None:
            if self.position + count > self._status.st_size:
                raise invalid(self._path, l10n.t("is cut off"))
            self._raw.seek(count, os.SEEK_CUR)
            self.position += count
            return
        while count:
            piece = self.read(min(count, _PIECE))
            if not piece:
                raise invalid(self._path, l10n.t("is cut off"))
            count -= len(piece)

    def finish(self) -> None:
        """Nothing but filling follows. Packed bytes are read to their end, where their checksum stands."""
        while piece := self.read(_PIECE):
            if piece.count(0) != len(piece):
                raise invalid(self._path, l10n.t("contains bytes after its end"))

    def header(self, *, first: bool) -> bytes | None:
        """The next header; None at the proper end of the archive."""
        block = self._header_block(first)
        if block.strip(b"\0"):
            plain = block[:148] + b" " * 8 + block[156:]
            stated = _number(self._path, block[148:156], first=first)
            if stated not in (sum(plain), sum(byte - 256 if byte > 127 else byte for byte in plain)):
                raise (
                    _no_tar(self._path)
                    if first
                    else invalid(self._path, l10n.t("is damaged: a header has a wrong checksum"))
                )
            return block
        return None

    def _header_block(self, first: bool) -> bytes:
        """Without a block of zeros at the end it is not known that nothing is missing."""
        if first:
            try:
                return self.exactly(_BLOCK)
            except Exception as error:
                raise _no_tar(self._path) if self._packed is None else error from error
        return self.exactly(_BLOCK)

    def extension(self, size: int) -> bytes:
        """Content of a header for the next header."""
        if size > _LONGEST_EXTENSION:
            raise invalid(self._path, l10n.t("contains a header that is too large"))
        content = self.exactly(-(-size // _BLOCK) * _BLOCK)
        return content[:size]

    def opener(self, size: int) -> Opener:
        """For the member whose bytes begin here."""
        start = self.position

        @contextlib.contextmanager
        def opened() -> Iterator[Stream]:
            if self._raw is None or self.position > start:
                self._reopen()
            self.skip(start - self.position)
            try:
                yield _TarMemberStream(self.read, size)
            except BaseException:
                self.close()
                raise

        return opened


class _TarMemberStream:
    """The bytes of one member."""

    def __init__(self, read: Callable[[int], bytes], size: int) -> None:
        self._read = read
        self._left = size

    def readinto(self, buffer: memoryview, /) -> int:
        piece = self._read(min(len(buffer), self._left)) if self._left else b""
        buffer[: len(piece)] = piece
        self._left -= len(piece)
        return len(piece)


def _name(header: bytes) -> str:
    name, prefix = _text(header[:100]), _text(header[345:500])
    return f"{prefix}/{name}" if prefix and header[257:263] == b"ustar\0" else name


def _text(content: bytes) -> str:
    return content.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def _number(path: Path, field: bytes, *, first: bool = False) -> int:
    """Octal digits, or a large number in base 256."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if not digits:
        return 0
    if digits.strip(b"01234567"):
        raise (
            _no_tar(path)
            if first
            else invalid(path, l10n.t("is damaged: a header has no number where one is required"))
        )
    return int(digits, 8)


def _decimal(path: Path, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise invalid(path, l10n.t("is damaged: a header has no number where one is required"))
    return int(text)


def _extensions(path: Path, content: bytes, *, for_all: bool) -> dict[str, str]:
    """Lines `length key=value` before a header. What changes how bytes are to be read is refused, the rest passed
    over."""
    extensions: dict[str, str] = {}
    place = 0
    while place < len(content) and content[place:].strip(b"\0"):
        space = content.find(b" ", place, place + 20)
        digits = content[place:space] if space > 0 else b""
        length = int(digits) if digits.isdigit() else 0
        line = content[place : place + length]
        key, equals, value = line[len(digits) + 1 : -1].partition(b"=")
        if length <= len(digits) + 1 or len(line) != length or not equals or line[-1:] != b"\n":
            raise invalid(path, l10n.t("is damaged: an extended header cannot be read"))
        place += length
        if key.startswith((b"GNU.sparse", b"SCHILY.realsize")):
            raise refused(path, extensions.get("path", "a member"), l10n.t("a file with holes"))
        if key in (b"path", b"size"):
            if for_all:
                raise invalid(path, l10n.t("gives one name or size to all of its members"))
            extensions[key.decode()] = value.decode("utf-8", "surrogateescape")
    return extensions


def _no_tar(path: Path) -> Exception:
    return invalid(path, l10n.t("is not of a kind that Scoredock unpacks (.zip, .tar, .tar.gz, .tar.bz2, .tar.xz)"))
