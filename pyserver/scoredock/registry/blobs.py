"""The bytes of models, each stored once under its SHA-256, written so that a crash leaves whole blobs or none."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry.durable import (
    FILE_MODE,
    create_file,
    flush,
    flush_folder,
    hold,
    make_folder,
    start_writing,
    write_all,
)
from scoredock.registry.faults import storage_error, storing
from scoredock.registry.hashing import Hasher, digest_of
from scoredock.registry.records import ModelFile
from scoredock.registry.source import SourceFile, changed, unreadable

BLOB_MODE = 0o400
DIGEST = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """The folders `blobs/` and `tmp/` of a workspace."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "blobs" / "sha256"
        self.scratch = folder / "tmp"

    def path(self, digest: str) -> Path:
        """Where the blob of a digest lies, whether or not it is there. Raises ValueError for what is no digest."""
        if not DIGEST.fullmatch(digest):
            raise ValueError(f"not a SHA-256: {digest!r}")
        return self.root / digest[:2] / digest

    def holds(self, file: ModelFile) -> bool:
        """Whether a blob of the right size is there; its bytes are not read."""
        try:
            return self.path(file.sha256).stat().st_size == file.size
        except OSError:
            return False

    def add(self, source: SourceFile, tick: Callable[[int], None], cancel: CancelToken) -> ModelFile:
        """Copy a file in, hashing the very bytes that are written, in one pass.

        When this returns, the blob and its name are on the disk. Raises model-path-changed when the source was written
        to meanwhile, and the errors of storing; nothing but a file in `tmp/` can stay behind.
        """
        with storing(self.scratch, source.size):
            make_folder(self.scratch)
            fresh = self.scratch / f"blob-{os.getpid()}-{secrets.token_hex(6)}"
            try:
                output = create_file(fresh)
                try:
                    hold(output)
                    digest = self._copy(source, output, fresh, tick, cancel)
                    self._settle(output, fresh, digest, source.size)
                finally:
                    os.close(output)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    fresh.unlink()
        return ModelFile(source.stored, source.size, digest)

    def _copy(
        self, source: SourceFile, output: int, fresh: Path, tick: Callable[[int], None], cancel: CancelToken
    ) -> str:
        with _opened(source) as descriptor, Hasher() as hasher:
            left = source.size
            while True:
                cancel.raise_if_cancelled()
                buffer = hasher.buffer()
                try:
                    count = _readinto(descriptor, buffer)
                except OSError as error:
                    raise unreadable(error, source.path) from error
                if count == 0:
                    break
                left -= count
                if left < 0:
                    raise changed(source.path)  # it grows; it may never end
                view = hasher.feed(buffer, count)
                try:
                    write_all(output, view)
                except OSError as error:
                    raise storage_error(error, fresh, source.size) from error
                start_writing(output, source.size - left, count)
                tick(count)
            after = os.fstat(descriptor)
            if left != 0 or (after.st_size, after.st_mtime_ns) != (source.size, source.modified):
                raise changed(source.path)
            return hasher.digest()

    def _settle(self, output: int, fresh: Path, digest: str, size: int) -> None:
        """Give a finished file its name.

        Bytes that are there already are replaced by the same bytes: no dearer than reading the old ones to see whether
        they are still right, and it heals them when they are not.
        """
        target = self.path(digest)
        if not target.parent.is_dir():
            make_folder(target.parent)
        if os.name != "nt":
            os.fchmod(output, BLOB_MODE)
        flush(output)
        try:
            fresh.replace(target)
        except PermissionError:
            # Windows keeps a file that is being read; then the old bytes must do, if they are right.
            if os.name != "nt" or target.stat().st_size != size or digest_of(target) != digest:
                raise
        flush_folder(target.parent)

    def copy_out(
        self, file: ModelFile, target: Path, tick: Callable[[int], None], cancel: CancelToken, mode: int = FILE_MODE
    ) -> None:
        """Copy a blob to a new file, checking the bytes on the way. Raises model-damaged, and leaves no file then."""
        blob = self.path(file.sha256)
        try:
            descriptor = os.open(blob, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise damaged(
                file, blob, "is gone" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
            ) from error
        try:
            with storing(target, file.size):
                output = create_file(target, mode)
            try:
                with Hasher() as hasher:
                    while True:
                        cancel.raise_if_cancelled()
                        buffer = hasher.buffer()
                        try:
                            count = _readinto(descriptor, buffer)
                        except OSError as error:
                            raise damaged(file, blob, f"cannot be read: {error.strerror}") from error
                        if count == 0:
                            break
                        view = hasher.feed(buffer, count)
                        with storing(target, file.size):
                            write_all(output, view)
                        tick(count)
                    if hasher.digest() != file.sha256:
                        raise damaged(file, blob, "no longer matches its digest")
            except BaseException:
                with contextlib.suppress(OSError):
                    target.unlink()
                raise
            finally:
                os.close(output)
        finally:
            os.close(descriptor)

    def all(self) -> Iterator[Path]:
        """Every file in the blob folders, also those that are no blobs of ours."""
        if not self.root.is_dir():
            return
        for shard in sorted(self.root.iterdir()):
            if shard.is_dir():
                yield from sorted(shard.iterdir())
            else:
                yield shard


def damaged(file: ModelFile, blob: Path, what: str) -> ScoredockError:
    return ScoredockError(
        "model-damaged", f"The stored bytes of {file.path} ({blob}) {what}.".replace("..", "."), place=Place(str(blob))
    )


def _readinto(descriptor: int, buffer: bytearray) -> int:
    if hasattr(os, "readv"):
        return os.readv(descriptor, [buffer])
    chunk = os.read(descriptor, len(buffer))
    buffer[: len(chunk)] = chunk
    return len(chunk)


@contextlib.contextmanager
def _opened(source: SourceFile) -> Iterator[int]:
    """The source, if it is still the regular file that was looked at. Neither links are followed nor pipes waited for."""
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        descriptor = os.open(source.path, flags)
    except OSError as error:
        raise unreadable(error, source.path) from error
    try:
        status = os.fstat(descriptor)
        if (status.st_dev, status.st_ino) != source.identity and os.name != "nt":
            raise changed(source.path)
        if (status.st_size, status.st_mtime_ns) != (source.size, source.modified):
            raise changed(source.path)
        yield descriptor
    finally:
        os.close(descriptor)
