"""Reads a service's stored log: numbered JSON lines over a few rotated files."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path
from typing import BinaryIO

from scoredock_runtime.contract import LOG_FILE, LOG_FOLDER, LogRecord

LOCK_FILE = "mirror.lock"
"""Beside a log that is written from this side while its service runs elsewhere."""
_BLOCK = 65_536
_TAIL = 4 * _BLOCK
"""Bytes that hold the longest line, whatever letters it is of."""
_SERVER = b'"s":"server"'
_HEAD = 80
"""Bytes at the start of a line that name its stream."""


def log_path(service_folder: Path) -> Path:
    """The newest log file, whether it exists yet or not."""
    return service_folder / LOG_FOLDER / LOG_FILE


def read_log(service_folder: Path, since: int = 0, *, server_only: bool = False) -> Generator[LogRecord, None, None]:
    """Stored records with a number above `since`, oldest first. Torn and foreign lines are passed over.

    `server_only`: of the parent itself, and none of the script. What is left out costs no more than looking at bytes.

    Following a log calls this again and again, so the first record is searched by halving, not by reading all. The
    files are opened before the first is read: a name that is opened later may hold another file by then.
    """
    with ExitStack() as opened:
        for stream in _from(log_path(service_folder), since, opened):
            _seek(stream, since)
            for line in stream:
                if not line.endswith(b"\n"):
                    break  # still being written
                if server_only and _SERVER not in line[:_HEAD]:
                    continue
                record = _parse(line)
                if record is not None and record.n > since:
                    yield record
                    since = record.n


def last_number(service_folder: Path) -> int:
    """The highest number in the log, 0 when it is empty; a follower of the tail starts some way below."""
    with ExitStack() as opened:
        for stream in _streams(log_path(service_folder), opened):
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - _TAIL))
            for line in reversed(stream.read().split(b"\n")):
                if (record := _parse(line)) is not None:
                    return record.n
    return 0


def first_number(service_folder: Path) -> int:
    """The lowest number that is still stored, 0 when there is none."""
    with closing(read_log(service_folder)) as records:
        return next((record.n for record in records), 0)


def _streams(newest: Path, opened: ExitStack) -> Iterator[BinaryIO]:
    """The files, newest first, so that one that takes an older name meanwhile is there twice, and none is passed over.

    While the log is turned over, one name stands for no file; what it was has the next name.
    """
    missing = 0
    for index in count():
        path = newest.with_name(f"{newest.name}.{index}") if index else newest
        try:
            stream = opened.enter_context(path.open("rb"))
        except OSError:
            missing += 1
            if missing > 1:
                return
            continue
        missing = 0
        yield stream


def _from(newest: Path, since: int, opened: ExitStack) -> list[BinaryIO]:
    """The files that may hold records above `since`, oldest first."""
    streams: list[BinaryIO] = []
    for stream in _streams(newest, opened):
        streams.append(stream)
        first = _parse(stream.readline())
        if first is not None and first.n <= since + 1:
            break
    return streams[::-1]


def _seek(stream: BinaryIO, since: int) -> None:
    """Move to the start of a line at or before the first record above `since`."""
    stream.seek(0, 2)
    low, high = 0, stream.tell()
    while high - low > _BLOCK:
        middle = (low + high) // 2
        stream.seek(middle)
        stream.readline()  # the rest of the line that the middle fell into
        record = _parse(stream.readline())
        if record is not None and record.n <= since:
            low = middle
        else:
            high = middle
    stream.seek(low)
    if low:
        stream.readline()


def _parse(line: bytes) -> LogRecord | None:
    try:
        raw = json.loads(line)
        return LogRecord(n=int(raw["n"]), t=float(raw["t"]), s=str(raw["s"]), l=str(raw["l"]), m=str(raw["m"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
