"""A run of a pipeline of GitLab CI."""

from __future__ import annotations

import re
from collections.abc import Mapping

from scoredock import l10n
from scoredock.pipelines.expressions.tokens import ExpressionFault
from scoredock.pipelines.pipeline import Job, Pipeline, Step
from scoredock.pipelines.running.start import JobResult, JobState, Result, RunStart

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_OPERAND = r"(\$\w+|\$\{\w+\}|\"[^\"]*\"|'[^']*'|null)"
_COMPARED = re.compile(rf"^\s*{_OPERAND}\s*(?:(==|!=)\s*{_OPERAND}|(=~|!~)\s*/(.*)/([i]?))?\s*$")


class GitlabRun:
    """Jobs and what they have come to."""

    def __init__(self, pipeline: Pipeline, start: RunStart) -> None:
        self.pipeline = pipeline
        self.start = start
        self.results: dict[str, JobResult] = {}

    def applies(self, job: Job) -> bool:
        before_it = [self.results[name] for name in job.needs if name in self.results]
        failed = any(each.result == "failure" for each in before_it)
        if job.condition in ("never", "manual"):
            return False
        if job.condition == "always":
            return True
        if job.condition == "on_failure":
            return failed
        if job.condition.startswith("rules:") and not holds(job.condition[6:], self.variables(job)):
            return False
        return not failed and not any(each.result == "skipped" for each in before_it)

    def begin(self, job: Job, _matrix: Mapping[str, str]) -> JobState:
        return GitlabJob(self, job)

    def end(self, job: Job, result: JobResult) -> None:
        self.results[job.id] = result

    def variables(self, job: Job) -> dict[str, str]:
        """Of GitLab, of the file, of the job, and those that were given; they may name one another."""
        start = self.start
        names = {
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_COMMIT_BRANCH": start.branch,
            "CI_COMMIT_REF_NAME": start.branch,
            "CI_COMMIT_REF_SLUG": re.sub(r"[^a-z0-9]+", "-", start.branch.lower()).strip("-"),
            "CI_COMMIT_SHA": start.commit,
            "CI_COMMIT_SHORT_SHA": start.commit[:8],
            "CI_DEFAULT_BRANCH": start.branch,
            "CI_JOB_NAME": job.id,
            "CI_JOB_STAGE": job.stage,
            "CI_PIPELINE_ID": start.number,
            "CI_PIPELINE_IID": start.number,
            "CI_PIPELINE_SOURCE": start.event or "push",
            "CI_PROJECT_DIR": start.root,
            "CI_PROJECT_NAME": start.repository.rpartition("/")[2],
            "CI_PROJECT_PATH": start.repository,
            **self.pipeline.env,
            **job.env,
            **start.variables,
            **start.secrets,
        }
        return {name: _filled(text, names) for name, text in names.items()}


class GitlabJob:
    """One run of a job."""

    def __init__(self, run: GitlabRun, job: Job) -> None:
        self._variables = run.variables(job)
        self._failed = False

    @property
    def paths(self) -> tuple[str, ...]:
        return ()

    @property
    def masks(self) -> tuple[str, ...]:
        return ()

    @property
    def has_failed(self) -> bool:
        return self._failed

    def applies(self, step: Step) -> bool:
        return step.condition == "always" or not self._failed

    def fill(self, text: str, _step: Step) -> str:
        return text

    def variables(self, step: Step) -> dict[str, str]:
        status = {"CI_JOB_STATUS": "failed" if self._failed else "success"}
        return {**self._variables, **(status if step.name == "after_script" else {})}

    def line(self, step: Step, line: str) -> None:
        """GitLab reads no commands in the output."""

    def end(self, step: Step, result: Result, _files: Mapping[str, str]) -> None:
        if result == "failure" and step.continues != "true":
            self._failed = True

    def outputs(self) -> dict[str, str]:
        return {}


def _filled(text: str, names: Mapping[str, str]) -> str:
    for _ in range(3):
        text = _VARIABLE.sub(lambda match: names.get(match.group(1) or match.group(2), ""), text)
    return text


def holds(text: str, names: Mapping[str, str]) -> bool:
    """A condition of a rule, without brackets. Raises ExpressionFault."""
    return any(all(_one(part, names) for part in each.split("&&")) for each in text.split("||"))


def _one(text: str, names: Mapping[str, str]) -> bool:
    match = _COMPARED.match(text)
    if match is None:
        raise ExpressionFault(l10n.t("The expression “{text}” cannot be read.", text=text.strip()))
    value = _operand(match.group(1), names)
    if match.group(2):
        return (value == _operand(match.group(3), names)) == (match.group(2) == "==")
    if match.group(4):
        try:
            matches = re.search(match.group(5), value or "", re.IGNORECASE if match.group(6) else 0) is not None
        except re.error as error:
            raise ExpressionFault(l10n.t("The expression “{text}” cannot be read.", text=text.strip())) from error
        return matches == (match.group(4) == "=~")
    return bool(value)


def _operand(word: str, names: Mapping[str, str]) -> str | None:
    if word == "null":
        return None
    return names.get(word.strip("${}")) if word.startswith("$") else word[1:-1]
