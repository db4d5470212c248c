"""From errors of the operating system and of SQLite to the one sentence a person can act on."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from scoredock import l10n
from scoredock.data_folder import refusal_at
from scoredock.errors import DiskFull, Place, ScoredockError, WorkspaceDamaged
from scoredock.registry.store.durable import create_file, flush, write_all

FULL = {errno.ENOSPC, errno.EDQUOT}
READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


def storage_error(error: OSError, path: Path, byte_count: int = 0) -> ScoredockError:
    """An error while writing below the workspace. `byte_count` is the number of bytes to be written, 0 when unknown."""
    place = Place(str(path))
    reason = error.strerror or type(error).__name__
    details = {"errno": errno.errorcode.get(error.errno or 0, ""), **({"bytes": str(byte_count)} if byte_count else {})}
    if error.errno in FULL:
        return DiskFull(
            l10n.t("There is no space left for {bytes:,} bytes at {path}.", bytes=byte_count, path=path)
            if byte_count
            else l10n.t("There is no space left at {path}.", path=path),
            place=place,
            details=details,
        )
    if error.errno in READ_ONLY:
        if error.errno != errno.EROFS and (refusal := refusal_at(path)):
            return refusal
        return ScoredockError(
            "workspace-read-only",
            l10n.t("{path} cannot be written: {reason}.", path=path, reason=reason),
            place=place,
            details=details,
        )
    return ScoredockError(
        "io-failed",
        l10n.t("A file operation at {path} failed: {reason}.", path=path, reason=reason),
        place=place,
        details=details,
    )


@contextlib.contextmanager
def storing(path: Path, byte_count: int = 0) -> Iterator[None]:
    """Turns every OSError of the block into a ScoredockError about `path`, or about the file the error names."""
    try:
        yield
    except OSError as error:
        named = Path(error.filename) if isinstance(error.filename, str) else path
        raise storage_error(error, named, byte_count) from error


def store_error(error: sqlite3.Error, path: Path) -> ScoredockError:
    """Error for an error of SQLite in the store at `path`.

    The texts are compared because Python 3.10 has no `sqlite_errorcode`; they are part of SQLite's interface.
    """
    text = str(error).lower()
    place = Place(str(path))
    if "locked" in text or "busy" in text:
        return ScoredockError(
            "store-busy",
            l10n.t("Another process has been writing to {path} for more than five seconds.", path=path),
            place=place,
        )
    if "disk is full" in text:
        return DiskFull(l10n.t("There is no space left on the disk of {path}.", path=path), place=place)
    if "readonly" in text or "unable to open" in text:
        refusal = refusal_at(path) if not os.access(path, os.R_OK | os.W_OK) else None
        if refusal is not None:
            return refusal
    if "readonly" in text:
        return ScoredockError("workspace-read-only", l10n.t("{path} cannot be written.", path=path), place=place)
    if any(
        sign in text
        for sign in ("malformed", "not a database", "no such table", "no such column", "encrypted", "could not decode")
    ):
        return WorkspaceDamaged(
            l10n.t("The workspace store {path} cannot be read: {error}.", path=path, error=error), place=place
        )
    if "disk i/o" in text or "unable to open" in text:
        # SQLite hides the cause here (a full disk also when it creates its journal), so ask the disk itself.
        cause = _probe(path.parent)
        if cause is not None:
            return storage_error(cause, path)
        return ScoredockError(
            "io-failed", l10n.t("A file operation at {path} failed: {error}.", path=path, error=error), place=place
        )
    return ScoredockError(
        "io-failed",
        l10n.t("The workspace store {path} refused the operation: {error}.", path=path, error=error),
        place=place,
    )


def _probe(folder: Path) -> OSError | None:
    """The error that writing one small file in `folder` meets, if any."""
    probe = folder / f".probe.{os.getpid()}"
    try:
        descriptor = create_file(probe)
        try:
            write_all(descriptor, bytes(8192))
            flush(descriptor)
        finally:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                probe.unlink()
    except OSError as error:
        return error
    return None
