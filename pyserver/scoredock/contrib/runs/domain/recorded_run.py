"""Reads the journal of a run into a record; the grammar of what may stand in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.grammar import file_name_problem, printable

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,254}")
EXPERIMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,254}")
ENDS = ("Completed", "Failed", "Canceled")
METRICS = (
    "scalar",
    "list",
    "row",
    "table",
    "image",
    "confusion_matrix",
    "accuracy_table",
    "residuals",
    "predictions",
)
LONGEST_NAME = 255
_DEEPEST = 64


@dataclass(frozen=True, slots=True)
class RecordedMetric:
    """Metric from one call of `run.log…`."""

    name: str
    kind: str
    value: Any
    """A scalar, a list, a mapping of columns, or the path of the file that holds it."""
    step: int | None
    time: float


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """Size and checksum of one upload."""

    size: int
    sha256: str


@dataclass(slots=True)
class RecordedRun:
    """A run as its journal tells it."""

    id: str
    experiment: str
    name: str = ""
    parent: str = ""
    kind: str = ""
    status: str = "Running"
    started: float = 0.0
    ended: float | None = None
    error: str = ""
    process: tuple[int, float] | None = None
    """Process id and beginning of the script that began it."""
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    metrics: list[RecordedMetric] = field(default_factory=list)
    files: dict[str, RecordedFile] = field(default_factory=dict)


def fold(lines: Iterable[bytes]) -> RecordedRun | None:
    """The run of a journal; None where not even its beginning was written. A line that a crash cut off is the last one
    and counts as not written. Raises ValueError for what no journal of ours holds."""
    run: RecordedRun | None = None
    for line in lines:
        if not line.endswith(b"\n"):
            break
        event = json.loads(line)
        if not isinstance(event, dict):
            raise ValueError("a line is not an event")
        if run is None:
            run = _begun(event)
        else:
            _apply(run, event)
    return run


def _begun(event: Mapping[str, Any]) -> RecordedRun:
    if event.get("event") != "begin":
        raise ValueError("it does not begin with the beginning of a run")
    process = event.get("process")
    return RecordedRun(
        id=str(event["id"]),
        experiment=str(event["experiment"]),
        name=str(event["name"]),
        parent=str(event["parent"]),
        kind=str(event["kind"]),
        started=float(event["time"]),
        process=(int(process[0]), float(process[1])) if process else None,
        tags=_texts(event["tags"]),
        properties=_texts(event["properties"]),
    )


def _apply(run: RecordedRun, event: Mapping[str, Any]) -> None:
    kind = event.get("event")
    if kind == "metric":
        step = event.get("step")
        run.metrics.append(
            RecordedMetric(
                str(event["name"]),
                str(event["kind"]),
                event["value"],
                None if step is None else int(step),
                float(event["time"]),
            )
        )
    elif kind == "labels":
        run.tags.update(_texts(event["tags"]))
        for key in event["removed"]:
            run.tags.pop(key, None)
        run.properties.update(_texts(event["properties"]))
        run.name = str(event["name"]) or run.name
    elif kind == "file":
        run.files[str(event["path"])] = RecordedFile(int(event["size"]), str(event["sha256"]))
    elif kind == "end":
        run.status, run.ended, run.error = str(event["status"]), float(event["time"]), str(event["error"])
    else:
        raise ValueError(f"an event {kind!r} is not known")


def _texts(labels: object) -> dict[str, str]:
    if not isinstance(labels, dict) or not all(isinstance(text, str) for text in labels.values()):
        raise ValueError("labels are not texts")
    return dict(labels)


# ------------------------------------------------------------------------------------------ what is accepted


def require_experiment(name: str) -> None:
    """Raises run-value-invalid."""
    if not EXPERIMENT.fullmatch(name):
        raise ScoredockError(
            "run-value-invalid",
            l10n.t("{name} is not the name of an experiment.", name=printable(name)),
            l10n.t("Use letters, digits, - and _, with a letter or digit first."),
        )


def require_metric(name: str, kind: str, value: str) -> Any:
    """The value of a metric out of its JSON. Raises run-value-invalid."""
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ScoredockError(
            "run-value-invalid",
            l10n.t("{name} is not the name of a metric.", name=printable(name)),
            l10n.t("Give a printable name of at most {limit} characters.", limit=LONGEST_NAME),
        )
    try:
        metric_value = json.loads(value)
    except (ValueError, RecursionError):
        metric_value = None
    if kind not in METRICS or not _fits(kind, metric_value):
        raise ScoredockError(
            "run-value-invalid",
            l10n.t("The value of the metric {name} is not one of kind {kind}.", name=printable(name), kind=kind),
        )
    return metric_value


def _fits(kind: str, value: object) -> bool:
    if kind == "scalar":
        return _is_scalar(value)
    if kind == "list":
        return isinstance(value, list) and all(map(_is_scalar, value))
    if kind == "row":
        return isinstance(value, dict) and all(map(_is_scalar, value.values()))
    if kind == "table":
        columns = list(value.values()) if isinstance(value, dict) else [None]
        return all(_is_scalar(each) or (isinstance(each, list) and all(map(_is_scalar, each))) for each in columns)
    return isinstance(value, str)


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def require_file_path(path: str) -> tuple[str, ...]:
    """The names of a path among the files of a run. Raises run-value-invalid for one that leads elsewhere."""
    parts = tuple(part for part in path.replace("\\", "/").split("/") if part not in ("", "."))
    problem = next((found for part in parts if (found := file_name_problem(part))), "")
    if not parts or ".." in parts or len(parts) > _DEEPEST or max(map(len, parts)) > LONGEST_NAME or problem:
        raise ScoredockError(
            "run-value-invalid",
            l10n.t("{path} cannot be the name of a file of a run.", path=printable(path)),
            l10n.t("Give a path without .. that leads downwards."),
        )
    return parts
