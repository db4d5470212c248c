"""Measurements of profiling as messages."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.contrib.profiling import messages
from scoredock.contrib.profiling.verbs.generator_note import generator_note

if TYPE_CHECKING:
    from scoredock.contrib.profiling.domain.generator_report import GeneratorReport
    from scoredock.contrib.profiling.domain.profile import Profile
    from scoredock.contrib.profiling.domain.size_search import SizeSearch, SizeTrial
    from scoredock.contrib.profiling.domain.sizes import Size

_GB = 1e9
_MOST_POINTS = 400
_FEW_ROWS = 10


def profile_message(name: str, report: Profile) -> messages.ServiceProfile:
    """Message of a profile, under the name of a service or another one."""
    values: dict[str, Any] = {field.name: getattr(report, field.name) for field in dataclasses.fields(report)}
    values["generator"] = generator_message(report.generator)
    return messages.ServiceProfile(
        name=name, **{key.replace("_in_gb", "_in_g_b"): value for key, value in values.items()}
    )


def generator_message(generator: GeneratorReport) -> messages.LoadGenerator:
    """Message of the generator's figures, with a note on them."""
    return messages.LoadGenerator(note=generator_note(generator), **dataclasses.asdict(generator))


def size_report(search: SizeSearch, name: str, revision: int, engine: str) -> messages.SizeReport:
    """Message of a search's result. `revision` is 0 without a service."""
    from scoredock.contrib.profiling.domain.rate_curve import is_bounded

    wish, replicas = search.request.wish, search.replicas
    grid = search.grid
    return messages.SizeReport(
        name=name,
        revision=revision,
        engine=engine,
        end=search.end,
        reason=search.reason,
        latency_ms=wish.latency_ms,
        percentile=wish.percentile,
        rate=wish.rate,
        recommended=_size(search.smallest),
        next_smaller=_size(search.next_smaller),
        profile=profile_message(name, search.profile()),
        requested=_size(search.requested),
        sizes=[_result(each) for each in search.trials],
        untried_cpus=list(grid.untried_cpus) if grid is not None else [],
        untried_memories=list(grid.untried_memories) if grid is not None else [],
        curve=[messages.RatePoint(each.rate, each.latency_ms, each.median_ms, each.holds) for each in search.curve],
        knee=search.knee,
        is_knee_bounded=is_bounded(search.curve),
        memory=_memory(search),
        growth_bytes=round(search.growth_bytes, 1),
        workers=replicas.workers if replicas is not None else None,
        concurrency=replicas.concurrency if replicas is not None else None,
        concurrent_requests=replicas.concurrent_requests if replicas is not None else None,
        replicas=replicas.replicas if replicas is not None else None,
        target_utilization=0.7 if replicas is None else replicas.target_utilization,
        batches=[messages.BatchOfRows(each.rows, each.latency_ms, each.rows_per_second) for each in search.batches],
        batch_rows=search.batch_rows,
        notes=[*search.notes, *_notes(search)],
        seconds=search.seconds,
    )


def _size(size: Size | None) -> messages.ServiceSize | None:
    return None if size is None else messages.ServiceSize(size.cpu, size.memory)


def _result(trial: SizeTrial) -> messages.SizeResult:
    measured = trial.measurement
    percentile = trial.percentile
    return messages.SizeResult(
        trial.size.cpu,
        trial.size.memory,
        trial.outcome,
        measured.percentile(percentile) if measured is not None else None,
        measured.percentile(50) if measured is not None else None,
        round(measured.seconds, 1) if measured is not None else 0.0,
        measured.windows if measured is not None else 0,
        round(measured.mean_cpu, 3) if measured is not None and measured.mean_cpu is not None else None,
        round(measured.memory_bytes / _GB, 4) if measured is not None and measured.memory_bytes is not None else None,
        trial.note,
    )


def _memory(search: SizeSearch) -> list[messages.MemoryPoint]:
    """Points of memory, as many as a chart can show."""
    step = max(1, -(-len(search.memory) // _MOST_POINTS))
    return [messages.MemoryPoint(seconds, size) for seconds, _, size in search.memory[::step]]


def _notes(search: SizeSearch) -> list[str]:
    notes = []
    if search.growth_bytes:
        notes.append(
            l10n.t(
                "Memory grew by {megabytes:.1f} MB for every 1,000 requests and did not settle: the script keeps what"
                " it should drop, and no memory is enough for long. No memory is recommended.",
                megabytes=search.growth_bytes * 1000 / 1e6,
            )
        )
    late = sum(each.measurement.late for each in search.trials if each.measurement is not None)
    if late:
        notes.append(l10n.t("Windows left out because Scoredock itself was late in them: {count}.", count=late))
    rows = len(search.sent.bodies)
    if rows <= _FEW_ROWS:
        notes.append(
            l10n.t("Only {count} different request bodies were sent, again and again.", count=rows)
            if rows > 1
            else l10n.t("The same request body was sent again and again.")
        )
    grid = search.grid
    if grid is not None and grid.untried_cpus:
        notes.append(l10n.t("{sizes} cores were not tried: the machine has fewer.", sizes=_listed(grid.untried_cpus)))
    if grid is not None and grid.untried_memories:
        notes.append(
            l10n.t("{sizes} GB were not tried: the machine has less memory.", sizes=_listed(grid.untried_memories))
        )
    return notes


def _listed(steps: tuple[float, ...]) -> str:
    return ", ".join(f"{step:g}" for step in steps)
