"""Positions of the members of a tar file: headers are read one after the other, nothing is unpacked."""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, Final

from scoredock.late_dataclass import dataclass
from scoredock.oci.content import Malformed

_LONGEST_EXTENSION: Final = 1 << 20
_MOST_MEMBERS: Final = 200_000
_MOST_LINKS: Final = 8
_EXTENSIONS: Final = {
    tarfile.XHDTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
}
_FILES: Final = {tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE}
_LINKS: Final = {tarfile.SYMTYPE, tarfile.LNKTYPE}
_COMPRESSED: Final = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}


@dataclass(frozen=True, slots=True)
class MemberExtent:
    """Offset and size of a member in bytes."""

    offset: int
    size: int


class TarIndex:
    """The files of a tar by their names; links lead to other members and to nothing else."""

    def __init__(self, files: dict[str, MemberExtent], links: dict[str, str]) -> None:
        self._files = files
        self._links = links

    @classmethod
    def read(cls, stream: BinaryIO, size: int) -> TarIndex:
        """Index of an uncompressed tar of so many bytes. Of two members with one name the last counts, as when a tar is
        unpacked. Raises OSError, Malformed."""
        files: dict[str, MemberExtent] = {}
        links: dict[str, str] = {}
        for info, offset in _members(stream, size):
            name = posixpath.normpath(info.name)
            files.pop(name, None)
            links.pop(name, None)
            if info.type in _FILES:
                files[name] = MemberExtent(offset, info.size)
            elif info.type == tarfile.SYMTYPE:
                links[name] = posixpath.normpath(posixpath.join(posixpath.dirname(name), info.linkname))
            elif info.type == tarfile.LNKTYPE:
                links[name] = posixpath.normpath(info.linkname)
            if len(files) + len(links) > _MOST_MEMBERS:
                raise Malformed(f"the archive has more than {_MOST_MEMBERS} files")
        return cls(files, links)

    def __contains__(self, name: str) -> bool:
        return self.find(name) is not None

    def find(self, name: str) -> MemberExtent | None:
        """Extent of the bytes of a name, through links; None if no file has that name."""
        name = posixpath.normpath(name)
        for _ in range(_MOST_LINKS):
            if (extent := self._files.get(name)) is not None:
                return extent
            if name not in self._links:
                return None
            name = self._links[name]
        return None


def _members(stream: BinaryIO, size: int) -> Iterator[tuple[tarfile.TarInfo, int]]:
    """Each member with what headers before it say of it, and where its bytes begin."""
    overrides: dict[str, str] = {}
    position = 0
    while (info := _header(stream, position)) is not None:
        offset = position + tarfile.BLOCKSIZE
        if info.type in _EXTENSIONS:
            overrides.update(_extension(stream, info, offset))
        else:
            _override(info, overrides)
            overrides = {}
            if info.type in _LINKS or info.type == tarfile.DIRTYPE:
                info.size = 0
        position = offset + -(-info.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
        if info.size < 0 or offset + info.size > size:
            raise Malformed("the archive is cut off")
        if info.type not in _EXTENSIONS:
            yield info, offset


def _header(stream: BinaryIO, position: int) -> tarfile.TarInfo | None:
    """The header at a place; None at the end of the archive."""
    stream.seek(position)
    block = stream.read(tarfile.BLOCKSIZE)
    if not position:
        for beginning, kind in _COMPRESSED.items():
            if block.startswith(beginning):
                raise Malformed(f"the archive is compressed ({kind}); unpack that first")
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.EOFHeaderError, tarfile.EmptyHeaderError):  # type: ignore[attr-defined]
        if not position:
            raise Malformed("the file is not a tar archive") from None
        return None
    except (tarfile.HeaderError, ValueError, OverflowError):
        raise Malformed(
            "the archive is damaged: a header cannot be read" if position else "the file is not a tar archive"
        ) from None


def _extension(stream: BinaryIO, info: tarfile.TarInfo, offset: int) -> dict[str, str]:
    """Fields in a header for the next header."""
    if not 0 <= info.size <= _LONGEST_EXTENSION:
        raise Malformed("the archive contains a header that is too large")
    stream.seek(offset)
    content = stream.read(info.size)
    text = content.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
    if info.type == tarfile.GNUTYPE_LONGNAME:
        return {"path": text}
    if info.type == tarfile.GNUTYPE_LONGLINK:
        return {"linkpath": text}
    if info.type == tarfile.XGLTYPE:
        return {}  # of all members: what Git writes there names none of them
    return dict(_records(content))


def _records(content: bytes) -> Iterator[tuple[str, str]]:
    """Lines `length key=value` of an extended header."""
    place = 0
    while place < len(content) and content[place]:
        digits = content[place : place + 20].partition(b" ")[0]
        length = int(digits) if digits.isdigit() else 0
        key, equals, value = content[place + len(digits) + 1 : place + length - 1].partition(b"=")
        if length <= len(digits) + 2 or place + length > len(content) or not equals:
            raise Malformed("the archive is damaged: an extended header cannot be read")
        place += length
        yield key.decode("utf-8", "replace"), value.decode("utf-8", "surrogateescape")


def _override(info: tarfile.TarInfo, overrides: dict[str, str]) -> None:
    if any(key.startswith("GNU.sparse") for key in overrides) or info.type == tarfile.GNUTYPE_SPARSE:
        raise Malformed("the archive contains a file with holes")
    info.name = overrides.get("path", info.name)
    info.linkname = overrides.get("linkpath", info.linkname)
    if (stated := overrides.get("size")) is not None:
        if not stated.isascii() or not stated.isdigit() or len(stated) > 18:
            raise Malformed("the archive is damaged: a size is not a number")
        info.size = int(stated)
