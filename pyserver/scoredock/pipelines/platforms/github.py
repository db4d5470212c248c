"""Workflows of GitHub Actions, with the composite actions of their repository."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from scoredock import l10n
from scoredock.pipelines.pipeline import Job, Pipeline, PipelineParameter, Step
from scoredock.pipelines.platforms.stand_ins import Files, stand_in
from scoredock.pipelines.unfolding import Unfolding, combinations, require_few
from scoredock.pipelines.values import (
    Fields,
    Items,
    PipelineFault,
    Text,
    Value,
    items_of,
    pairs_of,
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
_INPUT = re.compile(r"\$\{\{\s*inputs\.([\w-]+)\s*\}\}")
_BRACKETS = re.compile(r"^\s*\$\{\{(.*)\}\}\s*$", re.DOTALL)


def read_github(document: Fields, file: str, files: Files) -> Pipeline:
    """Raises PipelineFault."""
    jobs_value = document.get("jobs")
    if not isinstance(jobs_value, Fields):
        raise PipelineFault(l10n.t("The workflow has no jobs."), document.source)
    unfolding = Unfolding()
    workflow = _Workflow(files, document.fields("defaults").fields("run"), unfolding)
    jobs = tuple(
        unfolding.job(workflow.job(key.text, value)) for key, value in jobs_value.entries if isinstance(value, Fields)
    )
    return Pipeline(
        "github",
        document.text("name") or file.rpartition("/")[2],
        file,
        jobs,
        pairs_of(document.get("env")),
        tuple(_inputs(document)),
        document=document,
    )


def _inputs(document: Fields) -> Iterator[PipelineParameter]:
    """Those of a start by hand and of a call; YAML 1.1 reads `on` as it stands here."""
    for trigger in ("workflow_dispatch", "workflow_call"):
        for key, value in document.fields("on").fields(trigger).fields("inputs").entries:
            if isinstance(value, Fields):
                yield PipelineParameter(key.text, value.text("default"), texts_of(value.get("options")))


class _Workflow:
    def __init__(self, files: Files, defaults: Fields, unfolding: Unfolding) -> None:
        self._files = files
        self._defaults = defaults
        self._unfolding = unfolding

    def job(self, name: str, value: Fields) -> Job:
        job = Job(
            name,
            value.text("name") or name,
            value.source,
            (),
            needs=texts_of(value.get("needs")),
            condition=_condition(value.text("if")),
            env=pairs_of(value.get("env")),
            outputs=pairs_of(value.get("outputs")),
            continues=value.text("continue-on-error"),
            notes=tuple(_notes(value)),
        )
        if value.get("uses") is not None:
            reason = l10n.t("It calls the workflow “{name}”; run that file by itself.", name=value.text("uses"))
            return replace(job, left_out=reason)
        runs, problem = _matrix(value.fields("strategy").get("matrix"))
        if problem:
            return replace(job, left_out=problem)
        defaults = value.fields("defaults").fields("run")
        shell = defaults.text("shell") or self._defaults.text("shell")
        folder = defaults.text("working-directory") or self._defaults.text("working-directory")
        steps = tuple(self._steps(items_of(value.get("steps")), shell, folder, 0))
        return replace(job, steps=steps, matrix=runs)

    def _steps(self, items: tuple[Value, ...], shell: str, folder: str, depth: int) -> Iterator[Step]:
        for item in items:
            if isinstance(item, Fields):
                yield from self._step(item, shell, folder, depth)

    def _step(self, value: Fields, shell: str, folder: str, depth: int) -> Iterator[Step]:
        self._unfolding.count("steps", 1, value.source)
        uses, run = value.text("uses"), value.text("run")
        common = Step(
            value.text("name") or uses or run.strip().partition("\n")[0][:80],
            "script",
            value.source,
            id=value.text("id"),
            uses=uses,
            inputs={key.lower(): each for key, each in pairs_of(value.get("with")).items()},
            env=pairs_of(value.get("env")),
            folder=value.text("working-directory") or folder,
            condition=_condition(value.text("if")),
            continues=value.text("continue-on-error"),
            minutes=value.text("timeout-minutes"),
        )
        if not uses:
            yield _with_shell(replace(common, script=run), value.text("shell") or shell)
        elif uses.startswith("./"):
            yield from self._composite(common, depth)
        else:
            stands = stand_in(uses, common.inputs, self._files)
            yield replace(
                common,
                kind=stands.kind,
                reason=stands.reason,
                action=stands.action,
                script=stands.script,
                program=stands.program,
            )

    def _composite(self, call: Step, depth: int) -> Iterator[Step]:
        """The steps of an action of the same repository, in the place of its call."""
        if depth >= _DEEPEST:
            raise PipelineFault(l10n.t("Actions call one another too deeply."), call.source)
        path = call.uses[2:].rstrip("/")
        for name in ("action.yml", "action.yaml"):
            inner = f"{path}/{name}" if path else name
            text = self._files(inner)
            if text is not None:
                self._unfolding.count("files", 1, call.source)
                break
        else:
            yield replace(call, kind="left-out", reason=l10n.t("There is no action.yml in “{path}”.", path=call.uses))
            return
        action = read_value(text, inner)
        runs = action.fields("runs") if isinstance(action, Fields) else None
        if not isinstance(action, Fields) or runs is None or runs.text("using") != "composite":
            reason = l10n.t("The action is a program for GitHub, and not a list of steps.")
            yield replace(call, kind="left-out", reason=reason)
            return
        arguments = {
            key.text.lower(): call.inputs.get(
                key.text.lower(), each.text("default") if isinstance(each, Fields) else ""
            )
            for key, each in action.fields("inputs").entries
        }
        scope = f"{call.id or call.source.line}/"
        for step in self._steps(items_of(runs.get("steps")), "", "", depth + 1):
            self._unfolding.count("values", len(call.env) + len(step.env) + len(arguments), call.source)
            self._unfolding.count("characters", _filled_length(step, arguments), call.source)
            yield _inside(step, call, scope, arguments, path)
        outputs = {
            key.text: each.text("value") for key, each in action.fields("outputs").entries if isinstance(each, Fields)
        }
        if outputs:
            reason = l10n.t("The outputs of the action.")
            yield replace(
                call,
                kind="stand-in",
                action="outputs",
                inputs=outputs,
                inner=scope,
                condition="always()",
                reason=reason,
            )


def _filled_length(step: Step, arguments: Mapping[str, str]) -> int:
    """How long the texts of a step become with the inputs of the action."""
    texts = (step.name, step.script, step.folder, *step.inputs.values(), *step.env.values(), *step.arguments.values())
    return sum(len(text) + sum(len(arguments.get(name.lower(), "")) for name in _INPUT.findall(text)) for text in texts)


def _inside(step: Step, call: Step, scope: str, arguments: Mapping[str, str], path: str) -> Step:
    """A step of an action, as it is in the place of the call: with its inputs filled in where they stand alone."""

    def filled(text: str) -> str:
        return _INPUT.sub(lambda match: arguments.get(match.group(1).lower(), ""), text)

    def all_filled(pairs: Mapping[str, str]) -> dict[str, str]:
        return {key: filled(text) for key, text in pairs.items()}

    both = " && ".join(f"({each})" for each in (call.condition, step.condition) if each)
    return replace(
        step,
        name=filled(f"{call.name}: {step.name}"),
        script=filled(step.script),
        inputs=all_filled(step.inputs),
        env={"GITHUB_ACTION_PATH": f"${{{{ github.workspace }}}}/{path}", **call.env, **all_filled(step.env)},
        folder=filled(step.folder),
        condition=both,
        continues=call.continues or step.continues,
        scope=f"{scope}{step.scope}",
        inner=f"{scope}{step.inner}" if step.inner else "",
        arguments=all_filled(step.arguments) if step.arguments else dict(arguments),
    )


def _with_shell(step: Step, shell: str) -> Step:
    program = _SHELLS.get(shell)
    if program is None and "{0}" in shell:
        words = tuple(shell.replace("{0}", "").split())
        program = words if words and words[0] in ("bash", "sh", "python", "python3", "perl") else None
    if program is None:
        return replace(step, kind="left-out", reason=l10n.t("Its script is not of bash but of “{name}”.", name=shell))
    return replace(step, program=program)


def _condition(text: str) -> str:
    match = _BRACKETS.match(text)
    return (match.group(1) if match and "${{" not in match.group(1) else text).strip()


def _notes(value: Fields) -> Iterator[str]:
    if value.get("container") is not None:
        yield l10n.t("The job asks for a container; its steps run on this machine itself.")
    if value.get("services") is not None:
        yield l10n.t("The job asks for containers beside it, which are not started here.")


def _matrix(value: Value | None) -> tuple[tuple[Mapping[str, str], ...], str]:
    """The runs of a matrix, and why there are none. Raises PipelineTooLarge."""
    if value is None:
        return ({},), ""
    if not isinstance(value, Fields):
        return (), l10n.t("The matrix is an expression, and its values come from a job before it.")
    axes: dict[str, tuple[str, ...]] = {}
    for key, each in value.entries:
        if key.text in ("include", "exclude"):
            continue
        if not isinstance(each, Items):
            return (), l10n.t("The matrix is an expression, and its values come from a job before it.")
        axes[key.text] = tuple(item.text for item in each.items if isinstance(item, Text))
    runs = combinations(axes, [pairs_of(each) for each in items_of(value.get("exclude"))], value.source)
    of_axes = tuple(runs)
    for more in (pairs_of(each) for each in items_of(value.get("include"))):
        if not _is_taken_in(of_axes, more, axes):
            runs.append(dict(more))
        require_few(len(runs), value.source)
    return tuple(runs) or ({},), ""


def _is_taken_in(runs: Sequence[dict[str, str]], more: Mapping[str, str], axes: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether an `include` goes into runs of the axes: those whose values it does not change."""
    fitting = [run for run in runs if all(run[key] == text for key, text in more.items() if key in axes)]
    for run in fitting:
        run.update(more)
    return bool(fitting)
