"""Latency against rate at one size: which rate comes next, and where the knee is. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scoredock.contrib.profiling.domain.measurement import Measurement
from scoredock.late_dataclass import dataclass

_DOWN = (0.5, 0.25, 0.1)
_UP = (1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
"""Times the wished rate."""
_MOST_RATE = 10_000.0


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Point of a curve: latencies at one rate."""

    rate: float
    latency_ms: float | None
    """At the wished percentile; None where requests were refused."""
    median_ms: float | None
    average_ms: float | None
    holds: bool

    @classmethod
    def of(cls, measured: Measurement, percentile: float) -> CurvePoint:
        """Point for a measurement."""
        return cls(
            measured.rate,
            measured.percentile(percentile),
            measured.percentile(50),
            measured.average,
            measured.outcome == "holds",
        )


def following_rate(curve: Sequence[CurvePoint], wished: float) -> float | None:
    """The rate to measure next, by those that were measured: half the wished one, then upwards until one does not hold,
    or downwards until one does. None when the knee is certain."""
    holds_at = {point.rate: point.holds for point in curve}
    at_wish = holds_at.get(wished, False)
    for factor in (_DOWN[0], *_UP) if at_wish else _DOWN:
        rate = _rounded(wished * factor)
        if rate not in holds_at:
            return rate if rate <= _MOST_RATE else None
        if holds_at[rate] != at_wish and (factor > 1 or not at_wish):
            return None
    return None


def knee_of(curve: Sequence[CurvePoint]) -> float | None:
    """The highest rate that holds with all below it; None where none does."""
    knee = None
    for point in sorted(curve, key=lambda each: each.rate):
        if not point.holds:
            break
        knee = point.rate
    return knee


def is_bounded(curve: Sequence[CurvePoint]) -> bool:
    """True if a rate was measured that does not hold, so that the knee is no more than a bound from below otherwise."""
    return any(not point.holds for point in curve)


def _rounded(rate: float) -> float:
    """To three digits, as a person would say it."""
    return round(rate, 2 - math.floor(math.log10(rate))) if rate > 0 else rate
