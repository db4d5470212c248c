"""Measures one size at one rate: open load in windows, until three in a row agree or none will."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Literal

from scoredock.contrib.profiling.domain.distribution import percentile
from scoredock.contrib.profiling.domain.generator_report import GeneratorReport
from scoredock.contrib.profiling.domain.load import MOST_CONNECTIONS, Load, LoadPlan, LoadRequest, RequestLine
from scoredock.contrib.profiling.domain.usage_watch import ResourceReading, UsageWatch, Use, busiest
from scoredock.contrib.profiling.domain.windows import (
    IN_A_ROW,
    LatencyWish,
    LoadWindow,
    Verdict,
    latency_of,
    verdict,
    window_seconds,
)
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken

MOST_WINDOWS = 8
_WARM_SECONDS = 2.0
_FEWEST_CONNECTIONS = 8
_GRACE_SECONDS = 2.0
"""After its last request was due, a window waits at least so long for responses."""
_LATE_SHARE, _LATE_MS = 0.25, 10.0
"""A window in which this program itself was later than this share of the wished latency says nothing."""
_PAUSE = 0.1
_MOST_KINDS = 5

Outcome = Literal["holds", "misses", "unsteady", "failed", "late"]
"""`late`: this program could not send at the rate."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Result of measuring at one rate."""

    outcome: Outcome
    rate: float
    windows: int
    """How many were looked at; the figures are of the last three."""
    latencies: tuple[float, ...]
    """Milliseconds, ascending; infinite ones of requests that the service refused for others."""
    latency_ms: float
    """At the percentile of the wish."""
    answered: int
    answered_per_second: float
    skipped: int
    failures: tuple[tuple[str, int], ...]
    """What went wrong, as sentences, and how often."""
    seconds: float
    cpu: float | None
    """Cores, in the busiest half second."""
    mean_cpu: float | None
    memory_bytes: int | None
    """The most."""
    generator: GeneratorReport
    readings: tuple[ResourceReading, ...] = field(default=(), repr=False)
    requests: int = 0
    """All that were sent, also those before the first window."""
    late: int = 0
    """Windows that were left out because this program itself was late in them."""

    def percentile(self, share: float) -> float | None:
        """Percentile of the latencies in milliseconds; None if it is not a finite number."""
        latency = percentile(self.latencies, share)
        return None if latency is None or math.isinf(latency) else latency

    @property
    def average(self) -> float | None:
        """Milliseconds."""
        finite = [each for each in self.latencies if not math.isinf(each)]
        return round(sum(finite) / len(finite), 3) if finite else None


@dataclass(slots=True)
class _Bucket:
    """The requests of a window so far."""

    latencies: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    busy: int = 0
    skipped: int = 0

    @property
    def count(self) -> int:
        return len(self.latencies) + len(self.failures) + self.busy


