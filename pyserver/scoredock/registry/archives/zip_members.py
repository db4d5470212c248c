"""Members of a .zip: its list of members, held against the headers that stand before their bytes."""

from __future__ import annotations

import contextlib
import os
import stat
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.registry.archives.packed import (
    ArchiveMember,
    deflated,
    invalid,
    open_archive,
    refused,
    require_count,
    require_ratio,
    require_size,
)
from scoredock.registry.blobs.source import Limits, Opener, Stream
from scoredock.registry.grammar import printable

_END = struct.Struct("<4s4H2LH")
_WIDE_PLACE = struct.Struct("<4sLQL")
_WIDE_END = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
"""Made by, needed version, flags, method, time, date, CRC, packed size, size, lengths of name, extra and comment, disk,
…"""
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_TAIL = _END.size + 0xFFFF
_LARGEST_LIST = 64 << 20
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_SIZES_AFTER = 0x8
_UTF8 = 0x800
_UNIX = (3, 19)
"""Systems whose attributes hold a mode: Unix and macOS."""
_STORED, _DEFLATED = 0, 8
_UNKNOWN = 0xFFFFFFFF
_PIECE = 256 << 10


def _kind(mode: int) -> str:
    known = {
        stat.S_IFLNK: l10n.t("a symbolic link"),
        stat.S_IFIFO: l10n.t("a named pipe"),
        stat.S_IFSOCK: l10n.t("a socket"),
    }
    return known.get(mode) or l10n.t("a device")


