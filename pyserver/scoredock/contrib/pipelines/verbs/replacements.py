"""Scripts of the person in the place of steps, such as a training of their own for one in Azure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.context import absolute
from scoredock.contrib.pipelines import messages
from scoredock.contrib.pipelines.domain.pipeline import Step
from scoredock.contrib.pipelines.verbs.records import Opened
from scoredock.errors import Place, ScoredockError


def with_replacements(opened: Opened, params: messages.PipelineParams) -> Opened:
    """The pipeline with those scripts. Raises ScoredockError `pipeline-step-missing`, `pipeline-file-missing`,
    `file-unreadable`."""
    steps = [step for job in opened.pipeline.jobs for step in job.steps]
    for name in (*params.skipped, *params.replacements):
        if not any(step_name(step, [name]) for step in steps):
            raise ScoredockError(
                "pipeline-step-missing",
                l10n.t("The pipeline {file} has no step “{name}”.", file=opened.file, name=name),
                place=opened.place(),
            )
    scripts = {name: (path, _text(absolute(path))) for name, path in params.replacements.items()}
    jobs = tuple(
        replace(job, steps=tuple(_replaced(step, scripts, params.skipped) for step in job.steps))
        for job in opened.pipeline.jobs
    )
    return replace(opened, pipeline=replace(opened.pipeline, jobs=jobs))


def step_name(step: Step, names: Iterable[str]) -> str:
    """Name among these that means a step; empty if none does."""
    return next((name for name in names if name in (step.name, step.id, str(step.source))), "")


def _replaced(step: Step, scripts: Mapping[str, tuple[str, str]], skipped: Iterable[str]) -> Step:
    name = step_name(step, scripts)
    if not name:
        return replace(step, unread=()) if step_name(step, skipped) else step
    path, text = scripts[name]
    # The platforms give an action or a task its inputs so, too.
    inputs = {f"INPUT_{re.sub('[ .]', '_', key).upper()}": value for key, value in step.inputs.items()}
    return replace(
        step,
        kind="stand-in",
        action="script",
        script=text,
        program=("bash", "-e"),
        reason=l10n.t("{path} runs in its place.", path=path),
        unread=(),
        env={**inputs, **step.env},
    )


def _text(path: Path) -> str:
    if not path.is_file():
        raise ScoredockError(
            "pipeline-file-missing", l10n.t("There is no file {path}.", path=path), place=Place(str(path))
        )
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as fault:
        reason = l10n.t("{path} cannot be read: {reason}", path=path, reason=fault)
        raise ScoredockError("file-unreadable", reason, place=Place(str(path), 0)) from None