class WindowedRequests:
    """Puts what became of requests into windows."""

    def __init__(self, wish: LatencyWish) -> None:
        self._wish = wish
        self._size = max(1, round(window_seconds(wish.rate) * wish.rate))
        self._warm = math.ceil(_WARM_SECONDS * wish.rate)
        self._buckets: dict[int, _Bucket] = {}
        self._closed = 0
        self.windows: list[LoadWindow] = []
        """Finished ones in which this program kept up, oldest first."""
        self.late = 0
        """Finished ones in which it did not."""
        self.kinds: Counter[str] = Counter()
        """Everything that went wrong, by its sentence."""

    def record(self, sent: LoadRequest) -> None:
        """Takes one request."""
        if sent.fault and sent.outcome != "skipped":
            self.kinds[sent.fault] += 1
        if sent.number < self._warm and sent.outcome != "failed":
            return
        bucket = self._buckets.setdefault(max(0, sent.number - self._warm) // self._size, _Bucket())
        bucket.lags.append(sent.lag)
        if sent.outcome == "failed":
            bucket.failures.append(sent.fault)
        elif sent.outcome == "busy":
            bucket.busy += 1
        else:
            bucket.latencies.append(sent.milliseconds)
            bucket.skipped += sent.outcome == "skipped"

    def close(self, elapsed: float) -> None:
        """Finishes the windows whose requests are answered, or were due so long ago that they count as late, with the
        time that they have taken by now; `elapsed` in seconds since the first request was due."""
        while True:
            bucket = self._buckets.get(self._closed, _Bucket())
            end = (self._warm + (self._closed + 1) * self._size) / self._wish.rate
            grace = max(_GRACE_SECONDS, 5 * self._wish.latency_ms / 1000)
            if bucket.failures or bucket.count >= self._size or elapsed > end + grace:
                self._finish(bucket, elapsed, end)
            else:
                return

    def _finish(self, bucket: _Bucket, elapsed: float, end: float) -> None:
        # Those without a response are the newest, as most are answered in turn.
        step = 1 / self._wish.rate
        open_ones = [] if bucket.failures else range(max(0, self._size - bucket.count))
        waited = [(elapsed - end + number * step) * 1000 for number in open_ones]
        lag = percentile(sorted(bucket.lags), self._wish.percentile) or 0.0
        self._closed += 1
        if lag > max(_LATE_MS, self._wish.latency_ms * _LATE_SHARE) and not bucket.failures:
            self.late += 1
            return
        latencies = (*bucket.latencies, *waited)
        self.windows.append(LoadWindow(latencies, tuple(bucket.failures), bucket.busy, bucket.skipped))

    def outcome(self) -> Outcome | None:
        """Outcome of the windows; None while more are needed."""
        said: Verdict = verdict(self.windows, self._wish, MOST_WINDOWS)
        if said != "more":
            return said
        return "late" if self.late + len(self.windows) >= MOST_WINDOWS else None


def connections_for(wish: LatencyWish) -> int:
    """Number of connections by which a response may take twice the wished time without another request
    having to wait.
    """
    needed = math.ceil(wish.rate * 2 * wish.latency_ms / 1000)
    return min(MOST_CONNECTIONS, max(_FEWEST_CONNECTIONS, needed))


def measure(
    new_line: Callable[[], RequestLine],
    bodies: Sequence[bytes],
    wish: LatencyWish,
    observe: Callable[[], Use],
    cancel: CancelToken,
) -> Measurement:
    """Sends at the wished rate until it is certain whether the latency holds. Raises ScoredockError `cancelled`,
    `service-unreachable`."""
    requests = WindowedRequests(wish)
    connections = connections_for(wish)
    load = Load([new_line() for _ in range(connections)], bodies, _plan(wish, connections), requests.record)
    sent = 0
    outcome: Outcome | None = None

    def watch(number: int) -> None:
        nonlocal sent, outcome
        sent = number
        if outcome is None:
            requests.close(load.elapsed)
            outcome = requests.outcome()
            if outcome is not None:
                load.stop()

    started = time.monotonic()
    with UsageWatch(observe) as usage:
        load.run(cancel, watch, pause=_PAUSE)
    run = _Run(load.generator, usage.readings, time.monotonic() - started, sent)
    return _measurement(requests, outcome or "unsteady", wish, run)


@dataclass(frozen=True, slots=True)
class _Run:
    """Observations beside the requests."""

    generator: GeneratorReport
    readings: Sequence[ResourceReading]
    seconds: float
    sent: int


def _plan(wish: LatencyWish, connections: int) -> LoadPlan:
    seconds = _WARM_SECONDS + (MOST_WINDOWS + 1) * window_seconds(wish.rate)
    return LoadPlan(0, connections, wish.rate, seconds)


def _measurement(requests: WindowedRequests, outcome: Outcome, wish: LatencyWish, run: _Run) -> Measurement:
    readings = run.readings
    newest = requests.windows[-IN_A_ROW:]
    ordered = sorted(each for window in newest for each in window.latencies)
    refused = [math.inf] * sum(window.busy for window in newest)
    memory = [reading.memory_bytes for reading in readings if reading.memory_bytes is not None]
    return Measurement(
        outcome=outcome,
        rate=wish.rate,
        windows=len(requests.windows),
        latencies=(*ordered, *refused),
        latency_ms=latency_of(newest, wish.percentile),
        answered=sum(len(window.latencies) - window.skipped for window in newest),
        answered_per_second=_per_second(newest, wish),
        skipped=sum(window.skipped for window in newest),
        failures=tuple(requests.kinds.most_common(_MOST_KINDS)),
        seconds=run.seconds,
        cpu=busiest(readings),
        mean_cpu=_mean_cpu(readings),
        memory_bytes=max(memory, default=None),
        generator=run.generator,
        readings=tuple(readings),
        requests=run.sent,
        late=requests.late,
    )


def _mean_cpu(readings: Sequence[ResourceReading]) -> float | None:
    """Cores over the whole time."""
    samples = [(each.moment, each.cpu_seconds) for each in readings if each.cpu_seconds is not None]
    if len(samples) < 2 or samples[-1][0] <= samples[0][0]:
        return None
    return max(0.0, (samples[-1][1] - samples[0][1]) / (samples[-1][0] - samples[0][0]))


def _per_second(windows: Sequence[LoadWindow], wish: LatencyWish) -> float:
    """Responses in a second, of the requests that were due in these windows."""
    due = sum(window.count for window in windows)
    answered = sum(len(window.latencies) - window.skipped for window in windows)
    return wish.rate * answered / due if due else 0.0
