"""Artifacts on this machine: only below the folders that belong to the store, and never through a link.

Where a store says its artifacts lie is text that anybody may have written into it. Nothing of it is opened as it
stands: it has to fall into one of the store's own folders, and is then walked name by name.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from scoredock import l10n
from scoredock.contrib.runs.domain.mlflow.records import MOST_ENTRIES, ArtifactEntry, Holder, artifact_missing
from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry.blobs.source import changed, open_flags
from scoredock.registry.grammar import printable

_FLAGS = open_flags()
_HAS_AT = os.open in os.supports_dir_fd
CLOUDS = {
    "s3": "Amazon S3",
    "gs": "Google Cloud Storage",
    "wasbs": "Azure Storage",
    "wasb": "Azure Storage",
    "abfss": "Azure Storage",
    "abfs": "Azure Storage",
    "azureml": "Azure Machine Learning",
    "dbfs": "Databricks",
    "hdfs": "HDFS",
    "viewfs": "HDFS",
    "ftp": "FTP",
    "sftp": "SFTP",
    "r2": "Cloudflare R2",
    "b2": "Backblaze B2",
    "http": "HTTP",
    "https": "HTTP",
}


def unsupported_place(uri: str, scheme: str) -> ScoredockError:
    """Error for artifacts that are kept elsewhere."""
    where = CLOUDS.get(scheme)
    message = l10n.t("The artifacts are stored at {uri}, which Scoredock does not read.", uri=printable(uri))
    if where is not None:
        message = l10n.t(
            "The artifacts are stored at {uri} ({place}), which Scoredock does not read.",
            uri=printable(uri),
            place=where,
        )
    return ScoredockError("run-artifact-unsupported", message)


def split_location(uri: str) -> tuple[str, str]:
    """Scheme (empty for a plain path) and decoded path of where artifacts are said to lie.

    Raises run-artifact-unsupported for what cannot be a location.
    """
    scheme, colon, rest = uri.partition(":")
    plain = not colon or "/" in scheme or "\\" in scheme or len(scheme) == 1  # `C:\…` is a path
    if plain:
        path, scheme = uri, ""
    elif scheme.lower() in ("file", "mlflow-artifacts"):
        try:
            parts = urlsplit(uri)
            host, path = parts.netloc, unquote(parts.path, errors="strict")
        except ValueError:
            raise ScoredockError(
                "run-artifact-unsupported", l10n.t("{uri} is not a location of artifacts.", uri=printable(uri))
            ) from None
        if host and (host != "localhost" or scheme.lower() != "file"):
            raise ScoredockError(
                "run-artifact-unsupported",
                l10n.t("The artifacts are stored on another machine: {uri}.", uri=printable(uri)),
            )
        scheme = scheme.lower()
    else:
        return scheme.lower(), rest
    if "\0" in path or ".." in path.replace("\\", "/").split("/"):
        raise ScoredockError(
            "run-artifact-unsupported",
            l10n.t("The location {uri} of the artifacts leads to another folder.", uri=printable(uri)),
        )
    return scheme, path


class LocalFolder:
    """A folder of artifacts: a root that belongs to the store, and the names from there."""

    def __init__(self, root: Path, names: Sequence[str], holder: Holder, cancel: CancelToken) -> None:
        self._root = root
        self._names = tuple(names)
        self._holder = holder
        self._cancel = cancel

    def path(self, parts: tuple[str, ...]) -> Path:
        return self._root.joinpath(*self._names, *parts)

    def entries(self, parts: tuple[str, ...]) -> list[ArtifactEntry]:
        """Entries of one level, by name; links and special files are left out, as they cannot be registered."""
        artifacts: list[ArtifactEntry] = []
        with self._opened(parts, folder=True) as descriptor:
            try:
                with os.scandir(descriptor if descriptor is not None else self.path(parts)) as entries:
                    for entry in entries:
                        self._cancel.raise_if_cancelled()
                        status = entry.stat(follow_symlinks=False)
                        if stat.S_ISDIR(status.st_mode):
                            artifacts.append(ArtifactEntry(entry.name, None, is_folder=True))
                        elif stat.S_ISREG(status.st_mode):
                            artifacts.append(ArtifactEntry(entry.name, status.st_size, is_folder=False))
                        if len(artifacts) > MOST_ENTRIES:
                            raise ScoredockError(
                                "model-too-large",
                                l10n.t(
                                    "{folder} has more than {limit:,} entries.",
                                    folder=self.path(parts),
                                    limit=MOST_ENTRIES,
                                ),
                                place=Place(str(self.path(parts))),
                            )
            except OSError as error:
                raise self._unreadable(error, parts) from error
        return sorted(artifacts, key=lambda entry: entry.name)

    @contextlib.contextmanager
    def open(self, parts: tuple[str, ...]) -> Iterator[LocalStream]:
        """Stream of one regular file."""
        with self._opened(parts, folder=False) as descriptor:
            assert descriptor is not None  # noqa: S101 (files always have one)
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise artifact_missing(self._holder, parts)
            yield LocalStream(descriptor, status.st_size, self.path(parts), self._cancel)

    @contextlib.contextmanager
    def _opened(self, parts: tuple[str, ...], *, folder: bool) -> Iterator[int | None]:
        """A descriptor of what lies there, reached name by name without following a link; None for Windows' folders."""
        walked = (*self._names, *parts)
        if not _HAS_AT:
            path = self._root
            for name in walked:
                path /= name
                self._require_no_link(path, parts)
            if folder:
                if not path.is_dir():
                    raise artifact_missing(self._holder, parts)
                yield None
                return
            descriptor = self._open(path, None, parts, folder=False)
        else:
            descriptor = self._open(self._root, None, parts, folder=folder or bool(walked))
            for index, name in enumerate(walked):
                above = descriptor
                try:
                    last = index == len(walked) - 1
                    descriptor = self._open(name, above, parts, folder=folder or not last)
                finally:
                    os.close(above)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _open(self, path: Path | str, above: int | None, parts: tuple[str, ...], *, folder: bool) -> int:
        flags = _FLAGS | (getattr(os, "O_DIRECTORY", 0) if folder else 0)
        try:
            return os.open(path, flags, dir_fd=above) if above is not None else os.open(path, flags)
        except OSError as error:
            raise self._unreadable(error, parts) from error

    def _require_no_link(self, path: Path, parts: tuple[str, ...]) -> None:
        try:
            status = path.lstat()
        except OSError as error:
            raise self._unreadable(error, parts) from error
        if stat.S_ISLNK(status.st_mode) or bool(getattr(status, "st_reparse_tag", 0)):
            raise self._link(parts)

    def _unreadable(self, error: OSError, parts: tuple[str, ...]) -> ScoredockError:
        path = self.path(parts)
        if self._has_link(parts):
            return self._link(parts)
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return artifact_missing(self._holder, parts)
        return ScoredockError(
            "run-store-unreadable",
            l10n.t("The artifact {path} cannot be read: {error}.", path=path, error=error.strerror),
            place=Place(str(path)),
        )

    def _has_link(self, parts: tuple[str, ...]) -> bool:
        path = self._root
        found = path.is_symlink()
        for name in (*self._names, *parts):
            path /= name
            found = found or path.is_symlink()
        return found

    def _link(self, parts: tuple[str, ...]) -> ScoredockError:
        return ScoredockError(
            "run-artifact-unsupported",
            l10n.t(
                "The artifact {path} is a symbolic link or inside one, which is not followed.", path=self.path(parts)
            ),
            l10n.t("Register the file or folder that the link points to."),
            place=Place(str(self.path(parts))),
        )


