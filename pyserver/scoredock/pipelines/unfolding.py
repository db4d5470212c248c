"""What a pipeline unfolds into is counted before it is made: a file of some kilobytes can name billions of jobs by a
matrix, or include itself a thousand times. The limits are far above what pipelines of people have."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from scoredock import l10n
from scoredock.pipelines.pipeline import Job
from scoredock.pipelines.values import Fields, PipelineFault, Text, Value, YamlPlace, items_of

Unit = Literal["files", "values", "characters", "jobs", "steps"]

MOST_JOBS = 256
"""GitHub and Azure Pipelines allow so many of a run."""
_MOST_COMBINATIONS = 4 * MOST_JOBS
"""Of a matrix before its `exclude`."""
_MOST: Mapping[Unit, int] = {
    "files": 150,
    "values": 100_000,
    "characters": 10_000_000,
    "jobs": MOST_JOBS,
    "steps": 20_000,
}
_SENTENCES: Mapping[Unit, Callable[[int], str]] = {
    "files": lambda most: l10n.t("The pipeline becomes too large: it includes more than {most:,} files.", most=most),
    "values": lambda most: l10n.t("The pipeline becomes too large: it has more than {most:,} values.", most=most),
    "characters": lambda most: l10n.t(
        "The pipeline becomes too large: it has more than {most:,} characters.", most=most
    ),
    "jobs": lambda most: l10n.t("The pipeline becomes too large: it has more than {most:,} jobs.", most=most),
    "steps": lambda most: l10n.t("The pipeline becomes too large: it has more than {most:,} steps.", most=most),
}


class PipelineTooLarge(PipelineFault):
    """It unfolds into more than is made."""

    code = "pipeline-too-large"


class Unfolding:
    """How much a pipeline has become so far, with all that it includes."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(_MOST, 0)

    def count(self, unit: Unit, amount: int, where: YamlPlace | None) -> None:
        """So much more is about to be made. Raises PipelineTooLarge."""
        self._counts[unit] += amount
        if self._counts[unit] > _MOST[unit]:
            raise PipelineTooLarge(_SENTENCES[unit](_MOST[unit]), where)

    def job(self, job: Job, copies: int = 1) -> Job:
        """A job that was read, with all runs of its matrix, or as many copies of it as it asks for. Raises
        PipelineTooLarge."""
        runs = max(len(job.matrix), copies)
        self.count("jobs", runs, job.source)
        self.count("steps", runs * len(job.steps), job.source)
        self.count("values", len(job.env) + len(job.needs), job.source)
        self.count("characters", runs * sum(len(step.script) for step in job.steps), job.source)
        if copies == 1:
            return job
        note = l10n.t("The job asks for {count} copies by “parallel”; here it runs once.", count=copies)
        return replace(job, notes=(*job.notes, note))


def require_few(runs: int, where: YamlPlace, most: int = MOST_JOBS) -> None:
    """So many runs of a job are about to be made. Raises PipelineTooLarge."""
    if runs > most:
        raise PipelineTooLarge(_SENTENCES["jobs"](MOST_JOBS), where)


def combinations(
    axes: Mapping[str, Sequence[str]], left_out: Sequence[Mapping[str, str]], where: YamlPlace
) -> list[dict[str, str]]:
    """The runs of the axes of a matrix without those that are left out. Raises PipelineTooLarge."""
    if not axes:
        return []
    require_few(math.prod(map(len, axes.values())), where, _MOST_COMBINATIONS)
    rows = (dict(zip(axes, row, strict=True)) for row in itertools.product(*axes.values()))
    runs = [run for run in rows if not any(row.items() <= run.items() for row in left_out)]
    require_few(len(runs), where)
    return runs


def copies(value: Value | None) -> int:
    """How many runs of a job its `parallel` asks for: a number, or of GitLab a matrix."""
    if isinstance(value, Fields):
        return sum(
            math.prod(len(items_of(each)) for _, each in row.entries)
            for row in items_of(value.get("matrix"))
            if isinstance(row, Fields)
        )
    text = value.text if isinstance(value, Text) else ""
    return int(text[:9]) if text.isascii() and text.isdecimal() else 1
