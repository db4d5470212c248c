"""Finds jobs that do not run by themselves, and steps that are left out: what asks for a person, and what is decided by
something that nobody knows on this machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from scoredock import l10n
from scoredock.contrib.pipelines.domain.keys.azure_names import unknown_to_azure
from scoredock.contrib.pipelines.domain.keys.github_events import reason_of_trigger
from scoredock.contrib.pipelines.domain.keys.github_names import unknown_to_github
from scoredock.contrib.pipelines.domain.keys.names import NamesOfJob
from scoredock.contrib.pipelines.domain.keys.unread import UnreadPlace, belongs_to, unread_of
from scoredock.contrib.pipelines.domain.pipeline import Job, Pipeline, Step, reason_of_runner
from scoredock.contrib.pipelines.domain.platforms.stand_ins import bare_name
from scoredock.contrib.pipelines.domain.running.start import RunStart

_UNKNOWN = {"github": unknown_to_github, "azure": unknown_to_azure}
_PERSONS = re.compile(r"^manualvalidation$|^manualintervention$|manual-approval|approve", re.IGNORECASE)
"""Tasks and actions that wait for somebody, by their names."""


def guarded(pipeline: Pipeline, start: RunStart, names: tuple[str, ...] = ()) -> Pipeline:
    """The pipeline with jobs that say why they do not run by themselves; one that was named runs, and says what it runs
    without.
    """
    unread = unread_of(pipeline)
    return replace(pipeline, jobs=tuple(_guarded(job, pipeline, start, names, unread) for job in pipeline.jobs))


def stops(pipeline: Pipeline, jobs: tuple[Job, ...], names: tuple[str, ...]) -> tuple[UnreadPlace, ...]:
    """Reasons that keep a run of these jobs from beginning: all that is not read, but for jobs that were named; if no
    job would run, also why. Empty for files of GitLab, which are read to be shown.
    """
    if names or pipeline.platform == "gitlab":
        return ()
    unread = list(unread_of(pipeline))
    if not unread and all(job.left_out for job in jobs):
        unread = [UnreadPlace(job.left_out, job.source) for job in jobs]
    return tuple(unread)


def _guarded(
    job: Job, pipeline: Pipeline, start: RunStart, names: tuple[str, ...], unread: tuple[UnreadPlace, ...]
) -> Job:
    unknown = _UNKNOWN.get(pipeline.platform)
    if unknown is None or job.left_out:
        return job
    of_job = NamesOfJob(pipeline, job, start)
    steps = tuple(_step(step, of_job) for step in job.steps)
    conditions = sorted({*unknown(job.condition, of_job, None), *unknown(job.stage_condition, of_job, None)})
    reasons = list(_reasons(job, pipeline, start, conditions))
    before, job = job, replace(job, steps=steps)
    if not {job.id, job.name} & set(names):
        return replace(job, left_out=" ".join(reasons), by_name=bool(reasons))
    of_others = [other for other in pipeline.jobs if other is not before]
    reasons += [
        f"{each.source}: {each.reason}"
        for each in unread
        if belongs_to(each.source, job) or not any(belongs_to(each.source, other) for other in of_others)
    ]
    notes = [l10n.t("It runs because it was named:"), *reasons] if reasons else []
    if conditions:
        job = replace(job, condition="always()", stage_condition="always()" if job.stage_condition else "")
    return replace(job, notes=(*job.notes, *notes))


def _reasons(job: Job, pipeline: Pipeline, start: RunStart, conditions: list[str]) -> Iterator[str]:
    if job.asks:
        yield job.asks
    if reason := reason_of_runner(job.runner):
        yield reason
    person = next((step for step in job.steps if _PERSONS.search(bare_name(step.uses))), None)
    if person is not None:
        yield l10n.t("The step “{name}” waits for a person.", name=person.name)
    if pipeline.platform == "github":
        yield from reason_of_trigger(pipeline, start)
    if conditions:
        yield _of_unknown(conditions)


def _step(step: Step, of_job: NamesOfJob) -> Step:
    """Its own condition counts, and those of the steps that call the actions that it is of."""
    conditions = (step, *(call.step for call in step.calls()))
    unknown = {name for each in conditions for name in _UNKNOWN[of_job.pipeline.platform](each.condition, of_job, each)}
    if not unknown or step.kind == "left-out":
        return step
    return replace(step, kind="left-out", reason=_of_unknown(sorted(unknown)))


def _of_unknown(names: list[str]) -> str:
    return l10n.t(
        "Its condition reads {names}, which is unknown here; --event, --branch and --variable give values.",
        names=", ".join(f"“{each}”" for each in names),
    )