class LocalStream:
    """An open file."""

    def __init__(self, descriptor: int, size: int, path: Path, cancel: CancelToken) -> None:
        self.size: int | None = size
        self._descriptor = descriptor
        self._path = path
        self._cancel = cancel
        self._modified = os.fstat(descriptor).st_mtime_ns

    def read(self, count: int) -> bytes:
        """See `records.Stream`."""
        self._cancel.raise_if_cancelled()
        try:
            piece = os.read(self._descriptor, count)
            after = os.fstat(self._descriptor)
            if not piece and (after.st_size, after.st_mtime_ns) != (self.size, self._modified):
                raise changed(str(self._path))
            return piece
        except OSError as error:
            raise ScoredockError(
                "run-store-unreadable",
                l10n.t("The artifact {path} cannot be read: {error}.", path=self._path, error=error.strerror),
                place=Place(str(self._path)),
            ) from error


class StoredInFolders:
    """The part of a `records.TrackingStore` whose artifacts lie in folders of this machine."""

    def folder(self, holder: Holder) -> LocalFolder:
        """Folder of the artifacts of a run or model."""
        raise NotImplementedError

    def entries(self, holder: Holder, path: tuple[str, ...]) -> list[ArtifactEntry]:
        folder = self.folder(holder)
        if not path and not folder.path(()).exists():
            return []  # nothing was logged yet
        return folder.entries(path)

    def open(self, holder: Holder, path: tuple[str, ...]) -> AbstractContextManager[LocalStream]:
        return self.folder(holder).open(path)


def read_small(path: Path, limit: int) -> bytes:
    """Up to `limit` bytes of a regular file that is not a link. Raises OSError as it comes, ValueError for anything
    else."""
    descriptor = os.open(path, _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError(l10n.t("it is not a regular file"))
        pieces, left = [], limit
        while left > 0 and (piece := os.read(descriptor, min(left, 1 << 20))):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)
    finally:
        os.close(descriptor)


def read_tail(path: Path, limit: int) -> tuple[bytes, bool]:
    """The last `limit` bytes of a regular file, and whether that is all of it. Raises as `read_small`."""
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(l10n.t("it is not a regular file"))
        start = max(0, status.st_size - limit)
        os.lseek(descriptor, start, os.SEEK_SET)
        return os.read(descriptor, limit), start == 0
    finally:
        os.close(descriptor)
