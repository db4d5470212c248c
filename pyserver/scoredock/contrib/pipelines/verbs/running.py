"""A pipeline is shown, and run on this machine: its scripts in bash, one job after the other.

What runs is other people's code. It runs because a person names this file, as that person, in the folder itself; it
gets the variables of the pipeline and those that were given, and nothing else of the environment of this process.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from scoredock import l10n, run
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.pipelines import messages
from scoredock.contrib.pipelines.domain.keys.github_events import event_of
from scoredock.contrib.pipelines.domain.keys.guards import guarded, stops
from scoredock.contrib.pipelines.domain.pipeline import Job
from scoredock.contrib.pipelines.domain.platforms.reading import in_order
from scoredock.contrib.pipelines.domain.running.start import RunStart
from scoredock.contrib.pipelines.domain.values import PipelineFault
from scoredock.contrib.pipelines.verbs.gitlab_ci_local import hand_over, require_program
from scoredock.contrib.pipelines.verbs.pipeline_run import PipelineRun, Report
from scoredock.contrib.pipelines.verbs.records import Opened, fault_of, info, job_message, open_pipeline
from scoredock.contrib.pipelines.verbs.replacements import with_replacements
from scoredock.contrib.pipelines.verbs.repository import checkout_of
from scoredock.contrib.pipelines.verbs.run_arguments import BRANCH, EVENT, FILE, PARAMETER, ROOT
from scoredock.contrib.pipelines.verbs.run_folder import RunFolder
from scoredock.errors import ScoredockError
from scoredock.registry.store.faults import storing
from scoredock.temporary.folders import TemporaryFolder
from scoredock.verb import CliCommand, verb


@verb(
    "pipeline/show",
    errors=("pipeline-invalid", "pipeline-too-large"),
    terminal=CliCommand(
        "pipeline show",
        "List the jobs and steps of a pipeline and what becomes of each here: it runs, something stands for it, or it"
        " is left out. Nothing is run.",
        (FILE, ROOT, PARAMETER, EVENT, BRANCH),
        ("scoredock pipeline show .github/workflows/scoredock.yml",),
    ),
)
def show(params: messages.PipelineParams, context: Context, operation: Operation) -> messages.PipelineInfo:
    """Raises ScoredockError `pipeline-file-missing`, `pipeline-invalid`, `pipeline-too-large`."""
    opened = open_pipeline(params)
    opened = replace(opened, pipeline=guarded(opened.pipeline, _start_of(params, opened, {})))
    jobs = [job_message(job, matrix) for job in opened.pipeline.jobs for matrix in job.matrix]
    return info(opened, jobs, {})


def run_reporting(
    params: messages.PipelineParams, context: Context, operation: Operation, report: Report
) -> messages.PipelineInfo:
    """Tells what happens as it does. Raises ScoredockError `pipeline-invalid`, `pipeline-too-large`,
    `pipeline-job-missing`, `pipeline-step-missing`, `pipeline-shell-missing`, `pipeline-secret-missing`,
    `pipeline-unread`, `pipeline-runner-missing`, `pipeline-option-refused`, `pipeline-timeout`,
    `pipeline-file-missing`, `file-unreadable`, `disk-full` and its like, `cancelled`."""
    opened = open_pipeline(params)
    of_others = opened.pipeline.platform == "gitlab"
    if of_others:
        require_program(params, opened)
    else:
        opened = with_replacements(opened, params)
        _require_bash()
    secrets = {**{name: _secret(name) for name in params.secrets}, **params.secret_values}
    start = _start_of(params, opened, secrets)
    opened = replace(opened, pipeline=guarded(opened.pipeline, start, tuple(params.jobs)))
    selection = _chosen(params, opened)
    _require_read(opened, selection, params.jobs, report)
    with storing(Path(tempfile.gettempdir())):
        temporary = TemporaryFolder("pipeline")
    with temporary as folder:
        with storing(folder):
            run_folder = RunFolder(folder, context, operation)
            for name, path in params.artifacts.items():
                run_folder.add(name, absolute(path))
        if of_others:
            return hand_over(opened, params, secrets, run_folder, operation, report)
        try:
            work = PipelineRun(opened, replace(start, workspace=str(folder)), run_folder, operation, report, params)
        except PipelineFault as fault:
            raise fault_of(fault, opened.root, opened.file) from None
        jobs = list(work.jobs(selection))
    result: messages.PipelineResult = "failure" if work.has_failed else "success"
    return work.mask.message(info(opened, jobs, {**params.variables, **secrets}, result))


def _chosen(params: messages.PipelineParams, opened: Opened) -> tuple[Job, ...]:
    pipeline = opened.pipeline
    if not params.jobs:
        return in_order(pipeline)
    for name in params.jobs:
        if pipeline.job(name) is None:
            raise ScoredockError(
                "pipeline-job-missing",
                l10n.t("The pipeline {file} has no job “{name}”.", file=opened.file, name=name),
                l10n.t("Its jobs are: {names}.", names=", ".join(job.id for job in pipeline.jobs)),
                place=opened.place(pipeline.jobs[0].source),
            )
    return tuple(job for job in in_order(pipeline) if job.id in params.jobs or job.name in params.jobs)


def _start_of(params: messages.PipelineParams, opened: Opened, secrets: Mapping[str, str]) -> RunStart:
    """Without a folder yet. What neither was given nor is in git stands for what nobody knows."""
    checkout = checkout_of(opened.root, params.branch)
    event, is_sure = params.event, True
    if not event and opened.pipeline.platform == "github":
        event, is_sure = event_of(opened.pipeline, params.parameters)
    return RunStart(
        str(opened.root),
        "",
        dict(params.variables),
        dict(secrets),
        dict(params.parameters),
        event,
        checkout.branch,
        checkout.commit,
        checkout.repository,
        str(int(time.time())),
        checkout.unsure if is_sure else checkout.unsure | {"event"},
    )


def _require_read(
    opened: Opened,
    jobs: tuple[Job, ...],
    names: list[str],
    report: Report,
) -> None:
    """Tells all that keeps the run from beginning. Raises ScoredockError `pipeline-unread`."""
    places = stops(opened.pipeline, jobs, tuple(names))
    if not places:
        return
    lines = [f"{each.source}: {each.reason}" for each in places]
    for line in lines:
        report("failure", line)
    first = places[0].source
    fix = l10n.t("Choose the jobs that run all the same (--job).")
    if opened.pipeline.platform == "github":
        fix = l10n.t("Choose the jobs that run all the same (--job); act carries out more of GitHub Actions.")
    raise ScoredockError(
        "pipeline-unread",
        l10n.t("{file} does not run here as on its platform: {places}", file=opened.file, places=" ".join(lines)),
        fix,
        place=opened.place(first),
        details={"unread": lines},
    )


def _require_bash() -> None:
    try:
        run.resolve_executable("bash")
    except FileNotFoundError:
        raise ScoredockError("pipeline-shell-missing", l10n.t("There is no bash on PATH.")) from None


def _secret(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise ScoredockError(
            "pipeline-secret-missing", l10n.t("The environment has no variable {name} for the secret.", name=name)
        )
    return value
