"""A run of a workflow of GitHub Actions: which jobs and steps run, conditions, `fail-fast`."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.pipelines.domain.expressions.evaluation import ExpressionScope, as_text, evaluate, is_true
from scoredock.contrib.pipelines.domain.expressions.filling import (
    Evaluation,
    condition,
    filled,
    has_expressions,
    json_filled,
    typed,
)
from scoredock.contrib.pipelines.domain.expressions.functions import GITHUB, as_json
from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault
from scoredock.contrib.pipelines.domain.keys.github_events import event_of
from scoredock.contrib.pipelines.domain.parameters import typed_values
from scoredock.contrib.pipelines.domain.pipeline import Job, Pipeline, reason_of_runner
from scoredock.contrib.pipelines.domain.platforms.github import STARTS, inputs_of
from scoredock.contrib.pipelines.domain.running.github_job import GithubJob
from scoredock.contrib.pipelines.domain.running.start import JobResult, JobState, RunStart, RunState, ancestors
from scoredock.contrib.pipelines.domain.unfolding import matrix_runs
from scoredock.contrib.pipelines.domain.values import Fields, PipelineFault, json_of

_OF_WORKFLOW = ("github", "inputs", "vars")
_OF_IF = (*_OF_WORKFLOW, "needs")
_OF_JOB = (*_OF_IF, "strategy", "matrix")
"""The contexts that there are in a place."""
_SYSTEMS = {"darwin": "macOS", "win32": "Windows"}
_MACHINES = {"aarch64": "ARM64", "arm64": "ARM64", "i686": "X86", "x86": "X86"}


class GithubRun(RunState):
    """Jobs and what they have come to."""

    def __init__(self, pipeline: Pipeline, start: RunStart) -> None:
        """Raises PipelineFault for a value that the workflow does not take."""
        self.pipeline = pipeline
        self.start = start
        self.is_cancelled = False
        self.results: dict[str, JobResult] = {}
        self._runs: dict[str, tuple[Mapping[str, Any], ...]] = {}
        self._strategies: dict[str, Mapping[str, Any]] = {}
        self.event = start.event or event_of(pipeline, start.parameters)[0]
        self.inputs: dict[str, Any] = {}
        self.inputs = self._inputs()

    def _inputs(self) -> dict[str, Any]:
        """Only an event that brings inputs has some."""
        document = self.pipeline.document or Fields((), self.pipeline.jobs[0].source)
        declared = list(inputs_of(document, self.event)) if self.event in STARTS else []
        values = typed_values(declared, self.start.parameters, document.source)
        by_hand = {name.lower() for name in self.start.parameters}
        for each in declared:
            if each.is_required and each.default is None and each.name.lower() not in by_hand:
                raise PipelineFault(
                    l10n.t("The input “{name}” is required, and has no value.", name=each.name), each.source
                )
            if isinstance(each.default, str) and "${{" in each.default and each.name.lower() not in by_hand:
                try:
                    values[each.name] = typed(each.default, self._evaluation(None, _OF_WORKFLOW))
                except ExpressionFault as fault:
                    raise PipelineFault(str(fault), each.source) from None
        return values

    def applies(self, job: Job) -> bool:
        needs = {each.id: each.needs for each in self.pipeline.jobs}
        before_it = {name: self.results[name].result for name in ancestors(job.id, needs) if name in self.results}

        def those(names: tuple[str, ...]) -> list[str]:
            return [result for name, result in before_it.items() if not names or name in names]

        functions = {
            "success": lambda *names: not self.is_cancelled and all(each == "success" for each in those(names)),
            "failure": lambda *names: not self.is_cancelled and "failure" in those(names),
            "always": lambda: True,
            "cancelled": lambda: self.is_cancelled or "cancelled" in before_it.values(),
        }
        return is_true(self._evaluation(job, _OF_IF, functions)(condition(job.condition)))

    def runs(self, job: Job) -> tuple[Mapping[str, Any], ...]:
        strategy = job.strategy
        if has_expressions(strategy) and strategy is not None:
            values = json_filled(strategy, self._evaluation(job, _OF_IF))
            matrix = values.get("matrix") if isinstance(values, dict) else None
            runs: tuple[Mapping[str, Any], ...]
            try:
                runs = ({},) if matrix is None else matrix_runs(matrix, strategy.source)
            except PipelineFault as fault:
                raise ExpressionFault(fault.message) from None
        else:
            values, runs = json_of(strategy), job.matrix
        self._strategies[job.id] = values if isinstance(values, dict) else {}
        self._runs[job.id] = runs
        return runs

    def fails_fast(self, job: Job) -> bool:
        return is_true(self._strategies[job.id].get("fail-fast", True))

    def elsewhere(self, job: Job, matrix: Mapping[str, Any]) -> str:
        if "${{" not in job.runner:
            return ""  # decided for the whole job
        return reason_of_runner(filled(job.runner, self._evaluation(job, _OF_JOB, {}, matrix)))

    def tolerates(self, job: Job, matrix: Mapping[str, Any]) -> bool:
        return as_text(typed(job.continues, self._evaluation(job, _OF_JOB, {}, matrix))) == "true"

    def begin(self, job: Job, matrix: Mapping[str, Any]) -> JobState:
        names = self.names(job, matrix)
        Path(names["github"]["event_path"]).write_text(as_json(names["github"]["event"]), "utf-8")
        github_job = GithubJob(job, names, self.start)
        for env, contexts in ((self.pipeline.env, _OF_WORKFLOW), (job.env, _OF_JOB)):
            github_job.take(env, self._of(names, (*contexts, "secrets")))
        return github_job

    def end(self, job: Job, result: JobResult) -> None:
        self.results[job.id] = result

    def _evaluation(
        self,
        job: Job | None,
        contexts: tuple[str, ...],
        functions: Mapping[str, Any] | None = None,
        matrix: Mapping[str, Any] | None = None,
    ) -> Evaluation:
        return self._of(self.names(job, matrix or {}), contexts, functions)

    def _of(
        self, names: Mapping[str, Any], contexts: tuple[str, ...], functions: Mapping[str, Any] | None = None
    ) -> Evaluation:
        scope = ExpressionScope({name: names[name] for name in contexts}, {**GITHUB, **(functions or {})})
        return lambda text: evaluate(text, scope)

    def names(self, job: Job | None, matrix: Mapping[str, Any]) -> dict[str, Any]:
        """Contexts by name, before a step has run."""
        start = self.start
        needs = {name: _need(self.results.get(name)) for name in job.needs} if job is not None else {}
        return {
            "github": {**self._github(), "job": job.id if job is not None else ""},
            "vars": dict(start.variables),
            "secrets": {"GITHUB_TOKEN": "", **start.secrets},
            "inputs": self.inputs,
            "needs": needs,
            "matrix": dict(matrix),
            "strategy": self._strategy(job, matrix) if job is not None else {},
            "runner": {
                "name": "local",
                "os": _SYSTEMS.get(sys.platform, "Linux"),
                "arch": _MACHINES.get(platform.machine().lower(), "X64"),
                "environment": "self-hosted",
                "temp": f"{start.workspace}/temp",
                "tool_cache": f"{start.workspace}/tools",
            },
        }

    def _strategy(self, job: Job, matrix: Mapping[str, Any]) -> dict[str, Any]:
        runs = self._runs.get(job.id, ({},))
        strategy = self._strategies.get(job.id, {})
        number = next((number for number, each in enumerate(runs) if each is matrix), 0)
        return {
            "fail-fast": strategy.get("fail-fast", True),
            "job-index": number,
            "job-total": len(runs),
            "max-parallel": strategy.get("max-parallel", len(runs)),
        }

    def _github(self) -> dict[str, Any]:
        start = self.start
        owner, _, name = start.repository.partition("/")
        event: dict[str, Any] = {
            "ref": f"refs/heads/{start.branch}",
            "after": start.commit,
            "repository": {"name": name, "full_name": start.repository, "owner": {"login": owner}},
        }
        if self.event in STARTS:
            event["inputs"] = {name: as_text(value) for name, value in self.inputs.items()}
        if self.event == "workflow_run":
            event["workflow_run"] = {"conclusion": "success", "id": start.number}
        return {
            "event_name": self.event,
            "event": event,
            "ref": f"refs/heads/{start.branch}",
            "ref_name": start.branch,
            "ref_type": "branch",
            "head_ref": start.branch if self.event.startswith("pull_request") else "",
            "base_ref": "",
            "sha": start.commit,
            "repository": start.repository,
            "repository_owner": owner,
            "actor": "local",
            "triggering_actor": "local",
            "run_id": start.number,
            "run_number": start.number,
            "run_attempt": "1",
            "workspace": start.root,
            "workflow": self.pipeline.name,
            "event_path": f"{start.workspace}/temp/event.json",
            "server_url": "https://github.com",
            "api_url": "https://api.github.com",
            "graphql_url": "https://api.github.com/graphql",
            "token": start.secrets.get("GITHUB_TOKEN", ""),
        }


def _need(result: JobResult | None) -> dict[str, Any]:
    return {"result": result.result if result else "success", "outputs": dict(result.outputs) if result else {}}
