"""Files that a deployment names, read with limits, and refused where they are absent or too large."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.file_text import USUAL, FileText, file_text
from scoredock.registry.blobs.plain_files import readable_text
from scoredock.registry.grammar import printable

SCRIPT_BYTES = 2_000_000


def read_text(path: Path, limit: int) -> str:
    """A text file, as the programs that read it take it. Raises ScoredockError `file-not-found`, `file-unreadable`,
    `file-too-large`."""
    read = read_file_text(path, limit)
    return read.text if read.encoding is USUAL else readable_text(read, path)


def read_file_text(path: Path, limit: int) -> FileText:
    """The same with its encoding, for what says by itself that it cannot be read. Raises as `read_text`."""
    content = read_bytes(path, limit)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return file_text(content, str(path))
    is_plain = "\0" not in text[:4] and "coding" not in text[:2_000]  # nearly all files are
    return FileText(text) if is_plain else file_text(content, str(path))


def read_bytes(path: Path, limit: int) -> bytes:
    """A regular file. Raises ScoredockError `file-not-found`, `file-unreadable`, `file-too-large`."""
    place = Place(str(path))
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would keep the reader waiting, a device never ends
            raise ScoredockError("file-unreadable", l10n.t("{path} is not a regular file.", path=path), place=place)
        with path.open("rb") as stream:
            content = stream.read(limit + 1)
        if len(content) > limit:
            raise ScoredockError(
                "file-too-large",
                l10n.t("{path} is larger than {limit} MB.", path=path, limit=limit // 1000000),
                place=place,
            )
        return content
    except FileNotFoundError:
        raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path), place=place) from None
    except OSError as error:
        raise _unreadable(path, error.strerror) from None
    except ValueError:
        raise _unreadable(path, l10n.t("it is not a path")) from None


def require_there(path: Path, what: str, *, folder: bool) -> None:
    """Raises ScoredockError `file-not-found` or `file-unreadable` where there is no such file, or no such folder."""
    place = Place(str(path))
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise ScoredockError(
            "file-not-found", l10n.t("The {what} {path} does not exist.", what=what, path=path), place=place
        ) from None
    except OSError as error:  # also a name that is too long, a loop of links, a folder one may not look into
        raise _unreadable(path, error.strerror) from None
    except ValueError:
        raise _unreadable(path, l10n.t("it is not a path")) from None
    if not (stat.S_ISDIR(mode) if folder else stat.S_ISREG(mode)):
        raise ScoredockError(
            "file-not-found",
            l10n.t("The {what} {path} is not a folder.", what=what, path=path)
            if folder
            else l10n.t("The {what} {path} is not a regular file.", what=what, path=path),
            place=place,
        )


def _unreadable(path: Path, reason: str | None) -> ScoredockError:
    return ScoredockError(
        "file-unreadable",
        l10n.t("{path} cannot be read: {reason}.", path=printable(str(path)), reason=reason),
        place=Place(str(path)),
    )


def readable(name: str) -> str | None:
    """Text of a file beside the script; None where there is none that can be read."""
    try:
        return read_text(Path(name), SCRIPT_BYTES)
    except ScoredockError:
        return None


def listing(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 (names only)
    except OSError:
        return []
