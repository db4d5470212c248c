"""SHA-256 of bytes while something else is done with them."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Iterable
from pathlib import Path

from scoredock.registry.records import ModelFile

CHUNK = 1 << 20
_BUFFERS = 4


class Hasher:
    """Hashes chunks in a second thread while the first one writes them; hashing releases the interpreter's lock.

    Use: take `buffer()`, fill it, `feed` it and only read it from then on, until `digest`. One chunk is hashed in place,
    so small files cost no thread.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._free: queue.SimpleQueue[bytearray] = queue.SimpleQueue()
        self._full: queue.SimpleQueue[memoryview | None] = queue.SimpleQueue()
        self._made = 0
        self._first: memoryview | None = None
        self._worker: threading.Thread | None = None

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
            self._worker = threading.Thread(target=self._work, name="scoredock-hash", daemon=True)
            self._worker.start()
            if self._first is not None:
                self._full.put(self._first)
        self._full.put(view)
        return view

    def digest(self) -> str:
        """Hex digest of everything fed; nothing may be fed afterwards."""
        if self._worker is None and self._first is not None:
            self._hash.update(self._first)
        self._join()
        return self._hash.hexdigest()

    def _work(self) -> None:
        while (view := self._full.get()) is not None:
            self._hash.update(view)
            buffer = view.obj
            if isinstance(buffer, bytearray):
                self._free.put(buffer)

    def _join(self) -> None:
        if self._worker is not None and self._worker.is_alive():
            self._full.put(None)
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
