"""Values that a run is started with, and what stands for the platform on this machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, Literal, Protocol

from scoredock.contrib.pipelines.domain.pipeline import Job, Step
from scoredock.late_dataclass import dataclass

Result = Literal["success", "failure", "skipped", "cancelled"]


@dataclass(frozen=True, slots=True)
class RunStart:
    """Start of a run: facts that are the same for all its jobs."""

    root: str
    """The repository."""
    workspace: str
    """A folder of the run: artifacts and what is temporary lie below it."""
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    event: str = ""
    """`push`, `pull_request` and others; of Azure Pipelines empty for a start by hand."""
    branch: str = "main"
    commit: str = ""
    repository: str = "local/project"
    """Owner and name."""
    number: str = "1"
    """Of the run."""
    unsure: frozenset[str] = frozenset()
    """Which of `event`, `branch`, `commit` and `repository` stand for what nobody knows."""


@dataclass(slots=True)
class JobResult:
    """Result and outputs of a job."""

    result: Result
    outputs: Mapping[str, str] = field(default_factory=dict)


class JobState(Protocol):
    """One run of one job."""

    is_cancelled: bool
    """Set from outside, also where its time is over: steps that ask for that run still."""
    paths: list[str]
    """Folders in front of PATH, the first one first."""
    masks: list[str]
    """Texts that a step has declared secret."""

    def applies(self, step: Step, /) -> bool:
        """True if its condition holds. Raises ExpressionFault."""

    def fill(self, text: str, step: Step, /) -> str:
        """A text of a step with its expressions filled in. Raises ExpressionFault."""

    def variables(self, step: Step, /) -> dict[str, str]:
        """The environment that the pipeline gives a step. Raises ExpressionFault."""

    def line(self, step: Step, line: str, /) -> None:
        """Takes a line that a step has printed: it may be a command."""

    def end(self, step: Step, result: Result, files: Mapping[str, str], /) -> None:
        """Takes the end of a step; `files` are what it wrote into the files that it was given for commands."""

    @property
    def has_failed(self) -> bool:
        """True if a step has failed that counts, or said so."""

    def outputs(self) -> dict[str, str]:
        """Outputs for the jobs that depend on it. Raises ExpressionFault."""


def unescaped(text: str, marks: Mapping[str, str]) -> str:
    """A value of a command that a step has printed."""
    for mark, character in marks.items():
        text = text.replace(mark, character)
    return text


def ancestors(name: str, needs: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Names that it waits for, also by others."""
    names: dict[str, None] = {}
    waiting = list(needs.get(name, ()))
    while waiting:
        each = waiting.pop()
        if each not in names and each != name and each in needs:
            names[each] = None
            waiting += needs[each]
    return tuple(names)


class RunState(Protocol):
    """A run of a pipeline."""

    is_cancelled: bool
    """Set from outside: jobs and steps that ask for that run still."""

    def applies(self, job: Job) -> bool:
        """True if a job is to run, now that those before it have ended. Raises ExpressionFault."""

    def runs(self, job: Job) -> tuple[Mapping[str, Any], ...]:
        """Combinations of the matrix of a job that apply. Raises ExpressionFault."""
        return job.matrix

    def fails_fast(self, _job: Job) -> bool:
        """True if no other run of its matrix begins behind one that failed."""
        return False

    def elsewhere(self, _job: Job, _matrix: Mapping[str, Any], /) -> str:
        """Reason why that run of the job is not for this machine; empty for one that is. Raises ExpressionFault."""
        return ""

    def tolerates(self, job: Job, _matrix: Mapping[str, Any], /) -> bool:
        """True if it is not a failure of the pipeline where that run of the job fails. Raises ExpressionFault."""
        return job.continues.lower() == "true"

    def begin(self, job: Job, matrix: Mapping[str, Any], /) -> JobState:
        """Raises ExpressionFault."""

    def end(self, job: Job, result: JobResult) -> None:
        """Takes the end of a job, or that it was passed over."""
