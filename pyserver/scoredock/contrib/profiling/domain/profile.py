"""Measures a running service: sends it requests and watches what it uses meanwhile."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.contrib.profiling.domain.distribution import percentile
from scoredock.contrib.profiling.domain.generator_report import GeneratorReport
from scoredock.contrib.profiling.domain.load import Load, LoadPlan, LoadRequest, RequestLine
from scoredock.contrib.profiling.domain.request_bodies import bodies_of
from scoredock.contrib.profiling.domain.usage_watch import ResourceReading, UsageWatch, busiest
from scoredock.engines.base import Observation
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.services.access.calls import CONTENT_TYPE, OutgoingCall, authorization

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments

MOST_REQUESTS = 100_000
DEFAULT_REQUESTS = 200
_HEADROOM = 1.25
_GB = 1e9


@dataclass(frozen=True, slots=True)
class Profile:
    """Measured profile, by the names that a ModelProfile of v1 has; None where there is nothing true to say."""

    total_queries: int
    success_queries: int
    """Answered with a status of 2xx."""
    success_rate: float
    """Per cent."""
    average_latency_in_ms: float | None
    """Of the successful ones, as are the percentiles; each percentile is a latency that did occur. At a rate it counts
    from when a request was due, and one that could not be sent counts with the time that it waited."""
    latency_percentile50_in_ms: float | None
    latency_percentile90_in_ms: float | None
    latency_percentile95_in_ms: float | None
    latency_percentile99_in_ms: float | None
    latency_percentile999_in_ms: float | None
    """99.9 %."""
    measured_queries_per_second: float
    """Of answered requests. Over one connection, one after the other, a lower bound of what the service can do."""
    max_utilized_cpu: float | None
    """Cores, in the busiest half second; over the whole run where it was shorter."""
    max_utilized_memory_in_gb: float | None
    """Resident memory of the service's processes at its highest, in 10⁹ bytes."""
    recommended_cpu: float | None
    """`max_utilized_cpu` times 1.25, rounded up to a tenth; None when a request failed or
    could not be sent, whose work was not measured."""
    recommended_memory_in_gb: float | None
    """`max_utilized_memory_in_gb` times 1.25, rounded up to a tenth; None as above."""
    error: str
    """What went wrong with the requests that failed; empty when none did."""
    input: str
    """Where the request bodies came from."""
    requested_queries_per_second: float | None = None
    """The rate of the plan; None for as fast as they are answered."""
    skipped_queries: int = 0
    """Requests that were due and could not be sent."""
    generator: GeneratorReport = GeneratorReport()
    """Whether this program sent them when they were due."""


def profile(
    deployments: Deployments, name: str, *, rows: str, plan: LoadPlan, progress: Progress, cancel: CancelToken
) -> Profile:
    """Send requests as planned, with the lines of the file `rows` as their bodies in turn, or the rows of a dataset
    (`dataset:name` or `dataset:name:version`), or the service's own sample when it is empty.

    Raises ScoredockError `profile-input-invalid`, `service-unreachable` (also when it stops answering half-way),
    `cancelled`, and what `bodies_of` raises.
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
    sent = bodies_of(deployments, name, rows)
    known = deployments.ledger.require(name)
    handle, engine = known.service.handle, deployments.engines.get(known.service.engine)
    watch = UsageWatch(
        lambda: engine.observe(handle) if engine is not None and handle is not None else Observation("Failed")
    )
    exchange = OutgoingCall("/score", "POST", headers={CONTENT_TYPE: sent.content_type, **authorization(credential)})
    tally = RequestTally()
    lines = [RequestLine(name, address, exchange) for _ in range(plan.connections)]
    load = Load(lines, sent.bodies, replace(plan, requests=_most_requests(plan)), tally.record)
    with watch:
        start = time.monotonic()
        load.run(cancel, lambda number: progress.report(l10n.t("Sending requests"), _share(plan, number, start)))
    measured = summarise(tally.latencies, tally.failures, load.seconds, watch.readings, sent.source, waits=tally.waits)
    return replace(measured, requested_queries_per_second=plan.rate or None, generator=load.generator)


def _most_requests(plan: LoadPlan) -> int:
    """At a rate the time alone may decide."""
    return plan.requests or (0 if plan.rate else MOST_REQUESTS)


class RequestTally:
    """Tally of the requests of a run."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        """Milliseconds of the successful ones."""
        self.failures: list[str] = []
        self.waits: list[float] = []
        """Milliseconds for which those waited that could not be sent."""

    def record(self, sent: LoadRequest) -> None:
        """Takes one of them."""
        if sent.outcome == "skipped":
            self.waits.append(sent.milliseconds)
        elif sent.fault:
            self.failures.append(sent.fault)
        else:
            self.latencies.append(sent.milliseconds)


def _share(plan: LoadPlan, number: int, start: float) -> int:
    """Per cent of the run."""
    of_time = (time.monotonic() - start) / plan.seconds if plan.seconds else 0.0
    return int(100 * min(1.0, max(of_time, number / plan.requests if plan.requests else 0.0)))


def summarise(
    latencies: Sequence[float],
    failures: Sequence[str],
    seconds: float,
    readings: Sequence[ResourceReading],
    source: str,
    *,
    waits: Sequence[float] = (),
) -> Profile:
    """The figures of a run: `latencies` and `waits` in milliseconds, `failures` one sentence each, `seconds` in all.
    Pure."""
    total = len(latencies) + len(failures) + len(waits)
    ordered = sorted((*latencies, *waits))
    cpu = busiest(readings)
    used = [reading.memory_bytes for reading in readings if reading.memory_bytes is not None]
    memory = max(used) / _GB if used else None
    return Profile(
        total_queries=total,
        success_queries=len(latencies),
        success_rate=round(len(latencies) * 100 / total, 2) if total else 0.0,
        average_latency_in_ms=round(sum(ordered) / len(ordered), 3) if ordered else None,
        latency_percentile50_in_ms=percentile(ordered, 50),
        latency_percentile90_in_ms=percentile(ordered, 90),
        latency_percentile95_in_ms=percentile(ordered, 95),
        latency_percentile99_in_ms=percentile(ordered, 99),
        latency_percentile999_in_ms=percentile(ordered, 99.9),
        measured_queries_per_second=round((total - len(waits)) / seconds, 2) if seconds > 0 else 0.0,
        max_utilized_cpu=None if cpu is None else round(cpu, 3),
        max_utilized_memory_in_gb=None if memory is None else round(memory, 4),
        recommended_cpu=None if failures or waits else recommended(cpu),
        recommended_memory_in_gb=None if failures or waits else recommended(memory),
        error=l10n.t(
            "{failures} of {total} requests failed. The first: {reason}",
            failures=len(failures),
            total=total,
            reason=failures[0],
        )
        if failures
        else "",
        input=source,
        skipped_queries=len(waits),
    )


def recommended(used: float | None) -> float | None:
    """A quarter more than was used, rounded up to a tenth."""
    if used is None:
        return None
    return max(1, math.ceil(round(used * _HEADROOM * 10, 6))) / 10
