"""Writing that survives a crash: new file, flush to the disk, rename, flush the folder. Raises OSError as it comes."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from scoredock.temporary.fresh_files import flush as flush
from scoredock.temporary.fresh_files import flush_folder as flush_folder

FOLDER_MODE = 0o700
FILE_MODE = 0o600

_AHEAD = 8 << 20


def start_writing(descriptor: int, total: int, count: int, *, all_of_it: bool = False) -> None:
    """Lets the disk begin with what is complete, after `count` more bytes, `total` in all, so that the flush at the end
    finds little left. Linux starts to write when advised that pages are not needed; elsewhere nothing happens.

    `all_of_it`: nothing more will be written.
    """
    if sys.platform == "linux" and all_of_it:
        with contextlib.suppress(OSError):
            os.posix_fadvise(descriptor, 0, total, os.POSIX_FADV_DONTNEED)
        return
    if sys.platform == "linux" and total // _AHEAD != (total - count) // _AHEAD:
        with contextlib.suppress(OSError):
            os.posix_fadvise(descriptor, total // _AHEAD * _AHEAD - _AHEAD, _AHEAD, os.POSIX_FADV_DONTNEED)


def make_folder(folder: Path) -> None:
    """Create a folder, private to this user, with its parents; the new names are flushed."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=FOLDER_MODE)
        folder.chmod(FOLDER_MODE)  # whatever the umask took away
        flush_folder(folder.parent)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


def close_to_others(folder: Path) -> None:
    """Takes the rights of others away from a folder and from what lies directly in it, which an older release gave, or
    a copy. Never raises: what is somebody else's stays as it is."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for path in (folder, *map(Path, entries)):
            with contextlib.suppress(OSError):
                mode = path.lstat().st_mode
                if mode & 0o077 and not stat.S_ISLNK(mode):
                    path.chmod(stat.S_IMODE(mode) & 0o700)


def create_file(path: Path, mode: int = FILE_MODE) -> int:
    """A descriptor of a new file that did not exist, readable and writable, with exactly this mode."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, mode)
    if os.name != "nt":
        os.fchmod(descriptor, mode)
    return descriptor


def create_held(path: Path) -> int:
    """Same as `create_file`, and marked as in use until the descriptor is closed, or its process ends: see `unheld`."""
    while True:
        descriptor = create_file(path)
        if os.name == "nt":
            return descriptor  # a file in use cannot be removed there
        import fcntl

        try:
            # Waits for whoever looks whether it is held. Network shares without locks get by without: age protects
            # scratch files as well.
            with contextlib.suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # collected as garbage in the moment before it was marked


@contextlib.contextmanager
def unheld(path: Path) -> Iterator[bool]:
    """True if nobody holds a scratch file, and nobody can begin to during the block, so that it may be removed."""
    if os.name == "nt":
        yield True  # a file in use cannot be removed there
        return
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        yield True
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = True
        except BlockingIOError:
            free = False
        except OSError:
            free = True
        yield free
    finally:
        os.close(descriptor)


def write_all(descriptor: int, content: bytes | memoryview) -> None:
    """Write everything, however many calls that takes."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def replace_file(path: Path, content: bytes, scratch: Path | None = None) -> None:
    """Replace a file by new content, or leave it as it was. `scratch` is a folder on the same disk for the new file."""
    fresh = (scratch or path.parent) / f".{path.name}.{secrets.token_hex(6)}.new"
    try:
        descriptor = create_file(fresh)
        try:
            write_all(descriptor, content)
            flush(descriptor)
        finally:
            os.close(descriptor)
        fresh.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
    flush_folder(path.parent)
