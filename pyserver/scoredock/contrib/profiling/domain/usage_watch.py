"""Watches the resource usage of a service while it is measured: readings in a thread of their own, the busiest time in
them, and whether its memory grows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median
from typing import Protocol

from scoredock import threads
from scoredock.late_dataclass import dataclass

_READING_SECONDS = 0.25
_WINDOW_SECONDS = 0.5
"""The shortest time over which CPU use is worth telling: the system counts it in hundredths of a second."""

_PARTS = 4
_SETTLING = 0.3
"""The first readings, in which caches fill and the allocator takes what it keeps."""
_LEAST_READINGS = 16
_LEAST_BYTES = 2_000_000
_LEAST_SHARE = 0.01


class Use(Protocol):
    """Resource usage of a service at a moment."""

    @property
    def cpu_seconds(self) -> float | None: ...
    @property
    def memory_bytes(self) -> int | None: ...
    @property
    def moment(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class ResourceReading:
    """Reading of a service's resource usage up to a moment."""

    moment: float
    """Monotonic seconds."""
    cpu_seconds: float | None
    memory_bytes: int | None


def busiest(readings: Sequence[ResourceReading]) -> float | None:
    """The most cores in use over any half second between two readings; over all of them where there is less."""
    samples = [(reading.moment, reading.cpu_seconds) for reading in readings if reading.cpu_seconds is not None]
    if len(samples) < 2:
        return None
    shares: list[float] = []
    start = 0
    for moment, used in samples[1:]:
        while moment - samples[start][0] >= _WINDOW_SECONDS:
            shares.append((used - samples[start][1]) / (moment - samples[start][0]))
            start += 1
    (first, before), (last, after) = samples[0], samples[-1]
    if not shares and last > first:
        shares.append((after - before) / (last - first))
    # A worker that was replaced takes its count with it; such a step says nothing.
    return max((share for share in shares if share >= 0), default=None)


def growth(readings: Sequence[tuple[int, int]]) -> float:
    """Bytes that each request adds, of readings of requests so far and memory in bytes, oldest first; 0 where memory
    settles.

    Memory grows when each part of what was read is above the one before, and the last one by more than a reading
    varies by.
    """
    late = readings[int(len(readings) * _SETTLING) :]
    if len(late) < _LEAST_READINGS:
        return 0.0
    size = len(late) // _PARTS
    parts = [late[number * size : (number + 1) * size] for number in range(_PARTS)]
    middles = [median(memory for _, memory in part) for part in parts]
    requests = [median(number for number, _ in part) for part in parts]
    gained = middles[-1] - middles[0]
    least = max(_LEAST_BYTES, middles[0] * _LEAST_SHARE)
    steps = [after - before for before, after in pairwise(middles)]
    if gained < least or min(steps) < gained / _PARTS / 4 or requests[-1] <= requests[0]:
        return 0.0
    return float(gained / (requests[-1] - requests[0]))


class UsageWatch:
    """Reads what the service uses, from before the first request until after the last."""

    def __init__(self, observe: Callable[[], Use], seconds: float = _READING_SECONDS) -> None:
        self.readings: list[ResourceReading] = []
        self._observe, self._seconds = observe, seconds
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> UsageWatch:
        self._read()
        self._thread = threads.start(self._run, name="profile", at_fault=threads.again)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self._read()

    def _run(self) -> None:
        while not self._over.wait(self._seconds):
            self._read()

    def _read(self) -> None:
        seen = self._observe()
        moment = time.monotonic() if seen.moment is None else seen.moment
        if seen.moment is not None and self.readings and self.readings[-1].moment >= moment:
            return  # read before
        self.readings.append(ResourceReading(moment, seen.cpu_seconds, seen.memory_bytes))
