"""SHA-256 of bytes while something else is done with them."""

from __future__ import annotations

import errno
import hashlib
import os
import queue
import threading
from collections.abc import Iterable
from pathlib import Path

from scoredock import threads
from scoredock.registry.records import ModelFile

CHUNK = 1 << 20
_BUFFERS = 4


class Hasher:
    """Hashes chunks in a second thread while the first one writes them; hashing releases the interpreter's lock.

    Use: take `buffer()`, fill it, `feed` it and only read it from then on, until `digest`. One chunk is hashed in
    place, so small files cost no thread.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._free: queue.SimpleQueue[bytearray] = queue.SimpleQueue()
        self._full: queue.SimpleQueue[memoryview | None] = queue.SimpleQueue()
        self._made = 0
        self._first: memoryview | None = None
        self._worker: threading.Thread | None = None
        self._fault: BaseException | None = None

    def __enter__(self) -> Hasher:
        return self

    def __exit__(self, *exception: object) -> None:
        self._join()

    def buffer(self) -> bytearray:
        """A chunk to fill; waits when all are still being hashed."""
        if self._made < _BUFFERS:
            self._made += 1
            return bytearray(CHUNK)
        return self._free.get()

    def feed(self, buffer: bytearray, count: int) -> memoryview:
        """The first `count` bytes are the next of the stream. Gives them back for reading."""
        view = memoryview(buffer)[:count]
        if self._first is None and self._worker is None:
            self._first = view
            return view
        if self._worker is None:
            self._worker = threads.start(self._work, name="scoredock-hash", at_fault=self._fail)
            if self._first is not None:
                self._full.put(self._first)
        self._full.put(view)
        return view

    def digest(self) -> str:
        """Hex digest of everything fed; nothing may be fed afterwards. Raises what the hashing did."""
        if self._worker is None and self._first is not None:
            self._hash.update(self._first)
        self._join()
        if self._fault is not None:
            raise self._fault
        return self._hash.hexdigest()

    def _work(self) -> None:
        while (view := self._full.get()) is not None:
            self._hash.update(view)
            buffer = view.obj
            if isinstance(buffer, bytearray):
                self._free.put(buffer)

    def _fail(self, fault: BaseException) -> None:
        """The feeding thread goes on to the end, where the fault is raised."""
        self._fault = fault
        while (view := self._full.get()) is not None:
            if isinstance(view.obj, bytearray):
                self._free.put(view.obj)

    def _join(self) -> None:
        if self._worker is not None and self._worker.is_alive():
            self._full.put(None)
            self._worker.join()


class FollowingHash:
    """Hashes a file in a second thread while the first one appends to it, up to `grown` bytes, and not far behind.

    The two meet rarely, so that a busy machine does not make one wait for the other at every piece.
    """

    _MOST_BEHIND = 128 << 20
    """Bytes that the file may be ahead, which then are still in the memory of the system."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._hash = hashlib.sha256()
        self._end = 0
        self._done = 0
        self._stopped = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()
        self._worker: threading.Thread | None = None

    def __enter__(self) -> FollowingHash:
        self._worker = threads.start(self._work, name="scoredock-hash", at_fault=self._fail)
        return self

    def __exit__(self, *exception: object) -> None:
        with self._changed:
            self._stopped = True
            self._end = self._done
            self._changed.notify_all()
        self._join()

    def grown(self, end: int) -> None:
        """The file has `end` bytes now."""
        with self._changed:
            self._end = end
            self._changed.notify_all()
            while self._end - self._done > self._MOST_BEHIND and self._error is None:
                self._changed.wait()

    def digest(self) -> str:
        """Hex digest of the whole file, which grows no more. Raises OSError when it could not be read."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._join()
        if self._error is not None:
            raise self._error
        return self._hash.hexdigest()

    def _work(self) -> None:
        buffer = bytearray(CHUNK)
        place = 0
        while True:
            with self._changed:
                self._done = place
                behind = self._end - place
                if behind <= self._MOST_BEHIND // 2:
                    self._changed.notify_all()
                while place == self._end and not self._stopped:
                    self._changed.wait()
                end = self._end
            if place >= end:
                return
            try:
                count = os.preadv(self._descriptor, [memoryview(buffer)[: min(CHUNK, end - place)]], place)
                if count == 0:
                    raise OSError(errno.EIO, "the file is shorter than what was written")
            except OSError as error:
                self._fail(error)
                return
            self._hash.update(memoryview(buffer)[:count])
            place += count

    def _fail(self, fault: BaseException) -> None:
        with self._changed:
            self._error = fault
            self._changed.notify_all()

    def _join(self) -> None:
        if self._worker is not None:
            self._worker.join()


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises OSError."""
    digest = hashlib.sha256()
    buffer = bytearray(CHUNK)
    with path.open("rb", buffering=0) as stream:
        while count := stream.readinto(buffer):
            digest.update(memoryview(buffer)[:count])
    return digest.hexdigest()


def version_digest(files: Iterable[ModelFile], folders: Iterable[str]) -> str:
    """One digest of a whole version: SHA-256 over the lines that `sha256sum` prints for its files, by path, with
    `-  path/` for each folder that holds no file.
    """
    lines = [(file.path, f"{file.sha256}  {file.path}\n") for file in files]
    lines += [(f"{path}/", f"-  {path}/\n") for path in folders]
    return hashlib.sha256("".join(line for _, line in sorted(lines)).encode()).hexdigest()
