"""Reads a service's stored log: numbered JSON lines over a few rotated files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from scoredock_runtime.contract import LOG_FILE, LOG_FOLDER, LogRecord

LOCK_FILE = "mirror.lock"
"""Beside a log that is written from this side while its service runs elsewhere."""
_BLOCK = 65_536
_SERVER = b'"s":"server"'
_HEAD = 80
"""Bytes at the start of a line that name its stream."""


def log_path(service_folder: Path) -> Path:
    """The newest log file, whether it exists yet or not."""
    return service_folder / LOG_FOLDER / LOG_FILE


def read_log(service_folder: Path, since: int = 0, *, server_only: bool = False) -> Iterator[LogRecord]:
    """Stored records with a number above `since`, oldest first. Torn and foreign lines are passed over.

    `server_only`: of the parent itself, and none of the script. What is left out costs no more than looking at bytes.

    Following a log calls this again and again, so the first record is searched by halving, not by reading all.
    """
    for path in _from(log_path(service_folder), since):
        try:
            stream = path.open("rb")
        except OSError:
            continue  # rotated away in between: its records are in the next older name, read at the next call
        with stream:
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
    for path in _files(log_path(service_folder)):
        try:
            with path.open("rb") as stream:
                stream.seek(0, 2)
                stream.seek(max(0, stream.tell() - _BLOCK))
                for line in reversed(stream.read().split(b"\n")):
                    if (record := _parse(line)) is not None:
                        return record.n
        except OSError:
            continue
    return 0


def first_number(service_folder: Path) -> int:
    """The lowest number that is still stored, 0 when there is none."""
    for path in reversed(_files(log_path(service_folder))):
        try:
            with path.open("rb") as stream:
                for line in stream:
                    if (record := _parse(line)) is not None:
                        return record.n
        except OSError:
            continue
    return 0


def _files(newest: Path) -> list[Path]:
    """Newest first."""
    files = [newest] if newest.exists() else []
    index = 1
    while (older := newest.with_name(f"{newest.name}.{index}")).exists():
        files.append(older)
        index += 1
    return files


def _from(newest: Path, since: int) -> list[Path]:
    """The files that may hold records above `since`, oldest first."""
    paths: list[Path] = []
    for path in _files(newest):
        paths.append(path)
        try:
            with path.open("rb") as stream:
                first = _parse(stream.readline())
        except OSError:
            continue
        if first is not None and first.n <= since + 1:
            break
    return paths[::-1]


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
