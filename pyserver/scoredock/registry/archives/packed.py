"""Common parts of archives: members, and packed bytes that are unpacked in pieces, never beyond a bound."""

from __future__ import annotations

import bz2
import lzma
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.blobs.source import Limits, Opener, changed, open_flags, unreadable
from scoredock.registry.grammar import printable

RATIO = 100
"""How many times its packed size a member or an archive may unpack to."""
FREE_BYTES = 16 << 20
"""So much may come out whatever the ratio: a small file of zeros is not an attack."""
_PIECE = 256 << 10
_LZMA_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """One file or folder of an archive, as the archive calls it."""

    name: str
    size: int
    opener: Opener | None
    """None for a folder."""


def invalid(path: Path, what: str) -> ScoredockError:
    """`what` is the end of a sentence about the archive."""
    return ScoredockError(
        "model-archive-invalid", l10n.t("The archive {path} {what}.", path=path, what=what), place=Place(str(path))
    )


def refused(path: Path, name: str, what: str) -> ScoredockError:
    """A member that is not a plain file or folder; `what` it is instead."""
    return ScoredockError(
        "model-path-unsupported",
        l10n.t(
            "The archive {archive} contains {member}, which is {kind} and cannot be registered.",
            archive=path.name,
            member=printable(name),
            kind=what,
        ),
        l10n.t("Pack plain files and folders only."),
        place=Place(str(path)),
    )


def require_count(path: Path, members: int, limits: Limits) -> None:
    """Raises model-too-large for more members than files and their folders can be."""
    if members > 4 * limits.files + 1000:
        raise ScoredockError(
            "model-too-large",
            l10n.t(
                "The archive {path} holds more than {files:,} files, which is the most a model version may have.",
                path=path,
                files=limits.files,
            ),
            place=Place(str(path)),
        )


def require_size(path: Path, size: int, limits: Limits) -> None:
    """Raises model-too-large."""
    if size > limits.bytes:
        raise ScoredockError(
            "model-too-large",
            l10n.t(
                "The archive {path} unpacks to more than {bytes:,} bytes, which is the most a model version may have.",
                path=path,
                bytes=limits.bytes,
            ),
            place=Place(str(path)),
        )


def require_ratio(path: Path, name: str, packed: int, unpacked: int) -> None:
    """Raises model-archive-invalid for more than the ratio. `name` is the member, or empty for the whole archive."""
    if unpacked > FREE_BYTES and unpacked > packed * RATIO:
        if not name:
            raise invalid(path, l10n.t("unpacks to more than {ratio} times its size, as in an attack", ratio=RATIO))
        what = l10n.t(
            "contains {member}, which unpacks to more than {ratio} times its size, as in an attack",
            member=printable(name),
            ratio=RATIO,
        )
        raise invalid(path, what)


def open_archive(path: Path, status: os.stat_result) -> BinaryIO:
    """The archive that was looked at, unbuffered. Raises model-path-changed, -missing, -unreadable."""
    try:
        descriptor = os.open(path, open_flags())
    except OSError as error:
        raise unreadable(error, path) from error
    found = os.fstat(descriptor)
    if (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns) != (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
    ):
        os.close(descriptor)
        raise changed(str(path))
    return os.fdopen(descriptor, "rb", buffering=0)


class Unpacker(Protocol):
    """Common interface of the unpackers of the standard library."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Deflated:
    """zlib in the shape of the other two."""

    def __init__(self, bits: int) -> None:
        self._inner = zlib.decompressobj(bits)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail and not self._more

    _more = False

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self._more = len(out) == max_length  # what is left may be inside zlib, without input
        return out


def deflated() -> Unpacker:
    """Unpacker of a member of a .zip."""
    return _Deflated(-zlib.MAX_WBITS)


KINDS: tuple[tuple[bytes, Callable[[], Unpacker]], ...] = (
    (b"\x1f\x8b", lambda: _Deflated(16 + zlib.MAX_WBITS)),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(memlimit=_LZMA_BYTES)),
)
"""First bytes of packed streams."""


class UnpackedStream:
    """One packed stream, or several in a row, as plain bytes."""

    def __init__(self, path: Path, raw: BinaryIO, make: Callable[[], Unpacker]) -> None:
        self._path = path
        self._raw = raw
        self._make = make
        self._unpacker = make()
        self._input = b""
        self._packed = 0
        self._unpacked = 0
        self._ended = False

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; empty at the end. Raises model-archive-invalid for damage, a cut, or too much."""
        try:
            out = self._read(count)
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, MemoryError) as error:
            raise invalid(self._path, l10n.t("is damaged or uses more memory than allowed")) from error
        self._unpacked += len(out)
        require_ratio(self._path, "", self._packed, self._unpacked)
        return out

    def _read(self, count: int) -> bytes:
        while not self._ended:
            if self._unpacker.eof:
                rest = self._unpacker.unused_data
                rest = rest or self._more()
                if not rest.strip(b"\0"):
                    if not rest or not self._more().strip(b"\0"):
                        self._ended = True
                        break
                    raise ValueError("bytes after the end")
                self._unpacker = self._make()
                self._input = rest
            if not self._input and self._unpacker.needs_input:
                self._input = self._more()
                if not self._input:
                    raise invalid(self._path, l10n.t("is cut off"))
            data, self._input = self._input, b""
            out = self._unpacker.decompress(data, count)
            if out:
                return out
        return b""

    def _more(self) -> bytes:
        piece = self._raw.read(_PIECE) or b""
        self._packed += len(piece)
        return piece
