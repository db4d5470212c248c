"""A run of a workflow of GitHub Actions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scoredock.pipelines.expressions.evaluation import ExpressionScope, as_text, evaluate, is_true
from scoredock.pipelines.expressions.functions import GITHUB
from scoredock.pipelines.pipeline import Job, Pipeline, Step
from scoredock.pipelines.running.start import JobResult, JobState, Result, RunStart
from scoredock.pipelines.values import Fields, Text

_INLINE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_STATUS = re.compile(r"\b(?:success|failure|always|cancelled)\s*\(", re.IGNORECASE)
_COMMAND = re.compile(r"^::([a-z-]+)((?:\s+[^:]*)?)::(.*)$")
_PAIR = re.compile(r"(\w+)=([^,]*)")
_HEREDOC = re.compile(r"^([\w.-]+)<<(.+)$")


class GithubRun:
    """Jobs and what they have come to."""

    def __init__(self, pipeline: Pipeline, start: RunStart) -> None:
        self.pipeline = pipeline
        self.start = start
        self.results: dict[str, JobResult] = {}

    def applies(self, job: Job) -> bool:
        condition = job.condition or "success()"
        if not _STATUS.search(condition):
            condition = f"success() && ({condition})"
        before_it = [self.results.get(name) for name in job.needs]
        good = all(each is None or each.result == "success" for each in before_it)
        failed = any(each is not None and each.result == "failure" for each in before_it)
        functions = {
            **GITHUB,
            "success": lambda: good,
            "failure": lambda: failed,
            "always": lambda: True,
            "cancelled": lambda: False,
        }
        return is_true(evaluate(condition, ExpressionScope(self.names(job, {}), functions)))

    def begin(self, job: Job, matrix: Mapping[str, str]) -> JobState:
        return GithubJob(self, job, matrix)

    def end(self, job: Job, result: JobResult) -> None:
        self.results[job.id] = result

    def names(self, job: Job, env: Mapping[str, str]) -> dict[str, Any]:
        """The contexts that a job's own texts see."""
        start = self.start
        declared = {each.name: each.default for each in self.pipeline.parameters}
        inputs = {**declared, **start.parameters}
        event = start.event or _first_event(self.pipeline)
        github = {
            "event_name": event,
            "event": {"inputs": inputs, "workflow_run": {"conclusion": "success", "id": start.number}},
            "ref": f"refs/heads/{start.branch}",
            "ref_name": start.branch,
            "ref_type": "branch",
            "head_ref": start.branch if event.startswith("pull_request") else "",
            "base_ref": "",
            "sha": start.commit,
            "repository": start.repository,
            "repository_owner": start.repository.partition("/")[0],
            "actor": "local",
            "run_id": start.number,
            "run_number": start.number,
            "run_attempt": "1",
            "workspace": start.root,
            "workflow": self.pipeline.name,
            "job": job.id,
            "server_url": "",
            "token": start.secrets.get("GITHUB_TOKEN", ""),
        }
        needs = {name: _need(self.results.get(name)) for name in job.needs}
        return {
            "github": github,
            "env": dict(env),
            "vars": dict(start.variables),
            "secrets": dict(start.secrets),
            "inputs": inputs,
            "needs": needs,
            "matrix": {},
            "steps": {},
            "strategy": {},
            "job": {"status": "success"},
            "runner": {"os": "Linux", "arch": "X64", "temp": f"{start.workspace}/temp", "name": "local"},
        }