@dataclass(frozen=True, slots=True)
class _Entry:
    """Facts about a member in the list."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    is_folder: bool


def zip_members(path: Path, status: os.stat_result, limits: Limits, cancel: CancelToken) -> list[ArchiveMember]:
    """Every member, in the order of its bytes.

    Raises model-archive-invalid for what is damaged, cut off, encrypted, or says one thing in the list and another
    before the bytes; model-path-unsupported for members that are not plain files; model-too-large.
    """
    with contextlib.closing(open_archive(path, status)) as raw:
        start, length, count = _list_place(path, raw, status.st_size)
        require_count(path, count, limits)
        if length > _LARGEST_LIST:
            raise invalid(path, l10n.t("has a list of members that is too large"))
        listing = _at(path, raw, start, length)
        entries = sorted(_entries(path, listing, count), key=lambda entry: entry.offset)
        total = sum(entry.size for entry in entries)
        require_size(path, total, limits)
        require_ratio(path, "", status.st_size, total)
        members = []
        for number, entry in enumerate(entries):
            cancel.raise_if_cancelled()
            after = entries[number + 1].offset if number + 1 < len(entries) else start
            place = _bytes_place(path, raw, entry, after)
            opener = None if entry.is_folder else _opener(path, status, entry, place)
            members.append(ArchiveMember(entry.name, entry.size, opener))
        if (entries[0].offset if entries else start) != 0:
            raise invalid(path, l10n.t("contains bytes before its first member"))
    return members


def _list_place(path: Path, raw: BinaryIO, size: int) -> tuple[int, int, int]:
    """Start, length and number of entries of the list at the end."""
    tail_start = max(0, size - _LONGEST_TAIL)
    tail = _at(path, raw, tail_start, size - tail_start)
    end = tail.rfind(b"PK\5\6")
    while end >= 0 and (len(tail) - end < _END.size or end + _END.size + _END.unpack_from(tail, end)[7] != len(tail)):
        end = tail.rfind(b"PK\5\6", 0, end)
    if end < 0:
        raise invalid(path, l10n.t("is cut off or damaged: its end is missing"))
    _, disk, list_disk, here, count, length, start, _ = _END.unpack_from(tail, end)
    stop = tail_start + end
    if _UNKNOWN in (length, start) or 0xFFFF in (disk, list_disk, here, count):
        wide = _at(path, raw, stop - _WIDE_PLACE.size, _WIDE_PLACE.size)
        mark, _, wide_place, _ = _WIDE_PLACE.unpack(wide)
        if mark == b"PK\6\7":
            record = _WIDE_END.unpack(_at(path, raw, wide_place, _WIDE_END.size))
            if record[0] != b"PK\6\6":
                raise invalid(path, l10n.t("is damaged: its end cannot be read"))
            disk, list_disk, here, count, length, start = record[4:]
            stop = wide_place
    if disk or list_disk or here != count:
        raise invalid(path, l10n.t("is one part of several"))
    if start + length != stop:
        raise invalid(path, l10n.t("is damaged: its list of members is not where its end says"))
    return start, length, count


def _entries(path: Path, listing: bytes, count: int) -> list[_Entry]:
    entries = []
    place = 0
    for _ in range(count):
        if place + _ENTRY.size > len(listing) or listing[place : place + 4] != b"PK\1\2":
            raise invalid(path, l10n.t("is damaged: its list of members cannot be read"))
        (
            _,
            made_by_version,
            _,
            flags,
            method,
            _,
            _,
            crc,
            packed,
            size,
            name_size,
            extra_size,
            comment_size,
            disk,
            _,
            attributes,
            offset,
        ) = _ENTRY.unpack_from(listing, place)
        at = place + _ENTRY.size
        raw_name = listing[at : at + name_size]
        extra = listing[at + name_size : at + name_size + extra_size]
        place = at + name_size + extra_size + comment_size
        if place > len(listing):
            raise invalid(path, l10n.t("is damaged: its list of members cannot be read"))
        size, packed, offset = _wide(extra, (size, packed, offset))
        name = _name(raw_name, flags, made_by_version >> 8, extra)
        mode = stat.S_IFMT(attributes >> 16) if made_by_version >> 8 in _UNIX else 0
        is_folder = name.endswith("/")
        if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise refused(path, name, _kind(mode))
        if (mode == stat.S_IFDIR) != is_folder and mode == stat.S_IFDIR:
            raise refused(path, name, l10n.t("a folder with the name of a file"))
        if flags & _ENCRYPTED:
            raise invalid(path, l10n.t("is encrypted"))
        if method not in (_STORED, _DEFLATED):
            raise invalid(
                path,
                l10n.t(
                    "compresses its members in a way (method {method}) that Scoredock does not support", method=method
                ),
            )
        if disk not in (0, 0xFFFF) or (is_folder and size) or (method == _STORED and packed != size):
            raise invalid(path, l10n.t("is damaged: its list of members contradicts itself"))
        require_ratio(path, name, packed, size)
        entries.append(_Entry(name, raw_name, flags, method, crc, packed, size, offset, is_folder))
    if place != len(listing):
        raise invalid(path, l10n.t("is damaged: its list of members is longer than it says"))
    return entries


def _name(raw: bytes, flags: int, system: int, extra: bytes) -> str:
    """A name in UTF-8, where anything says so; Unix tools write it without saying. Else in the first PC's letters."""
    if flags & _UTF8:
        return raw.decode("utf-8", "surrogateescape")
    unicode_path = _extra(extra, 0x7075)  # version, checksum of the plain name, name in UTF-8
    if unicode_path[:1] == b"\1" and unicode_path[1:5] == zlib.crc32(raw).to_bytes(4, "little"):
        return unicode_path[5:].decode("utf-8", "surrogateescape")
    with contextlib.suppress(UnicodeDecodeError):
        if system in _UNIX:
            return raw.decode("utf-8")
    return raw.decode("cp437")


def _wide(extra: bytes, values: tuple[int, ...]) -> tuple[int, ...]:
    """Numbers that did not fit stand in a field of the extra data, in this order."""
    content = _extra(extra, 1) if _UNKNOWN in values else b""
    numbers = []
    for value in values:
        if value == _UNKNOWN and len(content) >= 8:
            numbers.append(int.from_bytes(content[:8], "little"))
            content = content[8:]
        else:
            numbers.append(value)
    return tuple(numbers)


def _extra(extra: bytes, field_id: int) -> bytes:
    """One field of the extra data; empty when it is not there."""
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        if kind == field_id:
            return extra[place + 4 : place + 4 + length]
        place += 4 + length
    return b""


