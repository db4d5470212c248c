"""Files that are whole or not there: written beside, flushed, and only then given their name.

Faults of the disk are the same sentences as those of the registry, which this folder may not import.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from scoredock import l10n
from scoredock.errors import DiskFull, Place, ScoredockError
from scoredock.oci.content import Malformed

_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_NOT_FOR_FOLDERS: Final = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF}
"""What file systems answer that cannot flush a folder (network shares, FAT); there is nothing more one could do."""
_PREFIX: Final = ".scoredock-fresh-"
_ABANDONED_SECONDS: Final = 24 * 3600
"""After so long a file is nobody's where the file system has no locks that would say so."""


@contextlib.contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turns every OSError of the block into a ScoredockError about `path`, or about the file that the error names:
    `disk-full`, else `io-failed`."""
    try:
        yield
    except OSError as error:
        place = Path(error.filename) if isinstance(error.filename, str) else path
        raise _fault(error, place) from error


class FreshFile:
    """A new file without a name of its own yet, which nobody else removes while this process lives.

    Used as a context manager; when the block ends and it was not published, it is gone. Raises OSError as it comes.
    """

    def __init__(self, folder: Path) -> None:
        """`folder` is on the disk, and in the end in the folder, where the file is to lie."""
        self._path, self._descriptor = _create(folder)
        self._unpublished = True

    def __enter__(self) -> FreshFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        if self._unpublished:
            with contextlib.suppress(OSError):
                self._path.unlink()

    def write(self, block: bytes | bytearray | memoryview) -> None:
        """Everything, however many calls that takes."""
        view = memoryview(block)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def publish(self, target: Path, *, mode: int, replaces: bool = True) -> None:
        """Put the bytes on the disk and give them their name. Without `replaces`, raises FileExistsError for a name
        that is taken."""
        if os.name != "nt":
            os.fchmod(self._descriptor, mode)  # whatever the umask took away
        _flush(self._descriptor)
        if os.name == "nt":
            self._close()  # a file in use cannot be renamed there
        if replaces:
            self._path.replace(target)
        else:
            self._name_new(target)
        self._unpublished = False
        _flush_folder(target.parent)

    def _name_new(self, target: Path) -> None:
        try:
            os.link(self._path, target)
        except FileExistsError:
            raise
        except OSError:  # no hard links on this file system
            if target.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
            self._path.replace(target)
        else:
            self._path.unlink()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def replace_file(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace a file by new content, or leave it as it was. Raises OSError."""
    with FreshFile(path.parent) as fresh:
        fresh.write(content)
        fresh.publish(path, mode=mode)


def make_folder(folder: Path, mode: int = 0o700) -> None:
    """Create a folder with its parents, for this account only unless `mode` says otherwise; the new names are flushed.
    Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent, mode)
    folder.mkdir(mode=mode, exist_ok=True)
    _flush_folder(folder.parent)


def sweep(folder: Path) -> int:
    """Remove what killed writers left in a folder; how many files that were. Raises OSError."""
    removed_files = 0
    for path in sorted(folder.glob(f"{_PREFIX}*")):
        if _is_abandoned(path):
            with contextlib.suppress(FileNotFoundError, PermissionError):
                path.unlink()
                removed_files += 1
    return removed_files


def open_plain(path: Path) -> BinaryIO:
    """Open a regular file for reading, and never what a link in its last part names.

    Raises FileNotFoundError, another OSError, Malformed for what is no regular file.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    if not stat.S_ISREG(path.lstat().st_mode):
        raise Malformed(f"`{path.name}` is no regular file")
    descriptor = os.open(path, flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # exchanged in between
            raise Malformed(f"`{path.name}` is no regular file")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _create(folder: Path) -> tuple[Path, int]:
    """A new file, marked as in use until its descriptor is closed or its process ends."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    while True:
        path = folder / f"{_PREFIX}{secrets.token_hex(8)}"
        descriptor = os.open(path, flags, 0o600)
        if sys.platform == "win32":
            return path, descriptor  # a file in use cannot be removed there
        import fcntl

        try:
            with contextlib.suppress(OSError):  # network shares without locks: age protects them
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                return path, descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # swept in the moment before it was marked


def _is_abandoned(path: Path) -> bool:
    if sys.platform == "win32":
        return True  # a file in use cannot be removed there
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return time.time() - os.fstat(descriptor).st_mtime > _ABANDONED_SECONDS
    finally:
        os.close(descriptor)
    return True


def _flush(descriptor: int) -> None:
    if sys.platform == "darwin":
        import fcntl

        # fsync leaves the bytes in the drive's cache there; not every file system knows the stronger order.
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def _flush_folder(folder: Path) -> None:
    """Put the names in a folder on the disk, so that a rename survives a power cut."""
    if sys.platform == "win32":
        return  # folders cannot be opened there; NTFS journals names by itself
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_FOR_FOLDERS:
            raise
    finally:
        os.close(descriptor)


def _fault(error: OSError, path: Path) -> ScoredockError:
    place, details = Place(str(path)), {"errno": errno.errorcode.get(error.errno or 0, "")}
    if error.errno in _FULL:
        return DiskFull(l10n.t("There is no space left at {path}.", path=path), place=place, details=details)
    reason = error.strerror or type(error).__name__
    return ScoredockError(
        "io-failed",
        l10n.t("A file operation at {path} failed: {reason}.", path=path, reason=reason),
        place=place,
        details=details,
    )
