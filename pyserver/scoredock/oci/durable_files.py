"""Files by content, written durably: what the disk says of them, such as that it is full.

Faults of the disk are the same sentences as those of the registry, which this folder may not import.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from scoredock import l10n
from scoredock.errors import DiskFull, Place, ScoredockError
from scoredock.oci.content import Malformed
from scoredock.temporary.fresh_files import FreshFile, flush_folder

_FULL: Final = {errno.ENOSPC, errno.EDQUOT}


@contextlib.contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turns every OSError of the block into a ScoredockError about `path`, or about the file that the error names:
    `disk-full`, else `io-failed`."""
    try:
        yield
    except OSError as error:
        place = Path(error.filename) if isinstance(error.filename, str) else path
        raise _fault(error, place) from error


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
    flush_folder(folder.parent)


def open_plain(path: Path) -> BinaryIO:
    """Open a regular file for reading, and never what a link in its last part names.

    Raises FileNotFoundError, another OSError, Malformed for what is not a regular file.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    if not stat.S_ISREG(path.lstat().st_mode):
        raise Malformed(f"`{path.name}` is not a regular file")
    descriptor = os.open(path, flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # exchanged in between
            raise Malformed(f"`{path.name}` is not a regular file")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


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
