"""The members of a tar as it flows past, whoever wrote it: nothing of it is trusted, and only what `keep` takes stays.

Where readers differ, it is Go's `archive/tar` that is followed, which Docker and containerd unpack layers with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, Literal

from scoredock.late_dataclass import dataclass
from scoredock.oci.content import Malformed
from scoredock.oci.layer_stream import LayerStream

Kind = Literal["file", "folder", "link", "hard link", "other"]
Keep = Callable[[str, int], bool]
"""Whether the bytes of a file are worth keeping, by its path in the layer, without a leading slash, and its size in
bytes."""

LONGEST_PATH: Final = 4096
"""Bytes of a name or of the target of a link: no Linux takes more."""
LARGEST_KEPT: Final = 256 << 20
"""Bytes that are kept of all files of a layer."""
_LARGEST_EXTENSION = 1 << 20
_BLOCK = 512
_EMPTY = bytes(_BLOCK)
_OCTAL = re.compile(rb"[0-7]*")
_KINDS: Final[dict[bytes, Kind]] = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"S": "file",
    b"1": "hard link",
    b"2": "link",
    b"3": "other",
    b"4": "other",
    b"5": "folder",
    b"6": "other",
}
_EXTENSIONS = (b"x", b"L", b"K")


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of a tar."""

    path: str
    """Without a leading slash, `.` or `..`; empty for the root. Bytes that are not UTF-8 are escaped (PEP 383)."""
    kind: Kind
    mode: int
    """The lowest twelve bits."""
    size: int
    """Bytes of a file, holes included; 0 for all else."""
    target: str = ""
    """Of a link, as it is written; of a hard link a path as above."""
    content: bytes | None = None
    """Of a file that is kept."""


@dataclass(slots=True)
class _Extension:
    """Fields in front of a header that replace its own."""

    path: bytes = b""
    target: bytes = b""
    size: bytes = b""
    sparse_size: bytes = b""
    sparse: bool = False


def members(stream: LayerStream, keep: Keep) -> Iterator[Member]:
    """Each entry of the tar in its order. Raises Malformed, and what LayerStream raises."""
    room = LARGEST_KEPT
    for member, stored, is_sparse in walk(stream):
        if stored is not None and stored <= room and not is_sparse and keep(member.path, stored):
            room -= stored
            yield replace(member, content=stream.read(stored))
        else:
            yield member


def walk(stream: LayerStream) -> Iterator[tuple[Member, int | None, bool]]:
    """Each entry of the tar with the stream at its bytes, for a file how many these are, and whether it has holes.

    Whoever is given an entry may read so many bytes from the stream; what is left of them is skipped. Raises as
    `members`.
    """
    extension = _Extension()
    for block in _headers(stream):
        flag = block[156:157]
        size = _number(block[124:136], "size")
        if flag in _EXTENSIONS:
            _read_extension(stream, flag, size, extension)
            continue
        if flag not in _KINDS:
            # A global header, which Docker passes over, or something of one program's own.
            stream.skip(_padded(size))
            continue
        member, stored = _understood(stream, block, size, extension)
        end = stream.position + _padded(stored or 0)
        yield member, stored, extension.sparse
        stream.skip(end - stream.position)
        extension = _Extension()


def clean_path(name: str) -> str:
    """A path of an archive as one from the root. Raises Malformed for one that leads out of it."""
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            if not parts:
                raise Malformed(f"{_shown(name)} lies outside of the image")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _headers(stream: LayerStream) -> Iterator[bytes]:
    first = True
    while block := stream.read_some(_BLOCK):
        if block == _EMPTY:
            return
        if len(block) < _BLOCK:
            raise Malformed("a layer is not a tar" if first else "a layer is cut")
        _require_checksum(block, "a layer is not a tar" if first else "a header in a layer is damaged")
        yield block
        first = False
    if first:
        raise Malformed("a layer is empty")


