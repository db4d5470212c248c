"""Counts of the answers of an endpoint's versions: one file in the service folder, mapped into the router's memory.

The numbers outlive a router that is killed; the next one counts on. One router writes at a time, anybody may read.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
from typing import Dict, List, Optional

FILE = "traffic.counts"
NAMES = (
    "succeeded",
    "refused",
    "failed",
    "lost",
    "seconds",
    "copied",
    "different",
    "uncopied",
    "copy_seconds",
    "answer_seconds",
    "incomparable",
    "dropped",
    "away_since",
)
"""Answers below 400, below 500 and above; requests that the version was given and did not answer, so that the router
did, with an error; seconds of all answers. Of copies: those that it answered, and otherwise than the version that the
request was for; those that it did not answer; seconds of its answers to copies, and of the answers that they are
compared with; answers to copies that could not be compared; copies that were not made, as too many waited or they were
too large. When it began to take no connections, in seconds since the epoch; 0 while it takes them."""
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds in seconds of the buckets that answers are counted in; one more takes the rest."""
SUCCEEDED, REFUSED, FAILED, LOST, SECONDS, COPIED, DIFFERENT, UNCOPIED, COPY_SECONDS, ANSWER_SECONDS = range(10)
INCOMPARABLE, DROPPED, AWAY_SINCE = range(10, len(NAMES))
BUCKETS = 16
"""Where the buckets begin; what lies between is for numbers that are not thought of yet."""
NUMBERS = 48
"""For each version."""

_NAME_BYTES = 64
_RECORD = _NAME_BYTES + 8 * NUMBERS
_RECORDS = 64
_MARK = b"scoredock-traffic-1\n".ljust(_RECORD, b"\0")
_SIZE = _RECORD * (1 + _RECORDS)


class TrafficCounts:
    """The file as its router has it. Without a place on the disk it counts in memory only."""

    def __init__(self, folder: str) -> None:
        self._map = _mapped(os.path.join(folder, FILE)) or mmap.mmap(-1, _SIZE)
        self._all = memoryview(self._map)

    def of(self, name: str) -> memoryview[float]:
        """The numbers of a version, to be counted up; the same ones for the same name."""
        record = self._record(name.encode("utf-8")[:_NAME_BYTES])
        return self._all[record + _NAME_BYTES : record + _RECORD].cast("d")

    def _record(self, name: bytes) -> int:
        free = 0
        for number in range(1, 1 + _RECORDS):
            start = number * _RECORD
            held = bytes(self._all[start : start + _NAME_BYTES]).rstrip(b"\0")
            if held == name:
                return start
            if not held and not free:
                free = start
        if not free:
            free = _RECORD  # 64 names have come and gone: the first one's place is taken
            self._all[free : free + _RECORD] = bytes(_RECORD)
        self._all[free : free + _NAME_BYTES] = name.ljust(_NAME_BYTES, b"\0")
        return free


def read_counts(folder: str) -> Dict[str, List[float]]:
    """The numbers by version; empty where no router has counted."""
    try:
        with open(os.path.join(folder, FILE), "rb") as stream:
            data = stream.read(_SIZE)
    except OSError:
        return {}
    if len(data) != _SIZE or not data.startswith(_MARK):
        return {}
    counts: Dict[str, List[float]] = {}
    for number in range(1, 1 + _RECORDS):
        record = data[number * _RECORD : (number + 1) * _RECORD]
        name = record[:_NAME_BYTES].rstrip(b"\0").decode("utf-8", "replace")
        if name:
            counts[name] = list(struct.unpack(f"{NUMBERS}d", record[_NAME_BYTES:]))
    return counts


def _mapped(path: str) -> Optional[mmap.mmap]:
    descriptor = -1
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        if os.read(descriptor, _RECORD) != _MARK or os.fstat(descriptor).st_size != _SIZE:
            os.lseek(descriptor, 0, os.SEEK_SET)
            # Written, not only made longer: a full disk then raises here, and not as a signal at the first count.
            os.write(descriptor, _MARK + bytes(_SIZE - _RECORD))
            os.ftruncate(descriptor, _SIZE)
        return mmap.mmap(descriptor, _SIZE)
    except (OSError, ValueError):
        return None
    finally:
        if descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(descriptor)
