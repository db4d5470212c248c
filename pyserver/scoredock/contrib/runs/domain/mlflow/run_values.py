"""Values that a run logged by the SDK v1, as MLflow has them: metrics are series of numbers, all else is a tag or a
file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from scoredock.contrib.runs.domain.recorded_run import RecordedMetric, RecordedRun
from scoredock.late_dataclass import dataclass

_OTHER = re.compile(r"[^\w\-. /:]", re.ASCII)
_UPWARD = re.compile(r"(^|/)(\.+)(?=/|$)|^/+|/+$|//+")


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a metric."""

    value: float
    time: float
    """Seconds since the epoch."""
    step: int


@dataclass(slots=True)
class RunValues:
    """Values of a run by their names in MLflow."""

    metrics: dict[str, list[Point]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    """Values that are not numbers."""


def values_of(run: RecordedRun) -> RunValues:
    """Scalars and lists under their name; columns of rows and tables as `name.column`, with the row as step."""
    run_values = RunValues()
    for metric in run.metrics:
        for name, value in _cells(metric):
            key = label(name)
            number = _number(value)
            if number is not None:
                points = run_values.metrics.setdefault(key, [])
                step = metric.step if metric.step is not None and metric.kind == "scalar" else len(points)
                points.append(Point(number, metric.time, step))
            elif value is not None:
                run_values.tags[key] = str(value)
    for key in run_values.metrics:
        run_values.tags.pop(key, None)
    return run_values


def _cells(metric: RecordedMetric) -> Iterator[tuple[str, Any]]:
    if metric.kind == "scalar":
        yield metric.name, metric.value
    elif metric.kind == "list":
        for value in metric.value:
            yield metric.name, value
    elif metric.kind in ("row", "table"):
        for column, values in metric.value.items():
            for value in values if isinstance(values, list) else [values]:
                yield f"{metric.name}.{column}", value


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, bool | int | float) else None
    except OverflowError:  # a whole number that no float can be
        return None


def label(name: str) -> str:
    """A name as MLflow allows it, for metrics, parameters and tags."""
    return _UPWARD.sub("_", _OTHER.sub("_", name)) or "_"
