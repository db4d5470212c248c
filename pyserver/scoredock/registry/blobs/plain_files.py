"""Files that a person names, opened without waiting for a pipe and without reading more than is meant."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.registry.blobs.source import open_flags
from scoredock.registry.grammar import printable

if TYPE_CHECKING:
    from scoredock.file_text import FileText


def open_regular(path: Path, limit: int) -> BinaryIO:
    """A regular file of at most `limit` bytes. Raises file-not-found, file-unreadable, file-too-large."""
    place = Place(str(path))
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a device may already do something
            raise ScoredockError(
                "file-unreadable", l10n.t("{path} is not a regular file.", path=printable(str(path))), place=place
            )
        # A link is one that the person named; where it leads to must not become one meanwhile.
        descriptor = os.open(path.resolve(), open_flags())
    except (FileNotFoundError, NotADirectoryError):
        raise ScoredockError(
            "file-not-found", l10n.t("{path} does not exist.", path=printable(str(path))), place=place
        ) from None
    except OSError as error:
        raise ScoredockError(
            "file-unreadable",
            l10n.t("{path} cannot be read: {strerror}.", path=printable(str(path)), strerror=error.strerror),
            place=place,
        ) from None
    except ValueError:
        raise ScoredockError(
            "file-not-found", l10n.t("{path} is not a path.", path=printable(str(path))), place=place
        ) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ScoredockError(
                "file-unreadable", l10n.t("{path} is not a regular file.", path=printable(str(path))), place=place
            )
        if status.st_size > limit:
            raise too_large(path, limit)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_text(path: Path, limit: int) -> str:
    """A small text file, as the programs that read it take it. Raises as `open_regular` does."""
    with open_regular(path, limit) as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise too_large(path, limit)
    from scoredock.file_text import file_text

    return readable_text(file_text(content, str(path)), path)


def readable_text(read: FileText, path: Path) -> str:
    """Raises ScoredockError `file-unreadable` with the encoding that the file has by its look."""
    if read.encoding.is_readable:
        return read.text
    raise ScoredockError(
        "file-unreadable",
        l10n.t("{path} cannot be read: {reason}.", path=printable(str(path)), reason=read.fault),
        l10n.t("Save it as UTF-8, and name that in its coding line where it has one."),
        Place(str(path), read.encoding.line),
    )


def too_large(path: Path, limit: int) -> ScoredockError:
    """The error for a file that is larger, or grows larger, than what is read."""
    return ScoredockError(
        "file-too-large",
        l10n.t("{path} is larger than {limit:g} MB.", path=printable(str(path)), limit=limit / 1000000),
        place=Place(str(path)),
    )
