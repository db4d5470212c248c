"""A run of Azure Pipelines: which stages, jobs and steps run, conditions, status, outputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, Literal

from scoredock import l10n
from scoredock.contrib.pipelines.domain.expressions.azure_functions import (
    AZURE,
    AnyFunction,
    azure_scope,
    azure_text,
    azure_true,
    number_of,
)
from scoredock.contrib.pipelines.domain.expressions.evaluation import evaluate
from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault
from scoredock.contrib.pipelines.domain.pipeline import Job, Pipeline, Step, reason_of_runner
from scoredock.contrib.pipelines.domain.running.azure_variables import VariableNames, of_the_agent, run_number
from scoredock.contrib.pipelines.domain.running.start import (
    JobResult,
    JobState,
    Result,
    RunStart,
    RunState,
    ancestors,
    unescaped,
)
from scoredock.contrib.pipelines.domain.unfolding import require_few
from scoredock.contrib.pipelines.domain.values import Fields, PipelineFault, Text, pairs_of, read_value
from scoredock.late_dataclass import dataclass

Status = Literal["Succeeded", "SucceededWithIssues", "Failed", "Canceled", "Skipped"]
_WORSE: tuple[Status, ...] = ("Succeeded", "SucceededWithIssues", "Failed", "Canceled", "Skipped")
_ENDED_WELL: tuple[Status, ...] = ("Succeeded", "SucceededWithIssues")
_RUNTIME = re.compile(r"^\$\[(.*)\]$", re.DOTALL)
_COMMAND = re.compile(r"##vso\[([a-z.]+)([^\]]*)\](.*)$", re.IGNORECASE)
_PAIR = re.compile(r"([\w.]+)=([^;]*)")
_ESCAPES = {"%3B": ";", "%0D": "\r", "%0A": "\n", "%5D": "]", "%AZP25": "%"}


@dataclass(slots=True)
class Ending:
    """Status and outputs of a job or a stage that has ended."""

    status: Status
    outputs: Mapping[str, str]

    def context(self) -> dict[str, Any]:
        """Result and outputs as expressions see them."""
        return {"result": self.status, "outputs": dict(self.outputs)}


class AzureRun(RunState):
    """Jobs and what they have come to."""

    def __init__(self, pipeline: Pipeline, start: RunStart) -> None:
        self.pipeline = pipeline
        self.start = start
        self.is_cancelled = False
        self.time = datetime.now(timezone.utc)
        self._endings: dict[tuple[str, str], Ending] = {}
        """By stage and job."""
        self._stages: dict[str, bool] = {}
        """Whether each that has begun was to run."""
        self._begun: dict[tuple[str, str], list[AzureJob]] = {}
        self.shared = VariableNames(of_the_agent(start), pipeline.facts, pipeline.env, start.variables, start.secrets)
        self.shared.take({"System.PipelineStartTime": azure_text(self.time)})
        self._fault: ExpressionFault | None = None
        """Why nothing can run."""
        try:
            self.settle(self.shared, pipeline.env, {})
            self.shared.take({"Build.BuildNumber": run_number(pipeline.run_name, self.shared, self.time)})
        except ExpressionFault as fault:
            self._fault = fault

    def _stage_applies(self, job: Job) -> bool:
        stages = ancestors(job.stage, {each.stage: each.stage_needs for each in self.pipeline.jobs})
        endings = {name: self._stage(name) for name in stages}
        variables = VariableNames(self.shared, _without_runtime(job.stage_env))
        contexts = {"dependencies": {name: endings[name].context() for name in job.stage_needs if name in endings}}
        return self._holds(job.stage_condition, contexts, variables, endings)

    def applies(self, job: Job) -> bool:
        if self._fault is not None:
            raise self._fault
        if job.stage not in self._stages:
            self._stages[job.stage] = self._stage_applies(job)
        if not self._stages[job.stage]:
            return False
        needs = {each.id: each.needs for each in self.pipeline.jobs if each.stage == job.stage}
        jobs = {name: self.ending(job.stage, name) for name in ancestors(job.id, needs)}
        variables = VariableNames(self.shared, job.stage_env)
        self.settle(variables, job.stage_env, self.contexts(job))
        own = {name: text for name, text in job.env.items() if text != job.stage_env.get(name)}
        variables.take(_without_runtime(own))
        return self._holds(job.condition, self.contexts(job), variables, jobs)

    def _holds(
        self, condition: str, contexts: Mapping[str, Any], variables: VariableNames, before: Mapping[str, Ending]
    ) -> bool:
        variables.take(self.start.variables)
        names = {**contexts, "variables": variables.texts()}
        return _holds(condition, names, before, is_cancelled=self.is_cancelled)

    def runs(self, job: Job) -> tuple[Mapping[str, Any], ...]:
        if not isinstance(job.strategy, Text):
            return job.matrix
        variables = VariableNames(self.shared, job.env)
        self.settle(variables, job.env, self.contexts(job))
        variables.take({"": job.strategy.text})
        self.settle(variables, ("",), self.contexts(job))
        try:
            rows = read_value(variables[""], job.strategy.source.file)
            names = rows.entries if isinstance(rows, Fields) else ()
            require_few(len(names), job.strategy.source)
        except PipelineFault as fault:
            raise ExpressionFault(fault.message) from None
        if not names:
            raise ExpressionFault(l10n.t("The matrix has no lists of values and no rows."))
        return tuple({"System.JobName": name.text, **pairs_of(row)} for name, row in names)

    def elsewhere(self, job: Job, matrix: Mapping[str, str]) -> str:
        if "$(" not in job.runner:
            return ""  # decided for the whole job
        return reason_of_runner(VariableNames(self.shared, job.env, matrix).filled(job.runner))

    def tolerates(self, job: Job, _matrix: Mapping[str, str]) -> bool:
        states = self._begun.get((job.stage, job.id))
        return (states[-1].fill(job.continues) if states else job.continues).lower() == "true"

    def begin(self, job: Job, matrix: Mapping[str, str]) -> JobState:
        state = AzureJob(self, job, matrix)
        self._begun.setdefault((job.stage, job.id), []).append(state)
        return state

    def end(self, job: Job, result: JobResult) -> None:
        states = self._begun.get((job.stage, job.id), [])
        status: Status = "Skipped" if result.result == "skipped" else "Canceled"
        if result.result in ("success", "failure"):
            status = _worst(each.status for each in states)
            if result.result == "failure":
                status = "Failed"
            elif status == "Failed":
                status = "SucceededWithIssues"
        outputs = {name: text for each in states for name, text in each.outputs().items()}
        self._endings[job.stage, job.id] = Ending(status, outputs)

    def ending(self, stage: str, name: str) -> Ending:
        """Status and outputs of a job; one that was not to run counts as one that did well."""
        return self._endings.get((stage, name), Ending("Succeeded", {}))

    def _stage(self, name: str) -> Ending:
        jobs = {job: ending for (stage, job), ending in self._endings.items() if stage == name}
        is_skipped = bool(jobs) and all(each.status == "Skipped" for each in jobs.values())
        outputs = {f"{job}.{key}": text for job, ending in jobs.items() for key, text in ending.outputs.items()}
        status = _worst(each.status for each in jobs.values() if is_skipped or each.status != "Skipped")
        return Ending(status, outputs)

    def contexts(self, job: Job) -> dict[str, Any]:
        """Contexts for expressions of a job: results and outputs of the jobs that it depends on."""
        stages = {
            stage: {
                each.id: self.ending(stage, each.id).context() for each in self.pipeline.jobs if each.stage == stage
            }
            for stage in job.stage_needs
        }
        dependencies = {name: self.ending(job.stage, name).context() for name in job.needs}
        return {"dependencies": dependencies, "stagedependencies": stages}

    def settle(self, variables: VariableNames, own: Iterable[str], contexts: Mapping[str, Any]) -> None:
        """Evaluates the variables that are `$[ ]`, each with those before it. Raises ExpressionFault."""
        functions: Mapping[str, AnyFunction] = {**AZURE, "counter": _counted}
        for name in own:
            runtime = _RUNTIME.match((variables.find(name) or "").strip())
            if runtime is None:
                continue
            names = {**contexts, "variables": variables.texts(), "pipeline": {"startTime": self.time}}
            variables.take({name: azure_text(evaluate(runtime.group(1), azure_scope(names, functions)))})


def _counted(_prefix: Any, seed: Any = 0) -> int:
    """Every run here is the first one of its pipeline."""
    return int(number_of(azure_text(seed)) or 0)


def _without_runtime(variables: Mapping[str, str]) -> dict[str, str]:
    """A stage or job that is not begun has not evaluated its own."""
    return {name: text for name, text in variables.items() if not _RUNTIME.match(text.strip())}


def _worst(statuses: Iterable[Status]) -> Status:
    return max(statuses, key=_WORSE.index, default="Succeeded")


def _status_functions(before: Mapping[str, Ending], *, is_cancelled: bool) -> Mapping[str, AnyFunction]:
    """Functions of a condition on the jobs or stages before it: those that it names, or all."""
    by_name = {name.lower(): ending.status for name, ending in before.items()}

    def of(names: tuple[Any, ...]) -> list[Status]:
        if not names:
            return list(by_name.values())
        return [by_name.get(azure_text(name).lower(), "Skipped") for name in names]

    def ask(good: tuple[Status, ...], some: Callable[[Iterable[bool]], bool]) -> AnyFunction:
        return lambda *names: not is_cancelled and some(status in good for status in of(names))

    return {
        "succeeded": ask(_ENDED_WELL, all),
        "succeededorfailed": ask(_WORSE[:3], all),
        "failed": ask(("Failed",), any),
        "always": lambda: True,
        "canceled": lambda: is_cancelled,
    }


def _holds(condition: str, names: Mapping[str, Any], before: Mapping[str, Ending], *, is_cancelled: bool) -> bool:
    functions = {**AZURE, **_status_functions(before, is_cancelled=is_cancelled)}
    return azure_true(evaluate(condition or "succeeded()", azure_scope(names, functions)))


class AzureJob:
    """One run of a job."""

    def __init__(self, run: AzureRun, job: Job, matrix: Mapping[str, str]) -> None:
        self._run, self._job, self._matrix = run, job, matrix
        self.is_cancelled = False
        self._secret = {name.lower() for name in run.start.secrets}
        self.paths: list[str] = []
        self.masks: list[str] = []
        self._outputs: dict[str, str] = {}
        self._statuses: dict[str, Status] = {}
        """Of each phase of a deployment job; of any other job there is one phase."""
        self._phase: str | None = None
        """The one that goes on; null before the first step."""
        self._step_status: Status = "Succeeded"
        self._locked = set(job.locked)
        """Variables that no script may set, in lower case."""
        self._refused = ""
        """One that the step has tried to set."""
        self._variables = VariableNames()

    def _first_variables(self) -> VariableNames:
        run, job = self._run, self._job
        names = {
            "Agent.JobName": job.name,
            "System.JobName": job.id,
            "System.JobDisplayName": job.name,
            "System.StageName": job.stage or "__default",
            "System.PhaseName": job.id,
        }
        contexts = run.contexts(job)
        variables = VariableNames(run.shared, names, job.env)
        run.settle(variables, job.env, contexts)
        variables.take(run.start.variables)
        variables.take(run.start.secrets)
        variables.take(self._matrix)
        return variables

    @property
    def status(self) -> Status:
        return _worst(self._statuses.values())

    @property
    def has_failed(self) -> bool:
        return self.status == "Failed"

    def applies(self, step: Step) -> bool:
        if not self._begins(step):
            return False
        status = self._statuses.setdefault(step.phase, "Succeeded")
        names, before = {"variables": self._variables.texts()}, {"": Ending(status, {})}
        return _holds(step.condition, names, before, is_cancelled=self.is_cancelled)

    def _begins(self, step: Step) -> bool:
        """True if the phase of a deployment that a step belongs to runs: each is a job of its own."""
        if step.phase != self._phase:
            self._variables = self._first_variables()
            self._phase = step.phase
        others = [status for phase, status in self._statuses.items() if phase != step.phase]
        return ("Failed" in others) == (step.phase == "on.failure")

    def fill(self, text: str, _step: Step | None = None) -> str:
        variables = self._variables or self._first_variables()
        if not _RUNTIME.match(text.strip()):
            return variables.filled(text)
        variables = VariableNames(variables, {"": text})
        self._run.settle(variables, ("",), self._run.contexts(self._job))
        return variables[""]

    def variables(self, step: Step) -> dict[str, str]:
        own = {name: self._variables.filled(text) for name, text in step.env.items()}
        passed = {
            re.sub(r"[.\s-]", "_", name).upper(): self._variables.filled(text)
            for name, text in self._variables.items()
            if name.lower() not in self._secret
        }
        return {"CI": "true", **passed, **own}

    def line(self, step: Step, line: str) -> None:
        match = _COMMAND.search(line)
        if match is None:
            return
        command, value = match.group(1).lower(), unescaped(match.group(3).rstrip("\r"), _ESCAPES)
        pairs = {name.lower(): unescaped(text.strip(), _ESCAPES) for name, text in _PAIR.findall(match.group(2))}
        if command == "task.prependpath" and value:
            self.paths.insert(0, value.strip())
        elif command == "task.complete":
            result = pairs.get("result", "").lower()
            self._step_status = _worst(
                each for each in _WORSE[:3] if each == self._step_status or each.lower() == result
            )
        elif command == "build.updatebuildnumber" and value:
            self._run.shared.take({"Build.BuildNumber": value})
            self._variables.take({"Build.BuildNumber": value})
        elif command in ("task.setvariable", "task.setsecret"):
            self._set(step, pairs, value)

    def _set(self, step: Step, pairs: Mapping[str, str], value: str) -> None:
        name = pairs.get("variable", "")
        if pairs.get("issecret", "").lower() == "true" or not name:
            self.masks.append(value)
            self._secret.add(name.lower())
        if not name:
            return
        if name.lower() in self._locked:
            self._refused = name
            return
        if pairs.get("isreadonly", "").lower() == "true":
            self._locked.add(name.lower())
        if pairs.get("isoutput", "").lower() == "true":
            full = f"{step.id}.{name}" if step.id else name
            self._variables.take({full: value})
            self._outputs.update(dict.fromkeys(self._output_names(full), value))
        else:
            self._variables.take({name: value})

    def _output_names(self, name: str) -> Iterator[str]:
        """Yields the names of an output for jobs behind this one: of a deployment its job or phase comes first, of a
        matrix its run.
        """
        if self._phase:
            yield from (f"{self._job.id}.{name}", f"{self._phase}.{name}")
        elif "System.JobName" in self._matrix:
            yield f"{self._matrix['System.JobName']}.{name}"
        else:
            yield name

    def end(self, step: Step, result: Result, _files: Mapping[str, str]) -> None:
        refused, self._refused = self._refused, ""
        status = "Failed" if result == "failure" or refused else self._step_status
        if status == "Failed" and step.continues:
            status = "SucceededWithIssues"
        self._step_status = "Succeeded"
        self._statuses[step.phase] = _worst((self._statuses.get(step.phase, "Succeeded"), status))
        self._variables.take({"Agent.JobStatus": "Canceled" if self.is_cancelled else self._statuses[step.phase]})
        if refused:
            raise ExpressionFault(l10n.t("The variable “{name}” is for reading only.", name=refused))

    def outputs(self) -> dict[str, str]:
        return dict(self._outputs)