def _require_checksum(block: bytes, sentence: str) -> None:
    try:
        written = _number(block[148:156], "checksum")
    except Malformed:
        raise Malformed(sentence) from None
    around = block[:148] + block[156:]
    # Of signed bytes, as some old programs computed it.
    if written != sum(around) + 256 and written != sum(around) + 256 - 256 * sum(byte > 127 for byte in around):
        raise Malformed(sentence)


def _understood(stream: LayerStream, block: bytes, size: int, extension: _Extension) -> tuple[Member, int | None]:
    """The member, and for a file how many bytes of it follow."""
    flag = block[156:157]
    kind = _KINDS[flag]
    name = extension.path or _name(block)
    if flag == b"\0" and name.endswith(b"/"):
        kind = "folder"  # of tars from before folders had a flag
    if extension.size:
        size = _decimal(extension.size)
    path = clean_path(_text(name))
    mode = _number(block[100:108], "mode") & 0o7777
    if kind in ("link", "hard link"):
        target = _text(extension.target or _until_nul(block[157:257]))
        return Member(path, kind, mode, 0, clean_path(target) if kind == "hard link" else target), None
    if kind != "file":
        return Member(path, kind, mode, 0), None
    whole = _decimal(extension.sparse_size) if extension.sparse_size else size
    if flag == b"S":
        extension.sparse = True
        whole = _number(block[483:495], "size")
        follows = block[482]
        while follows:
            follows = stream.read(_BLOCK)[504]
    return Member(path, kind, mode, whole), size


def _read_extension(stream: LayerStream, flag: bytes, size: int, extension: _Extension) -> None:
    if size > _LARGEST_EXTENSION:
        raise Malformed(f"a header in a layer has {size} bytes, more than {_LARGEST_EXTENSION}")
    content = stream.read(size)
    stream.skip(_padded(size) - size)
    if flag == b"L":
        extension.path = _until_nul(content)
    elif flag == b"K":
        extension.target = _until_nul(content)
    else:
        _read_records(content, extension)


def _read_records(content: bytes, extension: _Extension) -> None:
    """The records of a pax header: `25 path=a/long/name\\n`."""
    while content:
        length, space, _ = content.partition(b" ")
        size = _decimal(length[:20])
        record = content[len(length) + 1 : size - 1]
        if not space or content[size - 1 : size] != b"\n" or b"=" not in record:
            raise Malformed("a header in a layer is damaged")
        content = content[size:]
        name, _, value = record.partition(b"=")
        if name in (b"path", b"GNU.sparse.name"):
            extension.path = value
        elif name == b"linkpath":
            extension.target = value
        elif name == b"size":
            extension.size = value
        elif name in (b"GNU.sparse.realsize", b"GNU.sparse.size"):
            extension.sparse_size = value
        extension.sparse = extension.sparse or name.startswith(b"GNU.sparse.")


def _name(block: bytes) -> bytes:
    name = _until_nul(block[:100])
    prefix = _until_nul(block[345:500]) if block[257:263] == b"ustar\0" else b""  # GNU keeps times there
    return prefix + b"/" + name if prefix else name


def _text(name: bytes) -> str:
    if b"\0" in name or len(name) > LONGEST_PATH:
        raise Malformed(f"a layer has a name that no file can have: {_shown(name[:80].decode('utf-8', 'replace'))}")
    return name.decode("utf-8", "surrogateescape")


def _until_nul(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _number(field: bytes, what: str) -> int:
    """Octal, or where that is too short two's complement with the highest bit set."""
    if field[0] & 0x80:
        value = int.from_bytes(bytes((field[0] & 0x7F,)) + field[1:], "big")
        if not field[0] & 0x40 and value < 1 << 63:
            return value
    else:
        digits = _until_nul(field).strip(b" ")
        if _OCTAL.fullmatch(digits):
            return int(digits or b"0", 8)
    raise Malformed(f"a header in a layer has no {what}")


def _decimal(field: bytes) -> int:
    if not field.isdigit() or len(field) > 19:
        raise Malformed("a header in a layer is damaged")
    return int(field)


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _shown(name: str) -> str:
    return "`" + name[:80].encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0") + "`"
