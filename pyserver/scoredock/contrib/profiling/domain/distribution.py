"""Percentiles: exact ones of values that are at hand, and within 2 per cent in bounded space. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

_STEP = 1.02
"""Between two buckets of latencies: a percentile is right within 2 per cent."""
_SMALLEST_MS = 0.01


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Percentile by the nearest rank: the smallest value that at least `share` per cent do not exceed; None if there
    are none.
    """
    if not ordered:
        return None
    rank = math.ceil(round(len(ordered) * share / 100, 9))
    return round(ordered[max(0, rank - 1)], 3)


class Latencies:
    """Milliseconds of any number of requests in bounded space; percentiles are right within 2 per cent."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self.count = 0
        self.longest = 0.0

    def add(self, milliseconds: float) -> None:
        self._counts[math.ceil(math.log(max(milliseconds, _SMALLEST_MS) / _SMALLEST_MS, _STEP))] += 1
        self.count += 1
        self.longest = max(self.longest, milliseconds)

    def percentile(self, share: float) -> float | None:
        """Milliseconds that `share` per cent did not exceed; None if there are none."""
        rank = math.ceil(self.count * share / 100)
        for bucket, count in sorted(self._counts.items()):
            rank -= count
            if rank <= 0:
                return round(min(_SMALLEST_MS * _STEP**bucket, self.longest), 3)
        return None
