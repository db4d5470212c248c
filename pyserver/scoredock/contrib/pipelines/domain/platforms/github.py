"""Workflows of GitHub Actions, with the composite actions of their repository."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast, get_args

from scoredock import l10n
from scoredock.contrib.pipelines.domain.expressions.evaluation import as_text
from scoredock.contrib.pipelines.domain.expressions.filling import has_expressions
from scoredock.contrib.pipelines.domain.parameters import typed_values
from scoredock.contrib.pipelines.domain.pipeline import (
    ActionCall,
    Job,
    ParameterKind,
    Pipeline,
    PipelineParameter,
    Step,
    asks_by_environment,
)
from scoredock.contrib.pipelines.domain.platforms.stand_ins import Files, of_other_shell, stand_in
from scoredock.contrib.pipelines.domain.unfolding import Unfolding, matrix_runs
from scoredock.contrib.pipelines.domain.values import (
    Fields,
    PipelineFault,
    Text,
    Value,
    items_of,
    json_of,
    read_value,
    texts_of,
)

_SHELLS: Mapping[str, tuple[str, ...]] = {
    "": ("bash", "-e"),
    "bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail"),
    "sh": ("sh", "-e"),
    "python": ("python",),
}
_DEEPEST = 8
STARTS = ("workflow_dispatch", "workflow_call")
"""The events that bring inputs."""


def read_github(document: Fields, file: str, files: Files, start_values: Mapping[str, str]) -> Pipeline:
    """Raises PipelineFault."""
    jobs_value = document.get("jobs")
    if not isinstance(jobs_value, Fields):
        raise PipelineFault(l10n.t("The workflow has no jobs."), document.source)
    unfolding = Unfolding()
    workflow = _Workflow(files, document.fields("defaults").fields("run"), unfolding)
    jobs = tuple(
        unfolding.job(workflow.job(key.text, value)) for key, value in jobs_value.entries if isinstance(value, Fields)
    )
    parameters = {each.name: each for event in reversed(STARTS) for each in inputs_of(document, event)}
    typed_values(parameters.values(), start_values, document.source)
    return Pipeline(
        "github",
        document.text("name") or file.rpartition("/")[2],
        file,
        jobs,
        _pairs(document.get("env")),
        tuple(parameters.values()),
        document=document,
        parts=tuple(workflow.actions),
    )


def inputs_of(document: Fields, event: str) -> Iterator[PipelineParameter]:
    """Yields the inputs that an event brings."""
    for key, value in document.fields("on").fields(event).fields("inputs").entries:
        fields = value if isinstance(value, Fields) else Fields((), value.source)
        kind = fields.text("type") or "string"
        yield PipelineParameter(
            key.text,
            json_of(fields.get("default")),
            texts_of(fields.get("options")),
            cast("ParameterKind", kind if kind in get_args(ParameterKind) else "string"),
            fields.text("required") == "true",
            key.source,
        )


def _text(value: Value | None) -> str:
    """A scalar as it is filled in: `3.10` is a number, and becomes 3.1."""
    return as_text(value.value) if isinstance(value, Text) else ""


def _pairs(value: Value | None) -> dict[str, str]:
    entries = value.entries if isinstance(value, Fields) else ()
    return {key.text: _text(each) for key, each in entries if isinstance(each, Text)}


class _Workflow:
    def __init__(self, files: Files, defaults: Fields, unfolding: Unfolding) -> None:
        self._files = files
        self._defaults = defaults
        self._unfolding = unfolding
        self.actions: list[Fields] = []
        """Of the repository, as often as a step uses them."""

    def job(self, name: str, value: Fields) -> Job:
        job = Job(
            name,
            value.text("name") or name,
            value.source,
            (),
            needs=texts_of(value.get("needs")),
            condition=value.text("if"),
            env=_pairs(value.get("env")),
            outputs=_pairs(value.get("outputs")),
            minutes=value.text("timeout-minutes"),
            continues=value.text("continue-on-error"),
            asks=asks_by_environment(value.get("environment")),
        )
        if value.get("uses") is not None:
            reason = l10n.t("It calls the workflow “{name}”; run that file by itself.", name=value.text("uses"))
            return replace(job, left_out=reason)
        strategy = value.get("strategy")
        notes, runs = job.notes, job.matrix
        if has_expressions(strategy):
            notes = (
                *notes,
                l10n.t("Its matrix has expressions: its runs are made when the jobs before it have ended."),
            )
        elif isinstance(strategy, Fields) and (matrix := strategy.get("matrix")) is not None:
            runs = matrix_runs(json_of(matrix), matrix.source)
        defaults = value.fields("defaults").fields("run")
        shell = defaults.text("shell") or self._defaults.text("shell")
        folder = defaults.text("working-directory") or self._defaults.text("working-directory")
        steps = tuple(self._steps(items_of(value.get("steps")), shell, folder, ()))
        if any(step.kind == "script" and step.program == _SHELLS[""] for step in steps):
            runner = value.fields("runs-on")
            labels = (*texts_of(value.get("runs-on")), *texts_of(runner.get("labels")), *texts_of(runner.get("group")))
            job = replace(job, runner=", ".join(labels))
        return replace(job, steps=steps, matrix=runs, strategy=strategy, notes=notes)

    def _steps(
        self, items: tuple[Value, ...], shell: str, folder: str, calls: tuple[ActionCall, ...]
    ) -> Iterator[Step]:
        for item in items:
            if isinstance(item, Fields):
                yield from self._step(item, shell, folder, calls)

    def _step(self, value: Fields, shell: str, folder: str, calls: tuple[ActionCall, ...]) -> Iterator[Step]:
        self._unfolding.count("steps", 1, value.source)
        uses, run = value.text("uses"), value.text("run")
        common = Step(
            value.text("name") or uses or run.strip().partition("\n")[0][:80],
            "script",
            value.source,
            id=value.text("id"),
            uses=uses,
            inputs={key.lower(): each for key, each in _pairs(value.get("with")).items()},
            env=_pairs(value.get("env")),
            folder=value.text("working-directory") or folder,
            condition=value.text("if"),
            continues=value.text("continue-on-error"),
            minutes=value.text("timeout-minutes"),
            call=calls[-1] if calls else None,
        )
        if not uses:
            yield _with_shell(replace(common, script=run), value.text("shell") or shell)
        elif uses.startswith("./"):
            yield from self._composite(common, calls)
        else:
            yield stand_in(uses, common, self._files)

    def _composite(self, step: Step, calls: tuple[ActionCall, ...]) -> Iterator[Step]:
        """The steps of an action of the same repository, in the place of its call."""
        if len(calls) >= _DEEPEST:
            raise PipelineFault(l10n.t("Actions call one another too deeply."), step.source)
        path = step.uses[2:].rstrip("/")
        for name in ("action.yml", "action.yaml"):
            inner = f"{path}/{name}" if path else name
            text = self._files(inner)
            if text is not None:
                self._unfolding.count("files", 1, step.source)
                break
        else:
            yield replace(step, kind="left-out", reason=l10n.t("There is no action.yml in “{path}”.", path=step.uses))
            return
        action = read_value(text, inner)
        runs = action.fields("runs") if isinstance(action, Fields) else None
        if not isinstance(action, Fields) or runs is None or runs.text("using") != "composite":
            reason = l10n.t("The action is a program for GitHub, and not a list of steps.")
            yield replace(step, kind="left-out", reason=reason)
            return
        self.actions.append(action)
        defaults = {
            key.text.lower(): _text(each.get("default")) if isinstance(each, Fields) else ""
            for key, each in action.fields("inputs").entries
        }
        outputs = {
            key.text: _text(each.get("value"))
            for key, each in action.fields("outputs").entries
            if isinstance(each, Fields)
        }
        call = ActionCall(step, path, defaults, outputs)
        for each in self._steps(items_of(runs.get("steps")), "", "", (*calls, call)):
            self._unfolding.count("values", len(step.env) + len(each.env) + len(defaults), step.source)
            yield replace(each, name=f"{step.name}: {each.name}")


def _with_shell(step: Step, shell: str) -> Step:
    program = _SHELLS.get(shell)
    if program is None and "{0}" in shell:
        try:
            program = tuple(shlex.split(shell))
        except ValueError:
            program = None
    if program is None:
        return of_other_shell(step, shell)
    return replace(step, program=program)