def _bytes_place(path: Path, raw: BinaryIO, entry: _Entry, after: int) -> int:
    """Offset of the bytes of a member, after a check that the header before them says what the list says.

    `after` is where the next member or the list begins: members neither overlap nor leave room for hidden ones.
    """
    mark, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL.unpack(
        _at(path, raw, entry.offset, _LOCAL.size)
    )
    rest = _at(path, raw, entry.offset + _LOCAL.size, name_size + extra_size)
    size, packed = _wide(rest[name_size:], (size, packed))
    later = bool(flags & _SIZES_AFTER)
    same = (crc, packed, size) == (entry.crc, entry.packed, entry.size)
    if (
        mark != b"PK\3\4"
        or rest[:name_size] != entry.raw_name
        or method != entry.method
        or (flags ^ entry.flags) & (_ENCRYPTED | _SIZES_AFTER)
        or not (same or later)
    ):
        raise invalid(
            path,
            l10n.t(
                "describes {member} differently in its list and in front of its bytes", member=printable(entry.name)
            ),
        )
    begin: int = entry.offset + _LOCAL.size + name_size + extra_size
    gap = after - (begin + entry.packed)
    if gap not in ((0, 12, 16, 20, 24) if later else (0,)):
        raise invalid(
            path,
            l10n.t("contains members that overlap")
            if gap < 0
            else l10n.t("contains bytes that its list does not mention"),
        )
    return begin


def _at(path: Path, raw: BinaryIO, place: int, count: int) -> bytes:
    if place < 0:
        raise invalid(path, l10n.t("is cut off or damaged"))
    try:
        raw.seek(place)
        pieces = []
        while count and (piece := raw.read(count)):
            pieces.append(piece)
            count -= len(piece)
    except (OSError, OverflowError, ValueError) as error:
        raise invalid(path, l10n.t("is damaged, or cannot be read")) from error
    if count:
        raise invalid(path, l10n.t("is cut off or damaged"))
    return b"".join(pieces)


def _opener(path: Path, status: os.stat_result, entry: _Entry, place: int) -> Opener:
    @contextlib.contextmanager
    def opened() -> Iterator[Stream]:
        with contextlib.closing(open_archive(path, status)) as raw:
            raw.seek(place)
            yield _ZipMemberStream(path, raw, entry)

    return opened


class _ZipMemberStream:
    """The bytes of one member, held against size and checksum of the list."""

    def __init__(self, path: Path, raw: BinaryIO, entry: _Entry) -> None:
        self._path = path
        self._raw = raw
        self._entry = entry
        self._packed = entry.packed
        self._left = entry.size
        self._crc = 0
        self._unpacker = deflated() if entry.method == _DEFLATED else None

    def readinto(self, buffer: memoryview, /) -> int:
        try:
            piece = self._plain(len(buffer)) if self._unpacker is None else self._unpacked(len(buffer))
        except (OSError, zlib.error) as error:
            raise self._damaged() from error
        self._crc = zlib.crc32(piece, self._crc)
        self._left -= len(piece)
        if self._left < 0 or (not piece and (self._left or self._packed or self._crc != self._entry.crc)):
            raise self._damaged()
        buffer[: len(piece)] = piece
        return len(piece)

    def _plain(self, count: int) -> bytes:
        piece = self._raw.read(min(count, self._packed)) or b""
        self._packed -= len(piece)
        return piece

    def _unpacked(self, count: int) -> bytes:
        unpacker = self._unpacker
        while unpacker is not None and not unpacker.eof:
            data = b""
            if unpacker.needs_input:
                data = self._plain(_PIECE)
                if not data:
                    raise self._damaged()
            piece = unpacker.decompress(data, count)
            if piece:
                return piece
        if unpacker is not None and unpacker.unused_data:
            raise self._damaged()
        return b""

    def _damaged(self) -> ScoredockError:
        return invalid(
            self._path,
            l10n.t("is damaged: {member} cannot be unpacked as its list says", member=printable(self._entry.name)),
        )
