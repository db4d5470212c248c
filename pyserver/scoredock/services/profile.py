"""Measures a running service: sends it requests and watches what it uses meanwhile."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n, threads
from scoredock.engines.base import Observation
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.services.access.bodies import JSON, ScoringRequest
from scoredock.services.access.calls import CONTENT_TYPE, OutgoingCall, authorization
from scoredock.services.access.dataset_samples import DATASET, rows_of_dataset
from scoredock.services.load import Load, LoadPlan, RequestLine
from scoredock.services.planning.reading import read_text

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments

MOST_REQUESTS = 100_000
DEFAULT_REQUESTS = 200
_ROWS_BYTES = 100_000_000
_READING_SECONDS = 0.25
_WINDOW_SECONDS = 0.5
"""The shortest time over which CPU use is worth telling: the system counts it in hundredths of a second."""
_HEADROOM = 1.25
_GB = 1e9


@dataclass(frozen=True, slots=True)
class Profile:
    """What was measured, by the names that a ModelProfile of v1 gives it; None where there is nothing true to say."""

    total_queries: int
    success_queries: int
    """Answered with a status of 2xx."""
    success_rate: float
    """Per cent."""
    average_latency_in_ms: float | None
    """Of the successful ones, as are the percentiles; each percentile is a latency that did occur."""
    latency_percentile50_in_ms: float | None
    latency_percentile90_in_ms: float | None
    latency_percentile95_in_ms: float | None
    latency_percentile99_in_ms: float | None
    latency_percentile999_in_ms: float | None
    """99.9 %."""
    measured_queries_per_second: float
    """Over one connection, one after the other, a lower bound of what the service can do."""
    max_utilized_cpu: float | None
    """Cores, in the busiest half second; over the whole run where it was shorter."""
    max_utilized_memory_in_gb: float | None
    """Resident memory of the service's processes at its highest, in 10⁹ bytes."""
    recommended_cpu: float | None
    """`max_utilized_cpu` times 1.25, rounded up to a tenth; None when a request failed, whose work was not measured."""
    recommended_memory_in_gb: float | None
    """`max_utilized_memory_in_gb` times 1.25, rounded up to a tenth; None as above."""
    error: str
    """What went wrong with the requests that failed; empty when none did."""
    input: str
    """Where the request bodies came from."""


@dataclass(frozen=True, slots=True)
class ResourceReading:
    """What a service had used by a moment."""

    moment: float
    """Monotonic seconds."""
    cpu_seconds: float | None
    memory_bytes: int | None


def profile(
    deployments: Deployments, name: str, *, rows: str, plan: LoadPlan, progress: Progress, cancel: CancelToken
) -> Profile:
    """Send requests as planned, with the lines of the file `rows` as their bodies in turn, or the rows of a dataset
    (`dataset:name` or `dataset:name:version`), or the service's own sample when it is empty.

    Raises ScoredockError `profile-input-invalid`, `file-not-found`, `file-unreadable`, `file-too-large`,
    `asset-not-found`, `service-unreachable` (also when it stops answering half-way) and `cancelled`.
    """
    if not 0 <= plan.requests <= MOST_REQUESTS or (not plan.requests and not plan.seconds):
        raise ScoredockError(
            "profile-input-invalid",
            l10n.t(
                "A profile takes 1 to {limit:,} requests, not {requests:,}.",
                limit=MOST_REQUESTS,
                requests=plan.requests,
            ),
        )
    if plan.fault():
        raise ScoredockError("profile-input-invalid", plan.fault())
    address, credential = deployments.client.address(name), deployments.credentials.credential(name)
    kind = JSON
    if rows.startswith(DATASET):
        bodies, source = rows_of_dataset(deployments.registry, rows.removeprefix(DATASET)), rows
    elif rows:
        bodies, source = read_rows(Path(rows)), rows
    else:
        sample = next(
            (each for each in deployments.client.bodies(name) if each.method == "POST"), ScoringRequest("", "nothing")
        )
        bodies, source, kind = [sample.content], sample.reason, sample.content_type
    known = deployments.ledger.require(name)
    handle, engine = known.service.handle, deployments.engines.get(known.service.engine)
    watch = _Watch(
        lambda: engine.observe(handle) if engine is not None and handle is not None else Observation("Failed")
    )
    exchange = OutgoingCall("/score", "POST", headers={CONTENT_TYPE: kind, **authorization(credential)})
    latencies: list[float] = []
    failures: list[str] = []

    def record(fault: str, milliseconds: float) -> None:
        if fault:
            failures.append(fault)
        else:
            latencies.append(milliseconds)

    lines = [RequestLine(name, address, exchange) for _ in range(plan.connections)]
    load = Load(lines, bodies, replace(plan, requests=plan.requests or MOST_REQUESTS), record)
    with watch:
        start = time.monotonic()
        load.run(cancel, lambda number: progress.report(l10n.t("Sending requests"), _share(plan, number, start)))
    return summarise(latencies, failures, load.seconds, watch.readings, source)


