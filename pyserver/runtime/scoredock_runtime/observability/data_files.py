"""Files that collected data is appended to: whole rows whatever happens, rotated by size and day, bounded in all.

Workers share the files. Each writes under a lock whose file says, while it writes, which file it makes longer and how
long that was: whoever takes the lock after a writer was killed cuts the file back to there.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import zlib
from typing import Iterator, List, Tuple

from scoredock_runtime.contract import make_private

_LOCK = ".writing"


class DataFiles:
    """Files under `root`, the folder of one service. A file has at most `file_bytes`, all of them together about
    `total_bytes`: then the oldest go."""

    def __init__(self, root: str, file_bytes: int, total_bytes: int) -> None:
        self.root = root
        self._file_bytes = max(4096, file_bytes)
        self._total_bytes = max(4 * self._file_bytes, total_bytes)
        self._written = self._total_bytes  # so that the first append looks at what is there

    def append(self, folder: str, name: str, header: bytes, rows: List[bytes]) -> None:
        """Rows, each with its line end, to `name` in `folder` below the root. Rows under another header than the
        file's go to a file of their own. Raises OSError; then none of the rows that did not fit is there."""
        if not rows:
            return
        place = os.path.join(self.root, folder)
        make_private(self.root)
        with self._alone() as journal:
            # Under the lock, where nobody removes folders that are empty.
            make_private(place)
            path = _for_header(os.path.join(place, name), header)
            chunk: List[bytes] = []
            size = 0
            held = _size(path)
            for row in rows:
                if held + size + len(row) > self._file_bytes and (held + size > len(header)):
                    self._write(journal, path, header, chunk)
                    _rotate(path)
                    chunk, size, held = [], 0, 0
                chunk.append(row)
                size += len(row)
            self._write(journal, path, header, chunk)
            self._written += sum(map(len, rows))
            if self._written >= self._total_bytes // 16:
                self._written = 0
                self._trim(path)

    def recover(self) -> None:
        """Cuts off what a killed writer left. Raises OSError."""
        if os.path.isdir(self.root):
            with self._alone():
                pass

    def _write(self, journal: int, path: str, header: bytes, rows: List[bytes]) -> None:
        if not rows:
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        try:
            size = os.fstat(descriptor).st_size
            _set_content(journal, json.dumps([os.path.relpath(path, self.root), size]).encode())
            view = memoryview((b"" if size else header) + b"".join(rows))
            try:
                while view:
                    view = view[os.write(descriptor, view) :]
            except OSError:
                os.ftruncate(descriptor, size)
                raise
        finally:
            os.close(descriptor)
            _set_content(journal, b"")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[int]:
        descriptor = os.open(os.path.join(self.root, _LOCK), os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            _lock(descriptor)
            try:
                self._undo(descriptor)
                yield descriptor
            finally:
                # Said, not only closed: a process that the script forked meanwhile has the descriptor as well.
                _unlock(descriptor)
        finally:
            os.close(descriptor)

    def _undo(self, journal: int) -> None:
        os.lseek(journal, 0, os.SEEK_SET)
        text = os.read(journal, 65536)
        if not text:
            return
        with contextlib.suppress(ValueError, TypeError, OSError):
            name, size = json.loads(text)
            path = os.path.join(self.root, name)
            if _size(path) > int(size):
                os.truncate(path, int(size))
        _set_content(journal, b"")

    def _trim(self, current: str) -> None:
        files: List[Tuple[float, int, str]] = []
        for folder, _, names in os.walk(self.root):
            for name in names:
                if name != _LOCK:
                    with contextlib.suppress(OSError):
                        status = os.stat(os.path.join(folder, name))
                        files.append((status.st_mtime, status.st_size, os.path.join(folder, name)))
        excess = sum(size for _, size, _ in files) - self._total_bytes
        for _, size, path in sorted(files):
            if excess <= 0:
                return
            if path == current:
                continue
            with contextlib.suppress(OSError):
                os.unlink(path)
                excess -= size
                os.removedirs(os.path.dirname(path))


def _for_header(path: str, header: bytes) -> str:
    if not header:
        return path
    try:
        with open(path, "rb") as stream:
            same = stream.read(len(header)) == header
    except FileNotFoundError:
        return path
    if same or not _size(path):
        return path
    base, suffix = os.path.splitext(path)
    return f"{base}-{zlib.crc32(header):08x}{suffix}"


def _rotate(path: str) -> None:
    base, suffix = os.path.splitext(path)
    number = 1
    while os.path.exists(f"{base}.{number}{suffix}"):
        number += 1
    os.rename(path, f"{base}.{number}{suffix}")


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _set_content(descriptor: int, text: bytes) -> None:
    os.ftruncate(descriptor, 0)
    if text:
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, text)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _unlock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_UN)
