"""A run of a pipeline of Azure Pipelines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scoredock.pipelines.expressions.azure_functions import AZURE, azure_scope
from scoredock.pipelines.expressions.evaluation import as_text, evaluate, is_true
from scoredock.pipelines.pipeline import Job, Pipeline, Step
from scoredock.pipelines.running.start import JobResult, JobState, Result, RunStart

_MACRO = re.compile(r"\$\(([A-Za-z_][\w. -]*)\)")
_RUNTIME = re.compile(r"^\$\[(.*)\]$", re.DOTALL)
_COMMAND = re.compile(r"##vso\[([a-z.]+)([^\]]*)\](.*)$", re.IGNORECASE)
_PAIR = re.compile(r"([\w.]+)=([^;]*)")
_DEEPEST = 10


class _Names(dict[str, str]):
    """Variables: their names have no case."""

    def __init__(self, pairs: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._spelled: dict[str, str] = {}
        self.take(pairs or {})

    def take(self, pairs: Mapping[str, str]) -> None:
        """As `update`, with what differs in case only replaced."""
        for name, text in pairs.items():
            before = self._spelled.get(name.lower())
            if before is not None and before != name:
                self.pop(before, None)
            self._spelled[name.lower()] = name
            self[name] = text

    def find(self, name: str) -> str | None:
        return self.get(self._spelled.get(name.lower(), name))


class AzureRun:
    """Jobs and what they have come to."""

    def __init__(self, pipeline: Pipeline, start: RunStart) -> None:
        self.pipeline = pipeline
        self.start = start
        self.results: dict[tuple[str, str], JobResult] = {}
        """By stage and job."""

    def variables(self, job: Job | None) -> _Names:
        """In their order: those of the agent, of the files, and those that were given."""
        names = _Names(_of_the_agent(self.start))
        names.take(self.pipeline.env)
        names.take(job.env if job is not None else {})
        names.take(self.start.variables)
        names.take(self.start.secrets)
        return names

    def applies(self, job: Job) -> bool:
        before = [
            result for (stage, _), result in self.results.items() if stage in job.stage_needs and stage != job.stage
        ]
        if not self._holds(job.stage_condition or "succeeded()", before, job):
            return False
        before_it = [self.results[job.stage, name] for name in job.needs if (job.stage, name) in self.results]
        return self._holds(job.condition or "succeeded()", before_it, job)

    def _holds(self, condition: str, before: Iterable[JobResult], job: Job) -> bool:
        results = [each.result for each in before]
        failed = "failure" in results
        passed_over = "skipped" in results
        functions = {
            **AZURE,
            "succeeded": lambda *_: not failed and not passed_over,
            "succeededorfailed": lambda *_: not passed_over,
            "failed": lambda *_: failed,
            "always": lambda: True,
            "canceled": lambda: False,
        }
        return is_true(evaluate(condition, azure_scope(self.names(job, self.variables(job)), functions)))

    def begin(self, job: Job, matrix: Mapping[str, str]) -> JobState:
        return AzureJob(self, job, matrix)

    def end(self, job: Job, result: JobResult) -> None:
        self.results[job.stage, job.id] = result

    def names(self, job: Job, variables: Mapping[str, str]) -> dict[str, Any]:
        """The contexts of runtime expressions."""
        dependencies: dict[str, Any] = {}
        stages: dict[str, Any] = {}
        for (stage, name), result in self.results.items():
            entry = {"result": _RESULTS[result.result], "outputs": dict(result.outputs)}
            stages.setdefault(stage, {})[name] = entry
            if stage == job.stage:
                dependencies[name] = entry
        return {
            "variables": {name: _macros(text, _Names(variables)) for name, text in variables.items()},
            "dependencies": dependencies,
            "stagedependencies": stages,
            "parameters": dict(self.start.parameters),
            "pipeline": {"startTime": ""},
        }


_RESULTS: Mapping[Result, str] = {
    "success": "Succeeded",
    "failure": "Failed",
    "skipped": "Skipped",
    "cancelled": "Canceled",
}


class AzureJob:
    """One run of a job."""

    def __init__(self, run: AzureRun, job: Job, matrix: Mapping[str, str]) -> None:
        self._run, self._job = run, job
        self._variables = run.variables(job)
        self._variables.take(matrix)
        self._secret = set(run.start.secrets)
        self._paths: list[str] = []
        self._masks: list[str] = []
        self._outputs: dict[str, str] = {}
        self._failed = self._says_failed = False
        functions = {**AZURE, "counter": lambda *_: run.start.number}
        for name, text in list(self._variables.items()):
            runtime = _RUNTIME.match(text.strip())
            if runtime is not None:
                scope = azure_scope(run.names(job, self._variables), functions)
                self._variables.take({name: as_text(evaluate(runtime.group(1), scope))})

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(reversed(self._paths))

    @property
    def masks(self) -> tuple[str, ...]:
        return tuple(self._masks)

    @property
    def has_failed(self) -> bool:
        return self._failed

    def applies(self, step: Step) -> bool:
        failed = self._failed
        functions = {
            **AZURE,
            "succeeded": lambda *_: not failed,
            "succeededorfailed": lambda *_: True,
            "failed": lambda *_: failed,
            "always": lambda: True,
            "canceled": lambda: False,
        }
        names = self._run.names(self._job, self._variables)
        return is_true(evaluate(step.condition or "succeeded()", azure_scope(names, functions)))

    def fill(self, text: str, _step: Step) -> str:
        return _macros(text, self._variables)

    def variables(self, step: Step) -> dict[str, str]:
        own = {name: _macros(text, self._variables) for name, text in step.env.items()}
        passed = {
            re.sub(r"[.\s-]", "_", name).upper(): _macros(text, self._variables)
            for name, text in self._variables.items()
            if name not in self._secret
        }
        return {"CI": "true", **passed, **own}

    def line(self, step: Step, line: str) -> None:
        match = _COMMAND.search(line)
        if match is None:
            return
        command, value = match.group(1).lower(), match.group(3)
        pairs = {name.lower(): text.strip() for name, text in _PAIR.findall(match.group(2))}
        if command == "task.prependpath" and value:
            self._paths.append(value.strip())
        elif command == "task.complete" and pairs.get("result", "").lower() == "failed":
            self._says_failed = True
        elif command in ("task.setvariable", "task.setsecret"):
            self._set(step, pairs, value.rstrip("\r"))

    def _set(self, step: Step, pairs: Mapping[str, str], value: str) -> None:
        name = pairs.get("variable", "")
        if pairs.get("issecret", "").lower() == "true" or not name:
            self._masks.append(value)
            self._secret.add(name)
        if not name:
            return
        if pairs.get("isoutput", "").lower() == "true":
            full = f"{step.id}.{name}" if step.id else name
            self._variables.take({full: value})
            self._outputs[full] = value
            self._outputs[f"{self._job.id}.{full}"] = value
        else:
            self._variables.take({name: value})

    def end(self, step: Step, result: Result, _files: Mapping[str, str]) -> None:
        if self._says_failed or result == "failure":
            self._failed = self._failed or step.continues.lower() != "true"
        self._says_failed = False

    def outputs(self) -> dict[str, str]:
        return dict(self._outputs)


def _macros(text: str, variables: _Names) -> str:
    """`$(name)` with the values of variables, and theirs; what has no value is the shell's."""
    for _ in range(_DEEPEST):
        is_changed = False

        def value(match: re.Match[str]) -> str:
            nonlocal is_changed
            replacement = variables.find(match.group(1))
            is_changed = is_changed or replacement is not None
            return match.group() if replacement is None else replacement

        text = _MACRO.sub(value, text)
        if not is_changed:
            break
    return text


