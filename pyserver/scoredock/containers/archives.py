"""Tar streams to and from a daemon: written piece by piece from files as they lie, read with every size bounded."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass

_PIECE = 1 << 20
_BLOCK = tarfile.BLOCKSIZE
EPOCH = 315_532_800
"""1980-01-01: the time of every entry unless one is given, so that equal files give equal archives (and fit into
zips)."""


@dataclass(frozen=True, slots=True)
class TarEntry:
    """A file or folder of an archive."""

    path: str
    """Forward slashes, relative; `.` is the folder that the archive is unpacked into."""
    content: bytes | Path | None = None
    """The bytes, the file that holds them, or None for a folder."""
    mode: int = 0o644
    user: int = 0
    group: int = 0
    size: int | None = None
    """Of a file's content when it is known already."""
    digest: str = ""
    """Hex SHA-256 that the content must have; empty for whatever it is."""
    modified: int = EPOCH


def folder(path: str, mode: int = 0o755, user: int = 0, group: int = 0) -> TarEntry:
    """An entry for a folder."""
    return TarEntry(path, None, mode, user, group)


def tree(root: Path, prefix: str = "", *, user: int = 0, group: int = 0) -> Iterator[TarEntry]:
    """Entries of all files below a folder, sorted, folders before what they hold; executables stay executable.

    Links and special files are left out: nothing outside `root` may get into an archive. Raises OSError.
    """
    for entry in sorted(os.scandir(root), key=lambda each: each.name):
        path = f"{prefix}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield folder(path, 0o755, user, group)
            yield from tree(Path(entry.path), f"{path}/", user=user, group=group)
        elif entry.is_file(follow_symlinks=False):
            status = entry.stat(follow_symlinks=False)
            mode = 0o755 if status.st_mode & 0o100 else 0o644
            yield TarEntry(path, Path(entry.path), mode, user, group, status.st_size)


def stream(entries: Iterable[TarEntry]) -> Iterator[bytes]:
    """The archive, in pieces of about a megabyte; a file is read while it is sent and never held as a whole.

    Raises ScoredockError `model-damaged` for content that is not what its digest says, `model-path-changed` for a file
    that shrinks or grows while it is read, and OSError.
    """
    waiting = bytearray()
    for entry in entries:
        for piece in _entry(entry):
            waiting += piece
            if len(waiting) >= _PIECE:
                yield bytes(waiting)
                waiting.clear()
    waiting += bytes(2 * _BLOCK)
    yield bytes(waiting)


def packed(entries: Iterable[TarEntry]) -> bytes:
    """The same at once, for a few small files."""
    return b"".join(stream(entries))


def _entry(entry: TarEntry) -> Iterator[bytes]:
    header = tarfile.TarInfo(entry.path)
    header.mode, header.uid, header.gid, header.mtime = entry.mode, entry.user, entry.group, entry.modified
    if entry.content is None:
        header.type = tarfile.DIRTYPE
        yield header.tobuf(tarfile.PAX_FORMAT)
        return
    if isinstance(entry.content, bytes):
        header.size = len(entry.content)
        yield header.tobuf(tarfile.PAX_FORMAT)
        yield from _checked(io.BytesIO(entry.content), entry, header.size)
    else:
        with entry.content.open("rb") as source:
            header.size = os.fstat(source.fileno()).st_size if entry.size is None else entry.size
            yield header.tobuf(tarfile.PAX_FORMAT)
            yield from _checked(source, entry, header.size)
    if rest := header.size % _BLOCK:
        yield bytes(_BLOCK - rest)


def _checked(source: IO[bytes], entry: TarEntry, size: int) -> Iterator[bytes]:
    digest = hashlib.sha256() if entry.digest else None
    left = size
    while left:
        piece = source.read(min(_PIECE, left))
        if not piece:
            raise _changed(entry)
        left -= len(piece)
        if digest is not None:
            digest.update(piece)
        yield piece
    if source.read(1):
        raise _changed(entry)
    if digest is not None and digest.hexdigest() != entry.digest:
        raise ScoredockError(
            "model-damaged",
            l10n.t("The stored bytes of {path} no longer match their digest.", path=entry.path),
            place=_place(entry),
        )


def _changed(entry: TarEntry) -> ScoredockError:
    return ScoredockError(
        "model-path-changed",
        l10n.t("{path} changed while it was being read.", path=entry.path),
        l10n.t("Try again."),
        place=_place(entry),
    )


def _place(entry: TarEntry) -> Place | None:
    return Place(str(entry.content)) if isinstance(entry.content, Path) else None


def files(pieces: Iterable[bytes], largest: int) -> Iterator[tuple[str, bytes]]:
    """Path and content of the regular files of an archive that a daemon sends, one after the other.

    Of a file larger than `largest` bytes only the last `largest` are given. Nothing is unpacked to disk. An archive
    that breaks off gives what came before.
    """
    with contextlib.suppress(tarfile.TarError, EOFError), tarfile.open(fileobj=_Pieces(pieces), mode="r|") as archive:
        for member in archive:
            if not member.isfile():
                continue
            content = archive.extractfile(member)
            if content is None:
                continue
            skipped = max(0, member.size - largest)
            while skipped > 0:
                taken = len(content.read(min(_PIECE, skipped)))
                if not taken:
                    break
                skipped -= taken
            yield member.name, content.read(largest)


def unpack(pieces: Iterable[bytes], target: Path, replacing: Callable[[Path, Path], None] | None = None) -> bool:
    """The regular files of an archive that a daemon sends, below an existing folder; each is replaced as a whole.

    The first part of each path, the name of the folder that was asked for, is left out. Links, special files and paths
    that lead elsewhere are passed over. `replacing` is called with each file that is about to be replaced, and the one
    that comes in its place. Whether the archive was whole. Raises OSError.
    """
    with contextlib.suppress(tarfile.TarError, EOFError), tarfile.open(fileobj=_Pieces(pieces), mode="r|") as archive:
        for member in archive:
            parts = member.name.split("/")[1:]
            content = archive.extractfile(member) if member.isfile() else None
            if content is None or not parts or any(part in ("", ".", "..") or {*part} & {*"\\:"} for part in parts):
                continue
            path = target.joinpath(*parts)
            if _is_copied(path, member):
                continue
            if not target.is_dir():
                return False  # removed meanwhile, and not to come back
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{path.name}.part")
            try:
                with temporary.open("wb") as written:
                    shutil.copyfileobj(content, written, _PIECE)
                os.utime(temporary, (member.mtime, member.mtime))
                if replacing is not None and path.exists():
                    replacing(path, temporary)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        return True
    return False


def _is_copied(path: Path, member: tarfile.TarInfo) -> bool:
    """True if a file that was unpacked earlier is the same still, by size and time."""
    try:
        status = path.stat()
    except OSError:
        return False
    return status.st_size == member.size and int(status.st_mtime) == int(member.mtime)


class _Pieces(io.RawIOBase):
    """An iterator of bytes as a stream that can be read once."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = bytearray()  # which loses its beginning without being copied

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._left) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._left += piece
        taken = bytes(self._left if size < 0 else self._left[:size])
        del self._left[: len(taken)]
        return taken
