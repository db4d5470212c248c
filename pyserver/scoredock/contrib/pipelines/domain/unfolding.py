"""Limits for what a pipeline unfolds into, counted before it is made: a file of some kilobytes can name billions of
jobs by a matrix, or include itself a thousand times. The limits are far above what pipelines of people have.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

from scoredock import l10n
from scoredock.contrib.pipelines.domain.expressions.evaluation import compared, member
from scoredock.contrib.pipelines.domain.pipeline import Job
from scoredock.contrib.pipelines.domain.values import PipelineFault, Text, Value, YamlPlace

Unit = Literal["files", "values", "characters", "jobs", "steps"]

MOST_JOBS = 256
"""GitHub and Azure Pipelines allow so many of a run."""
_MOST_COMBINATIONS = 4 * MOST_JOBS
"""Of a matrix before its `exclude`."""
_OF_ROWS = ("exclude", "include")
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
    """Raised if a pipeline unfolds into more than is made."""

    code = "pipeline-too-large"


class Unfolding:
    """Counts of what a pipeline has become so far, with all that it includes."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(_MOST, 0)

    def count(self, unit: Unit, amount: int, where: YamlPlace | None) -> None:
        """Counts what is about to be made. Raises PipelineTooLarge."""
        self._counts[unit] += amount
        if self._counts[unit] > _MOST[unit]:
            raise PipelineTooLarge(_SENTENCES[unit](_MOST[unit]), where)

    def job(self, job: Job) -> Job:
        """A job that was read, with all runs of its matrix. Raises PipelineTooLarge."""
        runs = len(job.matrix)
        self.count("jobs", runs, job.source)
        self.count("steps", runs * len(job.steps), job.source)
        self.count("values", len(job.env) + len(job.needs), job.source)
        self.count("characters", runs * sum(len(step.script) for step in job.steps), job.source)
        return job


def require_few(runs: int, where: YamlPlace, most: int = MOST_JOBS) -> None:
    """Checks the number of runs of a job that are about to be made. Raises PipelineTooLarge."""
    if runs > most:
        raise PipelineTooLarge(_SENTENCES["jobs"](MOST_JOBS), where)


def matrix_runs(matrix: Any, where: YamlPlace) -> tuple[dict[str, Any], ...]:
    """The runs of a matrix of GitHub Actions, from its values. Raises PipelineTooLarge, and PipelineFault for what is
    none."""
    if not isinstance(matrix, dict):
        matrix = {}
    axes = {name: each for name, each in matrix.items() if name not in _OF_ROWS}
    left_out, more = ([] if matrix.get(name) is None else matrix[name] for name in _OF_ROWS)
    are_rows = isinstance(left_out, list) and isinstance(more, list)
    if not are_rows or not all(isinstance(row, dict) for row in [*left_out, *more]) or not (axes or more):
        raise PipelineFault(l10n.t("The matrix has no lists of values and no rows."), where)
    for name, axis in axes.items():
        if not isinstance(axis, list) or not axis:
            raise PipelineFault(l10n.t("The matrix has no values for “{name}”.", name=name), where)
    require_few(math.prod(map(len, axes.values())) if axes else 0, where, _MOST_COMBINATIONS)
    runs: list[dict[str, Any]] = []
    taken_in: set[int] = set()
    for values in itertools.product(*axes.values()) if axes else ():
        run = dict(zip(axes, values, strict=True))
        if any(_fits(row, run) for row in left_out):
            continue
        fitting = [number for number, row in enumerate(more) if all(_fits(row[k], run[k]) for k in row if k in axes)]
        taken_in.update(fitting)
        extras = {name: each for number in fitting for name, each in more[number].items() if name not in axes}
        runs.append({**run, **extras})
    runs += [dict(row) for number, row in enumerate(more) if number not in taken_in]
    require_few(len(runs), where)
    return tuple(runs)


def _fits(pattern: Any, value: Any) -> bool:
    """True if each leaf of a row is the same there."""
    if isinstance(pattern, dict):
        return all(_fits(each, member(value, name)) for name, each in pattern.items())
    if isinstance(pattern, list):
        return all(_fits(each, member(value, number)) for number, each in enumerate(pattern))
    return compared("==", value, pattern)


def copies(value: Value | None) -> int:
    """Number of runs that a job's `parallel` asks for by a number; else 1."""
    text = value.text if isinstance(value, Text) else ""
    return int(text[:9]) if text.isascii() and text.isdecimal() else 1
