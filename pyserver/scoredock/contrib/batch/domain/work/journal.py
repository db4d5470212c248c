"""Journal of the mini-batches of a job: one line each, appended, with a checksum.

A mini-batch is done exactly when its record is there and the file of its result has the size and the checksum that the
record names. So while the job runs nothing but the journal is synced: after a cut of power a result that did not reach
the disk does not match, and that mini-batch is run again. The journal is synced once a second at most, and when the job
ends; inputs are before it begins, and the output once it is put together.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, fields
from pathlib import Path
from typing import Any

from scoredock.late_dataclass import dataclass

_SYNC_SECONDS = 1.0
_SUM = 8


@dataclass(frozen=True, slots=True)
class BatchSuccess:
    """A mini-batch that has its result."""

    index: int
    items: int
    """Given to run()."""
    results: int
    """That came back: one for each item, or fewer, or more."""
    size: int = 0
    """Bytes of the file of its result; 0 where nothing is kept of it."""
    sum: int = 0
    """CRC-32 of them."""
    tries: int = 1
    seconds: float = 0.0
    """That the last call of run() took."""
    name: str = ""
    """For people, of those with fewer or more results than items."""


@dataclass(frozen=True, slots=True)
class TryFailure:
    """A try that failed and was followed by another one."""

    time: float
    """Seconds since the epoch."""
    cause: str
    """As that of a failure."""
    message: str
    place: str


@dataclass(frozen=True, slots=True)
class BatchFailure:
    """A mini-batch whose last try failed."""

    index: int
    items: int
    tries: int
    cause: str
    """A code: `run-failed`, `crashed`, `timeout`, `input`, `result-type`, `columns`."""
    message: str
    name: str = ""
    inputs: tuple[str, ...] = ()
    """The first files of it."""
    place: str = ""
    """`score.py:12` where the script failed."""
    traceback: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    """`rows`: the first one and the one behind the last; `tries`: the failed ones before the last, in their order."""


Record = BatchSuccess | BatchFailure


class Journal:
    """Journal of one job, appended to by the one process that holds the job's lock. Raises OSError."""

    def __init__(self, path: Path) -> None:
        """Opens the journal; what a writer left half-written at its end is cut off."""
        whole = 0
        for _, end in _read(path):
            whole = end
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        os.ftruncate(self._descriptor, whole)
        os.lseek(self._descriptor, whole, os.SEEK_SET)
        self._synced = time.monotonic()

    def append(self, record: Record) -> None:
        """Whole in one write; a cut within it leaves a line whose checksum is wrong."""
        values = {each.name: getattr(record, each.name) for each in fields(record)}
        text = json.dumps({"kind": type(record).__name__, **values}, separators=(",", ":")).encode()
        os.write(self._descriptor, b"%08x %s\n" % (zlib.crc32(text), text))
        if time.monotonic() - self._synced > _SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        os.fsync(self._descriptor)
        self._synced = time.monotonic()

    def close(self) -> None:
        self.sync()
        os.close(self._descriptor)


def records(path: Path) -> Iterator[Record]:
    """All whole ones from the beginning; of a mini-batch the last one counts. Raises OSError."""
    for record, _ in _read(path):
        yield record


def places(path: Path) -> Iterator[tuple[Record, int]]:
    """The same, each with where it begins. Raises OSError."""
    begin = 0
    for record, end in _read(path):
        yield record, begin
        begin = end


def failed_indexes(path: Path) -> set[int]:
    """Indexes of mini-batches whose last record is a failure. Raises OSError."""
    failed: set[int] = set()
    for record in records(path):
        if isinstance(record, BatchFailure):
            failed.add(record.index)
        else:
            failed.discard(record.index)
    return failed


def records_at(path: Path, offsets: Iterable[int]) -> Iterator[Record]:
    """Yields the records that begin at these offsets. Raises OSError."""
    with path.open("rb") as stream:
        for offset in offsets:
            stream.seek(offset)
            record = _record(stream.readline())
            if record is not None:
                yield record


def _read(path: Path) -> Iterator[tuple[Record, int]]:
    """Yields the records with the offset at which each ends; up to the first that is torn or damaged."""
    end = 0
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        return
    with stream:
        for line in stream:
            record = _record(line)
            if record is None:
                return
            end += len(line)
            yield record, end


def _record(line: bytes) -> Record | None:
    if not line.endswith(b"\n") or line[_SUM : _SUM + 1] != b" ":
        return None
    text = line[_SUM + 1 : -1]
    try:
        if int(line[:_SUM], 16) != zlib.crc32(text):
            return None
        values = json.loads(text)
        kind = values.pop("kind")
        if kind == "BatchSuccess":
            return BatchSuccess(**values)
        return BatchFailure(**{**values, "inputs": tuple(values.get("inputs", ()))}) if kind == "BatchFailure" else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
