"""Requests by the window of time in which they were due, and when windows say enough. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from scoredock.contrib.profiling.domain.distribution import percentile
from scoredock.late_dataclass import dataclass

IN_A_ROW = 3
"""Windows that must agree."""
_LATENCY_TOLERANCE = 0.10
_WISH_TOLERANCE = 0.20
"""Of the wished latency: windows that differ by less say the same of it."""
_LATENCY_SLACK_MS = 2.0
"""Below this, a difference of latencies is the clock's and the scheduler's."""
_REQUESTS_IN_WINDOW = 100
"""So many requests give a percentile of 95 that one request does not decide."""
_LEAST_SECONDS, _MOST_SECONDS = 3.0, 15.0
_HOPELESS = 3.0
"""A latency that is so many times the wished one and grows is not waited for."""

Verdict = Literal["more", "holds", "misses", "unsteady", "failed"]
"""Whether more windows are needed, or what they say."""


@dataclass(frozen=True, slots=True)
class LatencyWish:
    """Latency that a service is to hold at a rate."""

    rate: float
    """Requests a second."""
    latency_ms: float
    percentile: float = 95.0


@dataclass(frozen=True, slots=True)
class LoadWindow:
    """The requests that were due within some seconds."""

    latencies: tuple[float, ...]
    """Milliseconds from when a request was due; of one that could not be sent, as long as it waited."""
    failures: tuple[str, ...] = ()
    """One sentence each."""
    busy: int = 0
    """Requests that the service refused because it had too many, or did not answer in time."""
    skipped: int = 0
    """Requests that could not be sent."""

    @property
    def count(self) -> int:
        """Requests that were due."""
        return len(self.latencies) + len(self.failures) + self.busy


def window_seconds(rate: float) -> float:
    """Length of a window in seconds, so that it has requests enough and an end."""
    return min(_MOST_SECONDS, max(_LEAST_SECONDS, _REQUESTS_IN_WINDOW / rate))


def latency_of(windows: Sequence[LoadWindow], share: float) -> float:
    """A percentile over all requests of some windows. Refused ones count as those that took longest: forever."""
    refused = sum(window.busy for window in windows)
    ordered = sorted(each for window in windows for each in window.latencies)
    latency = percentile([*ordered, *([math.inf] * refused)], share)
    return math.inf if latency is None else latency


def are_steady(windows: Sequence[LoadWindow], wish: LatencyWish) -> bool:
    """True if windows agree in their latency at the percentile: within a tenth, a fifth of what is wished, or two
    milliseconds, whichever is most."""
    values = [latency_of([window], wish.percentile) for window in windows]
    least, most = min(values), max(values)
    tolerance = max(_LATENCY_SLACK_MS, least * _LATENCY_TOLERANCE, wish.latency_ms * _WISH_TOLERANCE)
    return not math.isinf(most) and most - least <= tolerance


def verdict(windows: Sequence[LoadWindow], wish: LatencyWish, most: int) -> Verdict:
    """Verdict on finished windows, the oldest first; `most` is how many there may be."""
    if any(window.failures for window in windows):
        return "failed"
    values = [latency_of([window], wish.percentile) for window in windows]
    newest = values[-IN_A_ROW:]
    if len(newest) == IN_A_ROW:
        if all(value > wish.latency_ms for value in newest):
            return "misses"
        if are_steady(windows[-IN_A_ROW:], wish):
            pooled = latency_of(windows[-IN_A_ROW:], wish.percentile)
            return "holds" if pooled <= wish.latency_ms else "misses"
    if _is_hopeless(values, wish.latency_ms):
        return "misses"
    return "unsteady" if len(windows) >= most else "more"


def _is_hopeless(values: Sequence[float], wished: float) -> bool:
    """True if the last two grow far above what is wished: the service takes less than it is sent."""
    return len(values) >= 2 and values[-1] > values[-2] > wished * _HOPELESS