def _of_the_agent(start: RunStart) -> dict[str, str]:
    artifacts = f"{start.workspace}/a"
    return {
        "Agent.BuildDirectory": start.workspace,
        "Agent.JobStatus": "Succeeded",
        "Agent.Name": "local",
        "Agent.OS": "Linux",
        "Agent.TempDirectory": f"{start.workspace}/temp",
        "Agent.ToolsDirectory": f"{start.workspace}/tools",
        "Build.ArtifactStagingDirectory": artifacts,
        "Build.StagingDirectory": artifacts,
        "Build.BinariesDirectory": f"{start.workspace}/b",
        "Build.BuildId": start.number,
        "Build.BuildNumber": start.number,
        "Build.Reason": {"pull_request": "PullRequest", "schedule": "Schedule"}.get(start.event, "IndividualCI"),
        "Build.Repository.LocalPath": start.root,
        "Build.Repository.Provider": "Git",
        "Build.Repository.Uri": Path(start.root).as_uri(),
        "Build.Repository.Name": start.repository.rpartition("/")[2],
        "Build.SourceBranch": f"refs/heads/{start.branch}",
        "Build.SourceBranchName": start.branch.rpartition("/")[2],
        "Build.SourceVersion": start.commit,
        "Build.SourcesDirectory": start.root,
        "Common.TestResultsDirectory": f"{start.workspace}/TestResults",
        "Pipeline.Workspace": start.workspace,
        "SourceBranchName": start.branch.rpartition("/")[2],
        "System.ArtifactsDirectory": artifacts,
        "System.CollectionUri": "",
        "System.DefaultWorkingDirectory": start.root,
        "System.TeamProject": start.repository.partition("/")[0],
        "TF_BUILD": "True",
    }