def _share(plan: LoadPlan, number: int, start: float) -> int:
    """Per cent of the run."""
    of_time = (time.monotonic() - start) / plan.seconds if plan.seconds else 0.0
    return int(100 * min(1.0, max(of_time, number / plan.requests if plan.requests else 0.0)))


def read_rows(path: Path) -> list[bytes]:
    """The request bodies of a text file, one a line; empty lines are no bodies."""
    rows = [line.encode() for line in read_text(path, _ROWS_BYTES).splitlines() if line.strip()]
    if not rows:
        raise ScoredockError(
            "profile-input-invalid",
            l10n.t("{path} contains no request bodies.", path=path),
            l10n.t("Write one request body per line."),
            Place(str(path)),
        )
    return rows


def summarise(
    latencies: Sequence[float],
    failures: Sequence[str],
    seconds: float,
    readings: Sequence[ResourceReading],
    source: str,
) -> Profile:
    """The figures of a run: `latencies` in milliseconds, `failures` one sentence each, `seconds` in all. Pure."""
    total = len(latencies) + len(failures)
    ordered = sorted(latencies)
    cpu = busiest(readings)
    used = [reading.memory_bytes for reading in readings if reading.memory_bytes is not None]
    memory = max(used) / _GB if used else None
    return Profile(
        total_queries=total,
        success_queries=len(latencies),
        success_rate=round(len(latencies) * 100 / total, 2),
        average_latency_in_ms=round(sum(latencies) / len(latencies), 3) if latencies else None,
        latency_percentile50_in_ms=percentile(ordered, 50),
        latency_percentile90_in_ms=percentile(ordered, 90),
        latency_percentile95_in_ms=percentile(ordered, 95),
        latency_percentile99_in_ms=percentile(ordered, 99),
        latency_percentile999_in_ms=percentile(ordered, 99.9),
        measured_queries_per_second=round(total / seconds, 2) if seconds > 0 else 0.0,
        max_utilized_cpu=None if cpu is None else round(cpu, 3),
        max_utilized_memory_in_gb=None if memory is None else round(memory, 4),
        recommended_cpu=None if failures else recommended(cpu),
        recommended_memory_in_gb=None if failures else recommended(memory),
        error=l10n.t(
            "{failures} of {total} requests failed. The first: {reason}",
            failures=len(failures),
            total=total,
            reason=failures[0],
        )
        if failures
        else "",
        input=source,
    )


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """By the nearest rank: the smallest value that at least `share` per cent do not exceed."""
    if not ordered:
        return None
    rank = math.ceil(round(len(ordered) * share / 100, 9))
    return round(ordered[max(0, rank - 1)], 3)


def recommended(used: float | None) -> float | None:
    """A quarter more than was used, rounded up to a tenth."""
    if used is None:
        return None
    return max(1, math.ceil(round(used * _HEADROOM * 10, 6))) / 10


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


class _Watch:
    """Reads what the service uses, in a thread of its own, from before the first request until after the last."""

    def __init__(self, observe: Callable[[], Observation]) -> None:
        self.readings: list[ResourceReading] = []
        self._observe = observe
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> _Watch:
        self._read()
        self._thread = threads.start(self._run, name="profile", at_fault=threads.again)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self._read()

    def _run(self) -> None:
        while not self._over.wait(_READING_SECONDS):
            self._read()

    def _read(self) -> None:
        seen = self._observe()
        self.readings.append(ResourceReading(time.monotonic(), seen.cpu_seconds, seen.memory_bytes))
