"""Comparing two data sets, and what is kept of that."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.drift import messages
from scoredock.contrib.drift.domain.comparison import Comparison
from scoredock.contrib.drift.domain.monitors import MonitorFolder, delete, monitor, monitor_names, new_monitor
from scoredock.contrib.drift.domain.record import notices, verdict_text
from scoredock.contrib.drift.domain.thresholds import with_defaults
from scoredock.contrib.drift.options import DriftChoices
from scoredock.contrib.drift.verbs.arguments import CHOICES
from scoredock.contrib.drift.verbs.interpreters import compared
from scoredock.contrib.drift.verbs.keeping import keep
from scoredock.contrib.drift.verbs.records import (
    attended_message,
    attended_messages,
    choices_message,
    column_lines,
    monitor_message,
    record_message,
)
from scoredock.contrib.drift.verbs.sources import Sources, canonical, name_of
from scoredock.errors import Place, ScoredockError
from scoredock.features.arguments import option_arguments
from scoredock.formats.moments import moment_of
from scoredock.registry.audit import following
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

NAME = argument("name", help="name of the comparison", names="drift")
_ERRORS = tuple(
    f"drift-{code}"
    for code in (
        "option-invalid",
        "name-invalid",
        "baseline-missing",
        "data-missing",
        "data-empty",
        "data-unreadable",
        "columns-differ",
        "package-missing",
        "process-failed",
        "running",
    )
)


@verb(
    "drift/compare",
    progress="Comparing data",
    changes=True,
    errors=_ERRORS,
    terminal=CliCommand(
        "drift compare",
        "Compare data with a baseline, column by column. Exits with 3 where a column has drifted.",
        (
            argument(
                "target",
                help="what is compared: service:NAME (its collected inputs), dataset:NAME[:VERSION], or a CSV, Parquet"
                " or JSON file, a folder of them, or a pattern",
                names="",
            ),
            *CHOICES,
            *option_arguments(messages.DriftCompareParams, without=("choices",)),
            argument("--html", help="write a report to this file", default="", metavar="FILE"),
        ),
        (
            "scoredock drift compare service:diabetes --baseline training.csv --since 7d",
            "scoredock drift compare new.csv --baseline training.csv --html drift.html",
        ),
        makes="drift",
    ),
    editor=(
        EditorCommand(
            "compareInputs",
            "Compare Inputs…",
            "contrib/drift/comparing",
            icon="diff",
            menus=(
                rows("services", "service", "1_tools@4", menu="scoredock.service.tools"),
                rows("models", "rows", "2_compare@1"),
            ),
        ),
    ),
)
def compare_data(params: messages.DriftCompareParams, context: Context, operation: Operation) -> messages.DriftRecord:
    """Compares, and keeps the record under the name."""
    choices = choices_of(params.choices)
    folder = new_monitor(context.workspace(params.workspace_id).path, params.name or name_of(choices.target))
    try:
        with folder.locked():
            record = compare_choices(folder, choices, params.workspace_id, context, operation)
            keep(folder, record, choices)
    finally:
        folder.remove_if_empty()
    return record_message(record)


@verb(
    "drift/list",
    progress="Reading comparisons",
    terminal=CliCommand(
        "drift list", "List comparisons and schedules with their last result.", (), ("scoredock drift list",)
    ),
)
def list_monitors(params: messages.DriftListParams, context: Context, operation: Operation) -> messages.DriftMonitors:
    """Monitors by name; one that cannot be read says so in its error."""
    workspace = context.workspace(params.workspace_id).path
    following.settle(workspace)
    folders = [monitor(workspace, name) for name in monitor_names(workspace)]
    return messages.DriftMonitors(attended_messages(workspace, folders))


@verb(
    "drift/show",
    progress="Reading comparison",
    errors=("drift-missing", "drift-record-damaged"),
    terminal=CliCommand(
        "drift show",
        "Show the last result of a comparison, and those before. Exits with 3 where a column has drifted.",
        (NAME,),
        ("scoredock drift show diabetes",),
    ),
)
def show(params: messages.DriftRef, context: Context, operation: Operation) -> messages.DriftDetails:
    """The last record with the outcomes before."""
    folder = monitor(context.workspace(params.workspace_id).path, params.name)
    records = _records(folder)
    history = [messages.DriftOutcomeAt(each["created"], each["verdict"], each["drifted"]) for each in records]
    last = records[0] if records else None
    return messages.DriftDetails(
        monitor=attended_message(folder),
        record=record_message(last) if last is not None else None,
        choices=choices_message(folder),
        summary=verdict_text(last) if last is not None else "",
        remarks=notices(last) if last is not None else [],
        columns=column_lines(last) if last is not None else [],
        history=history,
    )


@verb(
    "drift/export",
    progress="Writing report",
    errors=("drift-missing", "drift-record-damaged", "drift-schedule-missing"),
    terminal=CliCommand(
        "drift export",
        "Write the last result as HTML or JSON, or the schedule as a monitor of Azure Machine Learning v2.",
        (
            NAME,
            argument("path", help="file to write"),
            argument(
                "--form",
                help="by default that of the file's ending",
                choices=("html", "json", "yaml"),
                default="",
            ),
        ),
        (
            "scoredock drift export diabetes drift.html",
            "scoredock drift export weekly monitor.yml",
        ),
    ),
    editor=(EditorCommand("exportDrift", "Export Report…", "contrib/drift/comparing"),),
)
def export(params: messages.DriftExportParams, context: Context, operation: Operation) -> messages.DriftExported:
    """Writes it in one step."""
    folder = monitor(context.workspace(params.workspace_id).path, params.name)
    if params.form == "yaml":
        text = _monitor_text(folder, params.workspace_id, context)
    else:
        text = report_text(_last(folder), params.form)
    path = absolute(params.path)
    write_text(path, text)
    return messages.DriftExported(str(path))


@verb(
    "drift/delete",
    progress="Deleting comparison",
    changes=True,
    errors=("drift-missing", "drift-running"),
    terminal=CliCommand(
        "drift delete",
        "Delete a comparison with its schedule and its results.",
        (NAME,),
        ("scoredock drift delete weekly",),
    ),
)
def delete_monitor(params: messages.DriftRef, context: Context, operation: Operation) -> messages.DriftMonitor:
    """Deletes a monitor with all its files; returns what it was."""
    workspace = context.workspace(params.workspace_id).path
    following.settle(workspace)
    folder = monitor(workspace, params.name)
    message = monitor_message(folder)
    delete(folder)
    return message


def choices_of(choices: DriftChoices) -> DriftChoices:
    """Choices as they are kept: paths from the root. Raises ScoredockError `drift-option-invalid`."""
    if not choices.target:
        raise ScoredockError("drift-option-invalid", l10n.t("Nothing is named that is to be compared."))
    if choices.sample_rows < 0:
        raise ScoredockError("drift-option-invalid", l10n.t("The number of rows must not be negative."))
    with_defaults(choices.thresholds)
    now = time.time()
    for text in (choices.since, choices.until, choices.baseline_since, choices.baseline_until):
        moment_of(text, now)
    return replace(choices, target=canonical(choices.target), baseline=canonical(choices.baseline))


def compare_choices(
    folder: MonitorFolder, choices: DriftChoices, workspace_id: str, context: Context, operation: Operation
) -> dict[str, Any]:
    """The record; whoever calls holds the lock of the folder, and keeps it."""
    from scoredock.contrib.drift.domain.comparison import MOST_ROWS

    sources = Sources(context.registry(workspace_id))
    now = time.time()
    baseline = choices.baseline or sources.default_baseline(choices.target)
    comparison = Comparison(
        name=folder.name,
        baseline=sources.data_set(
            baseline, moment_of(choices.baseline_since, now), moment_of(choices.baseline_until, now)
        ),
        target=sources.data_set(choices.target, moment_of(choices.since, now), moment_of(choices.until, now)),
        thresholds=with_defaults(choices.thresholds),
        categorical=choices.categorical,
        exclude=choices.exclude,
        predictions=choices.predictions,
        most_rows=choices.sample_rows or MOST_ROWS,
    )
    return compared(comparison, choices.python, workspace_id, context, operation)


def report_text(record: dict[str, Any], form: str) -> str:
    """A record as HTML or JSON."""
    from scoredock.contrib.drift.domain.report import report_html

    return report_html(record) if form == "html" else json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def write_text(path: Path, text: str) -> None:
    """Raises ScoredockError `drift-report-failed`."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ScoredockError(
            "drift-report-failed",
            l10n.t("{path} cannot be written: {reason}.", path=path, reason=error.strerror or str(error)),
            place=Place(str(path)),
        ) from None


def _monitor_text(folder: MonitorFolder, workspace_id: str, context: Context) -> str:
    from scoredock.contrib.drift.domain.monitor_yaml import monitor_yaml

    schedule = folder.schedule()
    if schedule is None:
        raise ScoredockError("drift-schedule-missing", l10n.t("“{name}” has no schedule.", name=folder.name))
    choices = schedule.choices
    baseline = choices.baseline or Sources(context.registry(workspace_id)).default_baseline(choices.target)
    return monitor_yaml(folder.name, schedule, with_defaults(choices.thresholds), baseline)


def _records(folder: MonitorFolder) -> list[dict[str, Any]]:
    return [folder.read_record(path) for path in folder.record_files()]


def _last(folder: MonitorFolder) -> dict[str, Any]:
    files = folder.record_files()
    if not files:
        raise ScoredockError("drift-missing", l10n.t("“{name}” has no result yet.", name=folder.name))
    return folder.read_record(files[0])