class GithubJob:
    """One run of a job."""

    def __init__(self, run: GithubRun, job: Job, matrix: Mapping[str, str]) -> None:
        self._run, self._job = run, job
        self._steps: dict[str, dict[str, Any]] = {}
        """By scope and id."""
        self._env: dict[str, str] = {}
        self._paths: list[str] = []
        self._masks: list[str] = []
        self._failed = False
        self._names = {**run.names(job, {}), "matrix": dict(matrix)}
        for source in (run.pipeline.env, job.env):
            for name, text in source.items():
                self._names["env"] = dict(self._env)
                self._env[name] = self._filled(text, self._names)

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
        condition = step.condition or "success()"
        if not _STATUS.search(condition):
            condition = f"success() && ({condition})"
        text = self.fill(condition, step) if "${{" in condition else condition
        return is_true(self._value(text, self._scope(step)))

    def fill(self, text: str, step: Step) -> str:
        return self._filled(text, self._scope(step)) if "${{" in text else text

    def variables(self, step: Step) -> dict[str, str]:
        names = self._scope(step)
        own = {name: self._filled(text, names) for name, text in step.env.items()}
        github = names["github"]
        facts = {
            "GITHUB_ACTIONS": "true",
            "CI": "true",
            "GITHUB_ACTOR": "local",
            "GITHUB_EVENT_NAME": github["event_name"],
            "GITHUB_JOB": self._job.id,
            "GITHUB_REF": github["ref"],
            "GITHUB_REF_NAME": github["ref_name"],
            "GITHUB_REPOSITORY": github["repository"],
            "GITHUB_REPOSITORY_OWNER": github["repository_owner"],
            "GITHUB_RUN_ID": github["run_id"],
            "GITHUB_RUN_NUMBER": github["run_number"],
            "GITHUB_SHA": github["sha"],
            "GITHUB_WORKFLOW": github["workflow"],
            "GITHUB_WORKSPACE": github["workspace"],
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": names["runner"]["temp"],
        }
        return {**facts, **self._env, **own}

    def line(self, step: Step, line: str) -> None:
        match = _COMMAND.match(line.strip())
        if match is None:
            return
        command, pairs, value = match.group(1), dict(_PAIR.findall(match.group(2))), _unescaped(match.group(3))
        if command == "set-output" and "name" in pairs:
            self._outputs(step)[pairs["name"]] = value
        elif command == "add-mask" and value:
            self._masks.append(value)

    def end(self, step: Step, result: Result, files: Mapping[str, str]) -> None:
        self._env.update(_assignments(files.get("GITHUB_ENV", "")))
        self._paths += [line for line in files.get("GITHUB_PATH", "").splitlines() if line.strip()]
        entry = self._entry(step)
        entry["outputs"].update(_assignments(files.get("GITHUB_OUTPUT", "")))
        if step.action == "outputs":
            inner = self._scope_of(step.inner, step)
            entry["outputs"].update({name: self._filled(text, inner) for name, text in step.inputs.items()})
        tolerated = is_true_text(self.fill(step.continues, step)) if step.continues else False
        entry["outcome"], entry["conclusion"] = result, "success" if tolerated and result == "failure" else result
        if result == "failure" and not tolerated:
            self._failed = True

    def outputs(self) -> dict[str, str]:
        names = self._scope_of("", None)
        return {name: self._filled(text, names) for name, text in self._job.outputs.items()}

    def _entry(self, step: Step) -> dict[str, Any]:
        key = f"{step.scope}{step.id}" if step.id else f"{step.scope}#{step.source}"
        return self._steps.setdefault(key, {"outputs": {}, "outcome": "", "conclusion": ""})

    def _outputs(self, step: Step) -> dict[str, str]:
        outputs: dict[str, str] = self._entry(step)["outputs"]
        return outputs

    def _scope(self, step: Step) -> dict[str, Any]:
        names = self._scope_of(step.scope, step)
        own = {name: text for name, text in step.env.items() if "${{" not in text}
        return {**names, "env": {**names["env"], **own}}

    def _scope_of(self, scope: str, step: Step | None) -> dict[str, Any]:
        steps = {
            key[len(scope) :]: entry
            for key, entry in self._steps.items()
            if key.startswith(scope) and "/" not in key[len(scope) :] and "#" not in key
        }
        status = "failure" if self._failed else "success"
        names = {**self._names, "env": dict(self._env), "steps": steps, "job": {"status": status}}
        if step is not None and step.arguments:
            outer = {**self._names, "env": dict(self._env), "steps": {}}
            names["inputs"] = {name: self._filled(text, outer) for name, text in step.arguments.items()}
        return names

    def _value(self, text: str, names: Mapping[str, Any]) -> Any:
        failed = self._failed
        functions: dict[str, Any] = {
            **GITHUB,
            "success": lambda: not failed,
            "failure": lambda: failed,
            "always": lambda: True,
            "cancelled": lambda: False,
            "hashfiles": lambda *_: "",
        }
        return evaluate(text, ExpressionScope(names, functions))

    def _filled(self, text: str, names: Mapping[str, Any]) -> str:
        return _INLINE.sub(lambda match: as_text(self._value(match.group(1), names)), text)


def is_true_text(text: str) -> bool:
    """Of a value that is `true` or an expression that gave it."""
    return text.strip().lower() == "true"


def _need(result: JobResult | None) -> dict[str, Any]:
    return {"result": result.result if result else "success", "outputs": dict(result.outputs) if result else {}}


def _first_event(pipeline: Pipeline) -> str:
    on = pipeline.document.get("on") if pipeline.document is not None else None
    if isinstance(on, Text):
        return on.text
    names = on.names() if isinstance(on, Fields) else ()
    return "push" if not names or "push" in names else names[0]


def _unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    """`name=value` lines, and `name<<END` with the lines up to END."""
    lines = iter(text.splitlines())
    for line in lines:
        document = _HEREDOC.match(line)
        name, equals, value = line.partition("=")
        if document is not None and "=" not in document.group(1):
            parts: list[str] = []
            for inner in lines:
                if inner == document.group(2):
                    break
                parts.append(inner)
            yield document.group(1), "\n".join(parts)
        elif equals:
            yield name, value
