"""What rounds tell: medians, and how sure a ratio is."""

from __future__ import annotations

import random
import statistics
from dataclasses import dataclass

DRAWS = 4000


@dataclass(frozen=True)
class Ratio:
    """How many times the other costs what we cost, with the ends of the 95 % interval."""

    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.middle:.1f} x (95 %: {self.low:.1f} to {self.high:.1f})"


def ratio(theirs: list[float], ours: list[float]) -> Ratio:
    """Of the medians. The interval is the bootstrap's over rounds: a round is drawn with what both cost in it, so that
    what the machine did meanwhile stays on both sides."""
    chance = random.Random(1)
    pairs = list(zip(theirs, ours, strict=True))
    drawn = []
    for _ in range(DRAWS):
        sample = chance.choices(pairs, k=len(pairs))
        drawn.append(statistics.median(pair[0] for pair in sample) / statistics.median(pair[1] for pair in sample))
    drawn.sort()
    middle = statistics.median(theirs) / statistics.median(ours)
    return Ratio(middle, drawn[int(DRAWS * 0.025)], drawn[int(DRAWS * 0.975)])


def spread(values: list[float]) -> float:
    """Half the range of the middle half, as a share of the median."""
    if len(values) < 4:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4)
    return (high - low) / 2 / statistics.median(values)
