"""Measures models and a script at one size, without a service that runs: the form of Model.profile in v1."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from scoredock import l10n
from scoredock.contrib.profiling.domain.load import Load, LoadPlan, RequestLine
from scoredock.contrib.profiling.domain.profile import DEFAULT_REQUESTS, Profile, RequestTally, summarise
from scoredock.contrib.profiling.domain.request_bodies import RequestBodies
from scoredock.contrib.profiling.domain.sizes import GIGABYTE, MOST_CPU, MOST_MEMORY, Size
from scoredock.contrib.profiling.domain.temporary import ProfileSubject, SizedService, temporary_service
from scoredock.contrib.profiling.domain.usage_watch import UsageWatch
from scoredock.engines.base import Engine, HoldsToSize, MachineCapacity
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.services.access.calls import CONTENT_TYPE, SCORE, OutgoingCall, authorization
from scoredock.services.deployments import Deployments


@dataclass(frozen=True, slots=True)
class OneSize:
    """Result of measuring at one size."""

    profile: Profile
    size: Size | None
    """None where no limits could be set."""
    notes: tuple[str, ...] = ()


def engine_that_limits(engines: Iterable[Engine]) -> str:
    """The first one that can hold services to a size here, else the first one."""
    first = ""
    for engine in engines:
        first = first or engine.name
        if isinstance(engine, HoldsToSize) and engine.ready().ready:
            try:
                engine.machine_size()
            except ScoredockError:
                continue
            return engine.name
    return first


def measure_one(
    deployments: Deployments,
    subject: ProfileSubject,
    limits: tuple[float | None, float | None],
    sent: RequestBodies,
    progress: Progress,
    cancel: CancelToken,
) -> OneSize:
    """Sends 200 requests one after the other at `limits` of cores and gigabytes, 3.5 and 15 by default, or what the
    machine has. Raises what a deployment raises, `service-unreachable`, `cancelled`."""
    with temporary_service(deployments, subject, progress, cancel) as service:
        size, notes = _size_of(service, *limits)
        service.start(size)
        return OneSize(_measured(service, sent, progress, cancel), size, notes)


def _size_of(service: SizedService, cpu: float | None, memory: float | None) -> tuple[Size | None, tuple[str, ...]]:
    try:
        machine = service.machine_size()
    except ScoredockError as error:
        if error.code != "limits-unavailable":
            raise
        return None, (l10n.t("{reason} It was measured without limits.", reason=error.message),)
    size = Size(cpu or MOST_CPU, memory or MOST_MEMORY)
    size = _within(size, machine)
    if size == size:
        return size, ()
    note = l10n.t(
        "Measured at {cpu:g} cores and {memory:g} GB: the machine has no more.", cpu=size.cpu, memory=size.memory
    )
    return size, (note,)


def _within(size: Size, machine: MachineCapacity) -> Size:
    return Size(min(size.cpu, machine.cpus), min(size.memory, machine.memory_bytes // GIGABYTE or size.memory))


def _measured(service: SizedService, sent: RequestBodies, progress: Progress, cancel: CancelToken) -> Profile:
    headers = {CONTENT_TYPE: sent.content_type, **authorization(service.credential())}
    line = RequestLine(service.name, service.address, OutgoingCall(SCORE, "POST", headers=headers))
    tally, plan = RequestTally(), LoadPlan(max(DEFAULT_REQUESTS, min(len(sent.bodies), 1000)))
    load = Load([line], sent.bodies, plan, tally.record)
    with UsageWatch(service.observe) as watch:
        load.run(cancel, lambda number: progress.report(l10n.t("Sending requests"), int(100 * number / plan.requests)))
    measured = summarise(tally.latencies, tally.failures, load.seconds, watch.readings, sent.source, waits=())
    return replace(measured, generator=load.generator)
