"""Searches the smallest size that holds a wished latency at a wished rate, on a temporary service.

What fails is not measured: a request that fails for another reason than a lack of CPU or memory ends the search, and
nothing is recommended then.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import field, replace
from typing import Literal

from scoredock import l10n
from scoredock.contrib.profiling.domain.distribution import percentile
from scoredock.contrib.profiling.domain.load import Load, LoadPlan, RequestLine
from scoredock.contrib.profiling.domain.measurement import Measurement, measure
from scoredock.contrib.profiling.domain.profile import Profile, RequestTally, summarise
from scoredock.contrib.profiling.domain.rate_curve import CurvePoint, following_rate, knee_of
from scoredock.contrib.profiling.domain.recommendation import (
    STEPS,
    BatchPoint,
    Replicas,
    best_batch,
    body_with,
    replicas_for,
)
from scoredock.contrib.profiling.domain.request_bodies import RequestBodies
from scoredock.contrib.profiling.domain.search_plan import SearchPlan
from scoredock.contrib.profiling.domain.sizes import GIGABYTE, Size, SizeGrid, grid
from scoredock.contrib.profiling.domain.temporary import (
    ProfileSubject,
    SizedService,
    is_out_of_memory,
    temporary_service,
)
from scoredock.contrib.profiling.domain.usage_watch import growth
from scoredock.contrib.profiling.domain.windows import LatencyWish
from scoredock.engines.base import MachineCapacity
from scoredock.errors import Cancelled, ClusterNotAllowed, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.services.access.calls import CONTENT_TYPE, SCORE, OutgoingCall, authorization
from scoredock.services.deployments import Deployments
from scoredock_runtime.contract import INIT_TIMEOUT

MOST_SECONDS, USUAL_SECONDS = 3600.0, 540.0
_CURVE_SECONDS = 150.0
"""For latency against rate, which is drawn after the size is decided."""
_ANSWER_SECONDS = 10.0
"""A request without a response for so long counts as refused: the service has more than it can answer."""
_LATE_TRIALS = 2
"""Measurements in a row in which this program itself was late, before it is said that it cannot keep up."""
_BATCH_REQUESTS, _BATCH_SECONDS = 60, 2.0
_TYPICAL_TRIALS = 9
"""For the progress that is shown."""

End = Literal["complete", "too-small", "not-searched", "failed", "late", "out-of-time"]
"""Why a search ended: with a size; the largest does not hold; limits cannot be set; requests failed; this program could
not send at the rate; the time was over."""
TrialOutcome = Literal["holds", "misses", "unsteady", "out-of-memory", "failed", "late"]


@dataclass(frozen=True, slots=True)
class SizeRequest:
    """Request for a search of the smallest size."""

    wish: LatencyWish
    most_cpu: float = 0.0
    """0 for all that the machine has."""
    most_memory: float = 0.0
    """Gigabytes; 0 as above."""
    seconds: float = USUAL_SECONDS

    def fault(self) -> str:
        """Reason why it cannot be carried out, as one sentence; empty if it can."""
        wish = self.wish
        if not 0 < wish.rate <= 10_000:
            return l10n.t("Say how many requests per second the service has to hold: more than 0, at most 10,000.")
        if not 0 < wish.latency_ms <= 60_000:
            return l10n.t("Say the latency that the service has to hold: more than 0 ms, at most 60,000.")
        if not 50 <= wish.percentile <= 99.9:
            return l10n.t("A percentile of 50 to 99.9 can be measured, not {value:g}.", value=wish.percentile)
        if not 0 < self.seconds <= MOST_SECONDS:
            return l10n.t("A search may take up to {minutes:g} minutes.", minutes=MOST_SECONDS / 60)
        return ""


@dataclass(frozen=True, slots=True)
class SizeTrial:
    """A size that was tried."""

    size: Size
    outcome: TrialOutcome
    measurement: Measurement | None
    """None for a size at which the service did not start."""
    note: str = ""
    percentile: float = 95.0
    """Of the wish."""


@dataclass(slots=True)
class SizeSearch:
    """State of a search so far, and its result at the end."""

    request: SizeRequest
    sent: RequestBodies
    end: End = "out-of-time"
    reason: str = ""
    """Why nothing is recommended, as one sentence or two."""
    trials: list[SizeTrial] = field(default_factory=list)
    smallest: Size | None = None
    next_smaller: Size | None = None
    grid: SizeGrid | None = None
    curve: list[CurvePoint] = field(default_factory=list)
    knee: float | None = None
    """The highest rate at which the latency holds, at the size that is recommended or the largest one."""
    growth_bytes: float = 0.0
    """Memory that each request adds; 0 where it settles."""
    memory: list[tuple[float, int, int]] = field(default_factory=list)
    """Seconds since the beginning, requests so far and bytes, of the service that ran last."""
    replicas: Replicas | None = None
    batches: list[BatchPoint] = field(default_factory=list)
    """Several rows in one request, at the size that is recommended; empty where bodies have no rows."""
    batch_rows: int | None = None
    """The rows of a request with which most of them are answered in time."""
    measured: Measurement | None = None
    """At the size that is recommended, else at the last one that was measured at the wished rate."""
    requested: Size | None = None
    """The size of `measured`; None where none was set."""
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def profile(self) -> Profile:
        """The fields of v1, of what was measured last at the recommended size; a size only where one is recommended,
        and no memory for a service whose memory grows."""
        measured, smallest = self.measured, self.smallest
        if measured is None:
            return replace(summarise([], [], 0.0, [], self.sent.source), error=self.reason)
        finite = [each for each in measured.latencies if not math.isinf(each)]
        failures = [kind for kind, count in measured.failures for _ in range(count)]
        waits = finite[len(finite) - measured.skipped :] if measured.skipped else []
        answered = finite[: len(finite) - len(waits)]
        figures = summarise(answered, failures, measured.seconds, measured.readings, self.sent.source, waits=waits)
        return replace(
            figures,
            measured_queries_per_second=round(measured.answered_per_second, 2),
            recommended_cpu=None if smallest is None else smallest.cpu,
            recommended_memory_in_gb=None if smallest is None or self.growth_bytes else smallest.memory,
            error=self.reason if self.end == "failed" else "",
            requested_queries_per_second=measured.rate,
            # Windows in which this program was late are left out of the figures.
            generator=replace(measured.generator, kept_up=measured.outcome != "late"),
        )


def search_size(
    deployments: Deployments,
    subject: ProfileSubject,
    request: SizeRequest,
    sent: RequestBodies,
    progress: Progress,
    cancel: CancelToken,
) -> SizeSearch:
    """Blocks until the search has ended and its service is gone. Raises ScoredockError `profile-input-invalid`,
    `cancelled`, and what a deployment raises for what cannot be started at the largest size."""
    if request.fault():
        raise ScoredockError("profile-input-invalid", request.fault())
    result, started = SizeSearch(request, sent), time.monotonic()
    with temporary_service(deployments, subject, progress, cancel) as service:
        _Search(service, result, progress, cancel, started).run(subject)
    result.seconds = round(time.monotonic() - started, 1)
    return result


class _Failed(Exception):
    """Requests failed for another reason than the size."""


class _Search:
    """One search on a temporary service."""

    def __init__(
        self, service: SizedService, result: SizeSearch, progress: Progress, cancel: CancelToken, started: float
    ) -> None:
        self._service, self._result, self._progress, self._cancel = service, result, progress, cancel
        self._begun = started
        self._memory = 0.0
        """Gigabytes with which the service runs now; 0 where it does not."""
        self._requests = 0

    def run(self, subject: ProfileSubject) -> None:
        """Fills the result."""
        result = self._result
        try:
            try:
                self._search(subject)
            except ScoredockError as error:
                if error.code != "limits-unavailable":
                    raise
                result.end, result.reason = "not-searched", error.message
                self._measure_only(result.request.wish)
        except _Failed as failed:
            result.end, result.reason = "failed", str(failed)
            result.smallest = result.next_smaller = None

    def _search(self, subject: ProfileSubject) -> None:
        """Raises ScoredockError `limits-unavailable` where sizes cannot be set."""
        result, request = self._result, self._result.request
        machine = self._machine_size()
        result.grid = grid(machine.cpus, machine.memory_bytes, request.most_cpu, request.most_memory)
        plan = SearchPlan(result.grid)
        self._try_sizes(plan)
        self._conclude(plan, subject)

    def _machine_size(self) -> MachineCapacity:
        """Raises ScoredockError `limits-unavailable`."""
        request = self._result.request
        try:
            return self._service.machine_size()
        except ClusterNotAllowed as error:
            if request.most_cpu and request.most_memory:
                return MachineCapacity(request.most_cpu, int(request.most_memory * GIGABYTE))
            raise ScoredockError(
                "limits-unavailable",
                l10n.t(
                    "The login of the cluster may not list nodes, so that nobody knows which sizes they have room for."
                    " Say the most cores and gigabytes that a pod may get, and they are searched."
                ),
            ) from error

    # ------------------------------------------------------------------------------------------ sizes

    def _try_sizes(self, plan: SearchPlan) -> None:
        result, late = self._result, 0
        while (size := plan.following()) is not None:
            if self._elapsed() > result.request.seconds:
                result.end = "out-of-time"
                return
            self._report(size)
            trial = self._try(size)
            result.trials.append(trial)
            measured = trial.measurement
            if trial.outcome == "late":
                late += 1
                if late > _LATE_TRIALS:
                    result.end = "late"
                    return
                continue  # the machine may have had something else to do
            late = 0
            if trial.outcome == "out-of-memory":
                self._memory = 0.0
                if size == plan.grid.largest or not plan.tell_out_of_memory():
                    result.end = "too-small"
                    return
            elif measured is None:
                plan.tell(size, False)
            else:
                used, cpu = measured.memory_bytes or 0, measured.mean_cpu or 0.0
                plan.tell(size, trial.outcome == "holds", used_bytes=used, used_cpu=cpu)
        result.end = "complete" if plan.smallest is not None else "too-small"

    def _report(self, size: Size) -> None:
        done = min(len(self._result.trials) / _TYPICAL_TRIALS, 0.95) * 0.7
        self._progress.report(
            l10n.t("Trying {cpu:g} cores and {memory:g} GB", cpu=size.cpu, memory=size.memory), int(100 * done)
        )

    def _try(self, size: Size) -> SizeTrial:
        try:
            if size.memory != self._memory:
                self._memory = 0.0
                self._start(size)
            else:
                self._service.resize(size.cpu)
        except ScoredockError as error:
            if not isinstance(error, Cancelled) and is_out_of_memory(error):
                return SizeTrial(size, "out-of-memory", None, error.message)
            if error.code == INIT_TIMEOUT and self._result.trials:
                return SizeTrial(size, "misses", None, error.message)
            raise
        measured = self._measured(self._result.request.wish)
        if measured is None:
            return SizeTrial(
                size, "out-of-memory", None, l10n.t("The kernel ended a process, as its memory was used up.")
            )
        return SizeTrial(size, measured.outcome, measured, percentile=self._result.request.wish.percentile)

    def _start(self, size: Size | None) -> None:
        try:
            self._service.start(size)
        except ScoredockError as error:
            if isinstance(error, Cancelled) or is_out_of_memory(error) or error.code == INIT_TIMEOUT:
                raise
            if self._service.ended_by_memory():
                raise ScoredockError("container-out-of-memory", error.message) from error
            if self._result.trials:
                raise _Failed(self._at_size(error.message)) from error
            raise
        self._memory = size.memory if size is not None else 0.0
        self._requests = 0
        self._result.memory.clear()

    def _measured(self, wish: LatencyWish) -> Measurement | None:
        """None when the kernel ended the service meanwhile for its memory. Raises _Failed."""
        results: list[Measurement] = []
        fault = ""
        try:
            results.append(measure(self._new_line, self._result.sent.bodies, wish, self._service.observe, self._cancel))
        except ScoredockError as error:
            if error.code != "service-unreachable":
                raise
            fault = error.message
        if self._service.ended_by_memory():
            return None
        if fault:
            ended = self._service.failure()
            raise _Failed(self._at_size(ended.message if ended is not None else fault))
        (measured,) = results
        self._note_memory(measured)
        if measured.outcome == "failed":
            self._result.measured = measured
            kinds = ", ".join(f"{kind} ({count})" for kind, count in measured.failures)
            raise _Failed(self._at_size(l10n.t("Requests failed: {kinds}.", kinds=kinds)))
        return measured

    def _at_size(self, what: str) -> str:
        return l10n.t("{what} Nothing is recommended, as work that fails is not measured.", what=what)

    def _new_line(self) -> RequestLine:
        headers = {CONTENT_TYPE: self._result.sent.content_type, **authorization(self._service.credential())}
        exchange = OutgoingCall(SCORE, "POST", headers=headers, timeout=_ANSWER_SECONDS)
        return RequestLine(self._service.name, self._service.address, exchange)

    def _note_memory(self, measured: Measurement) -> None:
        readings = [each for each in measured.readings if each.memory_bytes is not None]
        for number, each in enumerate(readings):
            so_far = self._requests + measured.requests * (number + 1) // len(readings)
            self._result.memory.append((round(each.moment - self._begun, 2), so_far, each.memory_bytes or 0))
        self._requests += measured.requests

    def _elapsed(self) -> float:
        return time.monotonic() - self._begun

    # ------------------------------------------------------------------------------------------ what follows

    def _conclude(self, plan: SearchPlan, subject: ProfileSubject) -> None:
        result = self._result
        result.growth_bytes = growth([(requests, used) for _, requests, used in result.memory])
        if result.end == "complete":
            result.smallest, result.next_smaller = plan.smallest, plan.next_smaller
        size = result.smallest or (result.trials[-1].size if result.trials else None)
        measured = _last_at(result.trials, size)
        result.measured, result.requested = measured, size
        result.reason = self._reason(measured)
        if measured is None or size is None or result.end not in ("complete", "too-small"):
            return
        self._draw_curve(size)
        if result.end == "complete":
            self._try_batches()
        rate, milliseconds = self._sustained(measured)
        if milliseconds is not None:
            wished = result.request.wish.rate
            workers = subject.spec.front.max_concurrent_requests
            result.replicas = replicas_for(wished, milliseconds / 1000, size.cpu, per_container=workers)
            if result.end == "too-small" and rate:
                fewest = -(-wished // rate)
                result.replicas = replace(result.replicas, replicas=max(result.replicas.replicas, int(fewest)))

    def _sustained(self, measured: Measurement) -> tuple[float, float | None]:
        """The rate that the size holds, and how long a request takes on average then."""
        holding = [point for point in self._result.curve if point.holds]
        if measured.outcome == "holds" or not holding:
            return measured.rate, measured.average if measured.outcome == "holds" else None
        best = max(holding, key=lambda point: point.rate)
        return best.rate, best.average_ms

    def _reason(self, measured: Measurement | None) -> str:
        result, wish = self._result, self._result.request.wish
        if result.end == "too-small" and result.grid is not None:
            largest = result.grid.largest
            if measured is None:
                return l10n.t("The service does not run with {memory:g} GB of memory.", memory=largest.memory)
            return l10n.t(
                "No size up to {cpu:g} cores and {memory:g} GB holds {latency:g} ms for {share:g}% of {rate:g} requests"
                " per second.",
                cpu=largest.cpu,
                memory=largest.memory,
                latency=wish.latency_ms,
                share=wish.percentile,
                rate=wish.rate,
            )
        if result.end == "late":
            return l10n.t(
                "Scoredock could not send {rate:g} requests per second from this machine in time, so that nothing can"
                " be said of the service.",
                rate=wish.rate,
            )
        if result.end == "out-of-time":
            return l10n.t("The search did not end within {minutes:g} minutes.", minutes=result.request.seconds / 60)
        return ""

    def _draw_curve(self, size: Size) -> None:
        """Latency against rate at a size; ends with its time."""
        result, wish = self._result, self._result.request.wish
        measured = result.measured
        if measured is not None:
            result.curve.append(CurvePoint.of(measured, wish.percentile))
        if size.memory != self._memory:
            self._start(size)
        self._service.resize(size.cpu)
        end = time.monotonic() + min(_CURVE_SECONDS, result.request.seconds - self._elapsed())
        while time.monotonic() < end and (rate := following_rate(result.curve, wish.rate)) is not None:
            self._progress.report(
                l10n.t("Measuring {rate:g} requests per second", rate=rate), 70 + 4 * len(result.curve)
            )
            trial = self._measured(replace(wish, rate=rate))
            if trial is None or trial.outcome == "late":
                break
            result.curve.append(CurvePoint.of(trial, wish.percentile))
            result.curve.sort(key=lambda point: point.rate)
        result.knee = knee_of(result.curve)

    def _try_batches(self) -> None:
        """More rows in each request, until they take longer than is wished or the script refuses them."""
        result, wish = self._result, self._result.request.wish
        for rows in STEPS:
            body = body_with(result.sent.bodies, rows)
            if body is None or self._elapsed() > result.request.seconds:
                break
            self._progress.report(l10n.t("Measuring {rows} rows in a request", rows=rows), 97)
            tally, plan = RequestTally(), LoadPlan(_BATCH_REQUESTS, seconds=_BATCH_SECONDS)
            load = Load([self._new_line()], [body], plan, tally.record)
            load.run(self._cancel, lambda _: None)
            latency = percentile(sorted(tally.latencies), wish.percentile)
            if tally.failures or latency is None:
                break
            per_second = rows * len(tally.latencies) / load.seconds
            result.batches.append(BatchPoint(rows, latency, round(per_second, 1)))
            if latency > wish.latency_ms:
                break
        result.batch_rows = best_batch(result.batches, wish.latency_ms)

    def _measure_only(self, wish: LatencyWish) -> None:
        """Measures without limits, if none can be set."""
        self._progress.report(l10n.t("Measuring without limits"), 10)
        self._start(None)
        measured = self._measured(wish)
        self._result.measured = measured
        if measured is not None and measured.outcome == "holds" and measured.average is not None:
            cpu = measured.mean_cpu or 1.0
            self._result.replicas = replicas_for(wish.rate, measured.average / 1000, cpu)


def _last_at(trials: Sequence[SizeTrial], size: Size | None) -> Measurement | None:
    """The newest measurement of a size, of those that hold where any does."""
    results = [each.measurement for each in trials if each.size == size and each.measurement is not None]
    holding = [each for each in results if each.outcome == "holds"]
    return (holding or results)[-1] if results else None
