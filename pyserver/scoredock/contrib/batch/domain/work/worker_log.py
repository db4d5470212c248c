"""Logs of workers, each in a file of its own, with the time and the mini-batch, and of bounded size."""

from __future__ import annotations

import contextlib
import datetime
import heapq
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from scoredock import l10n

_MOST_BYTES = 5_000_000
"""Of one file; the one before it is kept, all that was before that is dropped, and its lines are counted."""
_LINE_BYTES = 16_384
_AFTER = re.compile(rb"\S+ \S+ \[after line (\d+)\] ")
"""Begins a file: how many lines of its worker were written before."""
_MARK = b"\x1e"
"""Begins a line in which a worker says what the lines behind it belong to."""


class WorkerLog:
    """The log of one worker number, over all processes that have it one after the other."""

    def __init__(self, folder: Path, number: int) -> None:
        """Raises OSError."""
        self._path = folder / f"process{number:03d}.txt"
        self._number = number
        self._stream = self._opened()
        self._lock = threading.Lock()
        self._subject = b"init"
        self._drained = threading.Event()

    def drain(self, pipe: IO[bytes]) -> None:
        """Everything of a pipe, until it ends. A disk that is full costs lines, and not the job."""
        try:
            with contextlib.suppress(OSError, ValueError), pipe:
                while line := pipe.readline(_LINE_BYTES):
                    if line.startswith(_MARK):
                        self._subject = line[1:].strip()
                    else:
                        self._write(line.rstrip(b"\r\n"), self._subject)
        finally:
            self._drained.set()

    def note(self, mini_batch: int, text: str) -> None:
        """A line of the driver's on what has become of a mini-batch. Never raises."""
        line = " ".join(text.splitlines()).encode("utf-8", "replace")
        self._write(line[:_LINE_BYTES], b"mini-batch %d" % mini_batch)

    def await_drained(self, seconds: float) -> None:
        """Waits until a pipe has ended; what a process that is left still holds open is not waited for longer."""
        self._drained.wait(seconds)

    def _write(self, line: bytes, subject: bytes) -> None:
        """One line. Never raises."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            # Two threads write, and the lines of a file are in the order of their times.
            now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="microseconds")
            head = f"{now} [process{self._number:03d}] [".encode()
            if self._stream.tell() > _MOST_BYTES:
                self._stream.close()
                count = _line_count(self._path)
                self._path.replace(self._path.with_suffix(".1.txt"))
                self._stream = self._opened()
                text = l10n.t("Lines of this worker before this one that are not here are no longer kept.")
                self._stream.write(head + f"after line {count}] {text}\n".encode())
            self._stream.write(head + subject + b"] " + line + b"\n")
            self._stream.flush()

    def _opened(self) -> IO[bytes]:
        self._path.touch(mode=0o600)
        return self._path.open("ab")

    def close(self) -> None:
        with self._lock:
            self._stream.close()


def _line_count(path: Path) -> int:
    """To the end of a file, with those of the files before it."""
    with path.open("rb") as stream:
        before = _AFTER.match(stream.readline())
        return sum(1 for _ in stream) + (int(before.group(1)) if before else 1)


def merged_lines(folder: Path) -> Iterator[str]:
    """The lines of all workers, by their times. What cannot be read is left out."""
    yield from heapq.merge(*(_lines(path) for path in sorted(folder.glob("process*.txt"))))


def _lines(path: Path) -> Iterator[str]:
    with contextlib.suppress(OSError), path.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            yield line.rstrip("\n")
