"""Files and folders that are whole or not there: written beside their target, flushed, and only then given its name.

What is written to is a part. It is its writer's as long as a descriptor of it is locked, which a kill ends as well;
what then lies there is removed by whoever next writes in that folder. Parts in folders of a person's are made here;
those of backups are two files, of which the workspace keeps a note (`registry/upkeep/backup_parts.py`).
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import sys
import time
from pathlib import Path
from typing import Final

_PREFIX: Final = ".scoredock-fresh-"
_FOLDER: Final = "-folder"
"""Behind the name of its mark."""
_NAME: Final = re.compile(f"{re.escape(_PREFIX)}[0-9a-f]{{16}}")
_ABANDONED_SECONDS: Final = 24 * 3600
"""After so long a file is nobody's where the file system has no locks that would say so."""
_NOT_FOR_FOLDERS: Final = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF}
"""What file systems answer that cannot flush a folder (network shares, FAT); there is nothing more one could do."""


class FreshFile:
    """A new file without a name of its own yet, which nobody else removes while this process lives.

    Used as a context manager; when the block ends and it was not published, it is gone. Raises OSError as it comes.
    """

    def __init__(self, folder: Path) -> None:
        """`folder` is on the disk, and in the end in the folder, where the file is to lie."""
        self.path, self._descriptor = _create(folder)
        """For who writes by its name: it may be opened again, and is not to be replaced."""
        self._unpublished = True

    @classmethod
    def beside(cls, target: Path) -> FreshFile:
        """New file for a target in a folder of a person's, where killed writers may have left something."""
        sweep_quietly(target.parent)
        try:
            return cls(target.parent)
        except OSError as error:
            error.filename = str(target)
            raise

    def __enter__(self) -> FreshFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        if self._unpublished:
            with contextlib.suppress(OSError):
                self.path.unlink()

    def write(self, block: bytes | bytearray | memoryview) -> None:
        """Everything, however many calls that takes."""
        view = memoryview(block)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def publish(self, target: Path, *, mode: int | None = None, replaces: bool = True) -> None:
        """Put the bytes on the disk and give them their name; without a mode they have that of the person's own files.
        Without `replaces`, raises FileExistsError for a name that is taken."""
        if os.name != "nt":
            os.fchmod(self._descriptor, own_mode(0o666) if mode is None else mode)  # whatever the umask took away
        flush(self._descriptor)
        if os.name == "nt":
            self._close()  # a file in use cannot be renamed there
        if replaces:
            self.path.replace(target)
        else:
            self._name_new(target)
        self._unpublished = False
        flush_folder(target.parent)

    def _name_new(self, target: Path) -> None:
        try:
            os.link(self.path, target)
        except FileExistsError:
            raise
        except OSError:  # no hard links on this file system
            if target.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
            self.path.replace(target)
        else:
            self.path.unlink()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class FreshFolder:
    """Same as `FreshFile`, for a folder: an empty file beside it, its mark, is what is locked."""

    def __init__(self, parent: Path) -> None:
        self._mark = FreshFile(parent)
        self.path = _folder_of(self._mark.path)
        """Where its content is written to."""
        try:
            self.path.mkdir()
        except BaseException:
            self._mark.__exit__()
            raise

    @classmethod
    def beside(cls, target: Path) -> FreshFolder:
        """See `FreshFile.beside`."""
        sweep_quietly(target.parent)
        try:
            return cls(target.parent)
        except OSError as error:
            error.filename = str(target)
            raise

    def __enter__(self) -> FreshFolder:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self._mark.__exit__()

    def publish(self, target: Path) -> None:
        """Give it its name, which nothing has, or an empty folder."""
        if os.name == "nt" and target.exists():
            target.rmdir()
        self.path.rename(target)
        flush_folder(target.parent)


def sweep(folder: Path) -> int:
    """Remove the parts in a folder whose writers no longer live; how many that were. Raises OSError."""
    removed = 0
    for path in left_over(folder):
        if path.name.endswith(_FOLDER):
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(FileNotFoundError, PermissionError):
                path.unlink()
                removed += 1
    return removed


def left_over(folder: Path) -> list[Path]:
    """These parts, folders behind files. Raises OSError."""
    names = [name for name in os.listdir(folder) if name.startswith(_PREFIX)]  # noqa: PTH208 (there may be very many)
    files = [folder / name for name in names if _NAME.fullmatch(name) and _is_abandoned(folder / name)]
    lost = {path.name for path in files}
    folders = []
    for path in (folder / name for name in names if name.endswith(_FOLDER)):
        mark = path.with_name(path.name.removesuffix(_FOLDER))
        # It comes before its folder and goes after it.
        is_lost = mark.name in lost or not os.path.lexists(mark)
        if _NAME.fullmatch(mark.name) and is_lost and _is_own(path):
            folders.append(path)
    return files + folders


def replace_beside(target: Path, content: bytes, mode: int | None = None) -> None:
    """A small file in a folder of a person's, whole or as it was. Raises OSError."""
    with FreshFile.beside(target) as fresh:
        fresh.write(content)
        fresh.publish(target, mode=mode)


def sweep_quietly(folder: Path) -> None:
    """Never raises: what is wrong with the folder is said by who writes there."""
    with contextlib.suppress(OSError):
        sweep(folder)


def own_mode(mode: int) -> int:
    """Mode without the bits that the mask of this process clears. There is no way to read the mask without setting it;
    the window is a few instructions."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mode & ~mask


def flush(descriptor: int) -> None:
    """Put the bytes of an open file on the disk. A failure is final: after a failed fsync the pages may be gone."""
    if sys.platform == "darwin":
        import fcntl

        # fsync leaves the bytes in the drive's cache there; not every file system knows the stronger order.
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def flush_folder(folder: Path) -> None:
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


def _create(folder: Path) -> tuple[Path, int]:
    """A new file, marked as in use until its descriptor is closed or its process ends."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    while True:
        path = folder / f"{_PREFIX}{secrets.token_hex(8)}"
        try:
            descriptor = os.open(path, flags, 0o600)
        except OSError as error:
            error.filename = str(folder)  # nobody has heard of the part
            raise
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
        return abs(time.time() - os.fstat(descriptor).st_mtime) > _ABANDONED_SECONDS
    finally:
        os.close(descriptor)
    return True


def _folder_of(mark: Path) -> Path:
    return mark.with_name(f"{mark.name}{_FOLDER}")


def _is_own(path: Path) -> bool:
    try:
        return os.name == "nt" or path.lstat().st_uid == os.geteuid()
    except OSError:
        return False
