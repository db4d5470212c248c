"""Whether the memory of a service grows with every request. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

_PARTS = 4
_SETTLING = 0.3
"""The first readings, in which caches fill and the allocator takes what it keeps."""
_LEAST_READINGS = 16
_LEAST_BYTES = 2_000_000
_LEAST_SHARE = 0.01


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
