"""The service's log on disk: JSON lines, bounded, rotating, numbered without gaps in meaning or reuse."""

from __future__ import annotations

import contextlib
import json
import json.encoder
import os
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Deque, List, Optional, Tuple

from scoredock_runtime.base import threads
from scoredock_runtime.contract import LOG_FILE, make_private_inside

if TYPE_CHECKING:
    from scoredock_runtime.log.console_log import ConsoleLog
from scoredock_runtime.log.log_lines import Levels

QUEUE_LIMIT = 50_000
"""Lines that wait for the disk; more are dropped and counted, so that a slow disk never holds up a worker."""

_quoted = json.encoder.encode_basestring
"""A text as a JSON string, letters beyond ASCII as they are."""

_Entry = Tuple[float, str, str, str]


class LogWriter:
    """Takes lines from any thread without waiting; one thread of its own writes them.

    `console`, where there is one, gets every line as well, as plain text or, with `records`, as it is stored."""

    def __init__(self, folder: str, file_bytes: int, file_count: int, console: Optional[ConsoleLog] = None) -> None:
        self._shown = console
        self.path = os.path.join(folder, LOG_FILE)
        self._file_bytes = max(64 * 1024, file_bytes)
        self._file_count = max(1, file_count)
        make_private_inside(folder)
        self._next = last_number(self.path, self._file_count) + 1
        self._written = self._next - 1
        self._awaited = True
        self._waiting: Deque[_Entry] = deque()
        self._dropped = 0
        self._closing = False
        self._changed = threading.Condition()
        self._stream: Optional[int] = None
        self._size = 0
        self._thread = threads.start(self._write_all, name="log", at_fault=threads.again)

    def tell(self, text: str, level: str = "I") -> None:
        """A line of the parent itself."""
        self._put([(time.time(), "server", level, text)])

    def tell_fault(self, text: str) -> None:
        """Lines about something of ours that went wrong."""
        now = time.time()
        self._put([(now, "server", "E", line) for line in text.splitlines()])

    def take(self, stream: str, lines: List[str], levels: Levels) -> None:
        """Lines of a worker's stream."""
        now = time.time()
        self._put([(now, stream, levels.of(line), line) for line in lines])

    def await_record(self, since: int, seconds: float) -> bool:
        """True if there is a stored record above the number, waiting for it if need be."""
        with self._changed:
            self._changed.wait_for(lambda: self._written > since or not self._awaited, seconds)
            return self._written > since

    def release(self) -> None:
        """Nobody waits for records any more."""
        with self._changed:
            self._awaited = False
            self._changed.notify_all()

    def close(self, timeout: float = 5.0) -> None:
        """Writes what waits, for at most `timeout` seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout)
        if self._shown is not None:
            self._shown.close(1.0)

    def _put(self, entries: List[_Entry]) -> None:
        with self._changed:
            room = QUEUE_LIMIT - len(self._waiting)
            self._waiting.extend(entries[: max(0, room)])
            self._dropped += max(0, len(entries) - max(0, room))
            self._changed.notify_all()

    def _write_all(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    self._changed.wait()
                if not self._waiting:
                    return
                batch = [self._waiting.popleft() for _ in range(min(2_000, len(self._waiting)))]
                dropped, self._dropped = self._dropped, 0
            if dropped:
                batch.append(
                    (time.time(), "server", "W", f"{dropped} lines dropped: they came faster than the disk takes them.")
                )
            if self._shown is not None:
                self._shown.show(self._lines(batch) if self._shown.records else [entry[3] for entry in batch])
            try:
                self._write(batch)
                with self._changed:
                    self._written = self._next - 1
                    self._changed.notify_all()
            except OSError:
                # A full or vanished disk loses lines, never the service; the count is logged once writing works again.
                self._close_stream()
                with self._changed:
                    self._dropped += len(batch)
                    closing = self._closing
                if closing:
                    return
                time.sleep(0.2)

    def _lines(self, batch: List[_Entry]) -> List[str]:
        """Lines of a batch as they are about to be stored."""
        return [_record(self._next + index, entry) for index, entry in enumerate(batch)]

    def _write(self, batch: List[_Entry]) -> None:
        if self._stream is not None and not _is_at(self.path, self._stream):
            self._close_stream()  # somebody has deleted the file: what is written there is nowhere
        self._append(b"")
        lines: List[bytes] = []
        size = 0
        for entry in batch:
            line = f"{_record(self._next, entry)}\n".encode("utf-8", "backslashreplace")
            if self._size + size + len(line) > self._file_bytes and self._size + size:
                self._append(b"".join(lines))
                self._rotate()
                lines, size = [], 0
            lines.append(line)
            size += len(line)
            self._next += 1
        self._append(b"".join(lines))

    def _append(self, data: bytes) -> None:
        if self._stream is None:
            self._stream, self._size = _open_whole(self.path)
        view = memoryview(data)
        while view:
            written = os.write(self._stream, view)
            view = view[written:]
        self._size += len(data)

    def _rotate(self) -> None:
        self._close_stream()
        for index in range(self._file_count - 1, 0, -1):
            older = self.path if index == 1 else f"{self.path}.{index - 1}"
            if os.path.exists(older):
                os.replace(older, f"{self.path}.{index}")
        if self._file_count == 1:
            os.unlink(self.path)
        self._size = 0

    def _close_stream(self) -> None:
        if self._stream is not None:
            with contextlib.suppress(OSError):
                os.close(self._stream)
            self._stream = None


def _record(number: int, entry: _Entry) -> str:
    """Line of a record as json.dumps would write it, at a fraction of its cost."""
    moment, stream, level, text = entry
    return f'{{"n":{number},"t":{moment:.3f},"s":"{stream}","l":"{level}","m":{_quoted(text)}}}'


def _is_at(path: str, stream: int) -> bool:
    """True if the open file is still the one with that name."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(stream))
    except OSError:
        return False


def _open_whole(path: str) -> Tuple[int, int]:
    """Opens for appending after cutting off a line that a killed writer left half-written."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    size = os.fstat(descriptor).st_size
    tail_size = min(size, 256 * 1024)
    os.lseek(descriptor, size - tail_size, os.SEEK_SET)
    tail = os.read(descriptor, tail_size)
    whole = tail.rfind(b"\n") + 1
    if tail and whole != len(tail):
        size = size - tail_size + whole
        os.ftruncate(descriptor, size)
    return descriptor, size


def last_number(path: str, file_count: int) -> int:
    """The highest number among the newest records; 0 when there are none."""
    for candidate in [path, *(f"{path}.{index}" for index in range(1, file_count + 1))]:
        try:
            with open(candidate, "rb") as stream:
                stream.seek(0, os.SEEK_END)
                stream.seek(max(0, stream.tell() - 256 * 1024))
                lines = stream.read().split(b"\n")
        except OSError:
            continue
        for line in reversed(lines):
            try:
                return int(json.loads(line)["n"])
            except (ValueError, KeyError, TypeError):
                continue
    return 0
