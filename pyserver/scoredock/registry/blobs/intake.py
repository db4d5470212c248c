"""New blobs: bytes are written beside, hashed as they are written, flushed, and only then given their name.

Bytes that are there already are not written again, but only when reading them shows that they are still right: a
damaged blob is replaced, which heals every version that names it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

from scoredock.progress import CancelToken
from scoredock.registry.blobs.hashing import CHUNK, FollowingHash, Hasher, digest_of
from scoredock.registry.blobs.reading import OpenSource, opened, read_into
from scoredock.registry.blobs.source import SourceFile
from scoredock.registry.records import ModelFile
from scoredock.registry.store.durable import create_held, flush, flush_folder, make_folder, start_writing, write_all
from scoredock.registry.store.faults import storage_error, storing

BLOB_MODE = 0o400
_BATCH = 64
"""Small files flushed together: the disk then writes its journal once for many of them."""
_SAMPLE = 16 << 10
_PIECE = 8 << 20
"""Bytes that the system copies at a time; a cancel waits for one."""
_FICLONE = 0x40049409

Tick = Callable[[int], None]
Like = Callable[[int], Sequence[str]]
"""Digests of known blobs of a size, those most likely first."""


class Intake:
    """Takes files in; when the block ends without an error, all of them and their names are on the disk.

    After any error nothing but files in the scratch folder can stay behind.
    """

    def __init__(self, place: Callable[[str], Path], scratch: Path, cancel: CancelToken, like: Like) -> None:
        self._place = place
        self._scratch = scratch
        self._cancel = cancel
        self._like = like
        self._waiting: list[tuple[int, Path, str, int]] = []
        self._folders: set[Path] = set()
        self._digests: set[str] = set()

    def __enter__(self) -> Intake:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._settle()
                self._flush_folders()
        finally:
            for descriptor, fresh, _, _ in self._waiting:
                with contextlib.suppress(OSError):
                    os.close(descriptor)
                with contextlib.suppress(OSError):
                    fresh.unlink()
            self._waiting.clear()

    def add(self, source: SourceFile, tick: Tick) -> ModelFile:
        """Raises model-path-changed when the source was written to meanwhile, and the errors of storing."""
        self._cancel.raise_if_cancelled()
        digest = self._add_small(source, tick) if source.size <= CHUNK else self._add_large(source, tick)
        return ModelFile(source.stored, source.size, digest)

    # ------------------------------------------------------------------------------------------ small

    def _add_small(self, source: SourceFile, tick: Tick) -> str:
        with opened(source) as reading:
            buffer = bytearray(source.size + 1)
            content = bytes(memoryview(buffer)[: reading.fill(buffer)])
            reading.finish()
        tick(source.size)
        digest = hashlib.sha256(content).hexdigest()
        if digest in self._digests:
            return digest
        if not self._holds(digest, content):
            with storing(self._scratch, source.size), self._fresh() as (output, fresh):
                write_all(output, content)
                start_writing(output, source.size, source.size, all_of_it=True)
                self._waiting.append((os.dup(output), fresh, digest, source.size))
            if len(self._waiting) >= _BATCH:
                self._settle()
        self._digests.add(digest)
        return digest

    def _holds(self, digest: str, content: bytes) -> bool:
        """True if a blob has exactly these bytes. Its name is flushed with the others, whoever gave it."""
        path = self._place(digest)
        try:
            if path.stat().st_size != len(content) or path.read_bytes() != content:
                return False
        except OSError:
            return False
        self._folders.add(path.parent)
        return True

    # ------------------------------------------------------------------------------------------ large

    def _add_large(self, source: SourceFile, tick: Tick) -> str:
        found = self._known(source, tick)
        if found:
            self._folders.add(self._place(found).parent)
            return found
        with storing(self._scratch, source.size), self._fresh() as (output, fresh):
            with opened(source) as reading:
                digest = (
                    self._clone(reading, source, output, tick)
                    or self._copy_inside(reading, source, output, tick)
                    or self._copy(reading, source, output, fresh, tick)
                )
            self._waiting.append((os.dup(output), fresh, digest, source.size))
        self._settle()
        return digest

    def _known(self, source: SourceFile, tick: Tick) -> str:
        """The digest of a blob that has the bytes of the source, compared byte by byte while they are hashed."""
        if source.opener is not None:
            return ""
        for digest in self._like(source.size):
            with contextlib.ExitStack() as stack:
                reading = stack.enter_context(opened(source))
                try:
                    blob = stack.enter_context(self._place(digest).open("rb", buffering=0))
                    if os.fstat(blob.fileno()).st_size != source.size or not _alike(
                        reading, blob.fileno(), source.size
                    ):
                        continue
                    if self._same(reading, blob.fileno(), tick) == digest:
                        reading.finish()
                        return digest
                except OSError:
                    continue  # a blob that cannot be read is written anew
        return ""

    def _same(self, reading: OpenSource, blob: int, tick: Tick) -> str:
        compared_bytes = 0
        digest = hashlib.sha256()
        buffer, stored = bytearray(CHUNK), bytearray(CHUNK)
        while True:
            self._cancel.raise_if_cancelled()
            count = reading.fill(buffer)
            if count == 0:
                return digest.hexdigest()
            digest.update(memoryview(buffer)[:count])
            # Whole buffers: comparing parts of them costs a hundred times as much.
            stored[count:] = buffer[count:]
            if _fill(blob, memoryview(stored)[:count]) != count or stored != buffer:
                tick(-compared_bytes)  # read again from the start, to be written
                return ""
            compared_bytes += count
            tick(count)

    def _clone(self, reading: OpenSource, source: SourceFile, output: int, tick: Tick) -> str:
        """Share the blocks of the source where the file system can, and hash what is then stored; else empty."""
        if reading.descriptor < 0 or sys.platform != "linux":
            return ""
        import fcntl

        try:
            fcntl.ioctl(output, _FICLONE, reading.descriptor)
        except OSError:
            return ""
        reading.require_unchanged()
        if os.fstat(output).st_size != source.size:
            os.ftruncate(output, 0)
            return ""
        os.lseek(output, 0, os.SEEK_SET)
        digest = hashlib.sha256()
        buffer = bytearray(CHUNK)
        while count := read_into(output, memoryview(buffer)):
            self._cancel.raise_if_cancelled()
            digest.update(memoryview(buffer)[:count])
            tick(count)
        return digest.hexdigest()

    def _copy_inside(self, reading: OpenSource, source: SourceFile, output: int, tick: Tick) -> str:
        """Let the system copy, without a way through this process, and hash what was written; empty where it cannot.

        Whatever fails here is tried again by reading and writing, which tells whose fault it is.
        """
        if reading.descriptor < 0 or not hasattr(os, "copy_file_range"):
            return ""
        written_bytes = 0
        try:
            with FollowingHash(output) as following:
                while written_bytes < source.size:
                    self._cancel.raise_if_cancelled()
                    count = os.copy_file_range(
                        reading.descriptor,
                        output,
                        min(_PIECE, source.size - written_bytes),
                        written_bytes,
                        written_bytes,
                    )
                    if count == 0:
                        raise OSError(errno.EIO, "the source is shorter than it was")
                    written_bytes += count
                    start_writing(output, written_bytes, count)
                    following.grown(written_bytes)
                    tick(count)
                reading.require_unchanged()
                return following.digest()
        except OSError:
            tick(-written_bytes)
            os.ftruncate(output, 0)
            os.lseek(output, 0, os.SEEK_SET)
            os.lseek(reading.descriptor, 0, os.SEEK_SET)
            return ""

    def _copy(self, reading: OpenSource, source: SourceFile, output: int, fresh: Path, tick: Tick) -> str:
        """Hash the very bytes that are written, in one pass."""
        written_bytes = 0
        with Hasher() as hasher:
            while True:
                self._cancel.raise_if_cancelled()
                buffer = hasher.buffer()
                count = reading.fill(buffer)
                if count == 0:
                    break
                view = hasher.feed(buffer, count)
                try:
                    write_all(output, view)
                except OSError as error:
                    raise storage_error(error, fresh, source.size) from error
                written_bytes += count
                start_writing(output, written_bytes, count)
                tick(count)
            reading.finish()
            return hasher.digest()

    # ------------------------------------------------------------------------------------------ settle

    @contextlib.contextmanager
    def _fresh(self) -> Iterator[tuple[int, Path]]:
        """A new scratch file; removed again unless it waits for its name when the block ends."""
        make_folder(self._scratch)
        fresh = self._scratch / f"blob-{os.getpid()}-{secrets.token_hex(6)}"
        output = create_held(fresh)
        try:
            yield output, fresh
        except BaseException:
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise
        finally:
            os.close(output)

    def _settle(self) -> None:
        """Give the finished files their names."""
        with storing(self._scratch):
            for output, _, _, _ in self._waiting:
                if os.name != "nt":
                    os.fchmod(output, BLOB_MODE)
                flush(output)
            while self._waiting:
                output, fresh, digest, size = self._waiting[-1]
                target = self._place(digest)
                if not target.parent.is_dir():
                    make_folder(target.parent)
                if os.name == "nt":
                    os.close(output)  # a file that is open cannot be renamed there
                _rename(fresh, target, digest, size)
                self._waiting.pop()
                if os.name != "nt":
                    os.close(output)
                self._folders.add(target.parent)

    def _flush_folders(self) -> None:
        """The names themselves, each folder once however many files it got."""
        with storing(self._scratch):
            for folder in sorted(self._folders):
                flush_folder(folder)
            self._folders.clear()


def _rename(fresh: Path, target: Path, digest: str, size: int) -> None:
    try:
        fresh.replace(target)
    except PermissionError:
        # Windows keeps a file that is being read; then the old bytes must do, if they are right.
        if os.name != "nt" or target.stat().st_size != size or digest_of(target) != digest:
            raise
        fresh.unlink()


def _alike(reading: OpenSource, blob: int, size: int) -> bool:
    """True if start, middle and end agree: a cheap look that spares most comparisons in vain."""
    if not hasattr(os, "pread"):
        return True
    return all(
        os.pread(reading.descriptor, _SAMPLE, place) == os.pread(blob, _SAMPLE, place)
        for place in (0, size // 2, size - _SAMPLE)
    )


def _fill(descriptor: int, view: memoryview) -> int:
    count = 0
    while count < len(view):
        got = read_into(descriptor, view[count:])
        if got == 0:
            break
        count += got
    return count
