"""Records of drift and monitors as messages."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock.contrib.drift import messages
from scoredock.contrib.drift.domain.monitors import MonitorFolder, MonitorState, Schedule
from scoredock.contrib.drift.domain.record import deciding_metric, metric_text, remarks
from scoredock.contrib.drift.domain.schedule import is_due, next_run
from scoredock.data_folder import is_ahead
from scoredock.errors import ScoredockError
from scoredock.protocol import wire
from scoredock.workspace.unattended.attendance import attendance


def record_message(record: Mapping[str, Any]) -> messages.DriftRecord:
    """A kept record has the names of the protocol."""
    return wire.from_wire(messages.DriftRecord, record)


def choices_message(folder: MonitorFolder) -> messages.DriftChoices | None:
    """Choices of the last comparison, or of the schedule before the first one."""
    choices = folder.choices()
    if choices is not None:
        return choices
    try:
        schedule = folder.schedule()
    except ScoredockError:
        return None
    return schedule.choices if schedule is not None else None


def column_lines(record: Mapping[str, Any]) -> list[messages.DriftColumnLine]:
    """Lines on each column in words."""
    lines = []
    for each in record["features"]:
        metric = deciding_metric(each)
        name = metric_text(metric["name"]) if metric else ""
        value, limit = (metric["value"], metric["limit"]) if metric else (None, None)
        lines.append(messages.DriftColumnLine(each["name"], each["drifted"], name, value, limit, remarks(each)))
    return lines


def attended_messages(workspace: Path, folders: Sequence[MonitorFolder]) -> list[messages.DriftMonitor]:
    """Messages of monitors, with what this machine does for those that have a schedule, which is read once."""
    monitors = [monitor_message(each) for each in folders]
    by = attendance(workspace) if any(each.every for each in monitors) else ""
    return [replace(each, installed=by) if each.every else each for each in monitors]


def attended_message(folder: MonitorFolder) -> messages.DriftMonitor:
    """Message of one monitor, with what this machine does for it."""
    return attended_messages(folder.path.parent.parent, [folder])[0]


def _next_run(schedule: Schedule, state: MonitorState) -> float:
    now = time.time()
    if is_due(schedule.every, schedule.created, state.last_run, now):
        return now
    created = state.last_run if is_ahead(schedule.created, now) else schedule.created
    return next_run(schedule.every, created, state.last_run)


def monitor_message(folder: MonitorFolder) -> messages.DriftMonitor:
    """Message of a monitor; what cannot be read of it is its error."""
    state, error = folder.state(), ""
    schedule, last = None, None
    try:
        schedule = folder.schedule()
        files = folder.record_files()
        last = folder.read_record(files[0]) if files else None
    except ScoredockError as problem:
        error = str(problem)
    choices = schedule.choices if schedule is not None else None
    ran = max(state.last_run, last["created"] if last else 0.0)
    return messages.DriftMonitor(
        name=folder.name,
        target=choices.target if choices else last["target"]["source"] if last else "",
        baseline=last["baseline"]["source"] if last else choices.baseline if choices else "",
        every=schedule.every if schedule else "",
        next_run=_next_run(schedule, state) if schedule is not None and not schedule.paused else None,
        paused=schedule is not None and schedule.paused,
        retrain=list(schedule.retrain) if schedule else [],
        last_run=ran,
        verdict=last["verdict"] if last else None,
        drifted=last["drifted"] if last else [],
        error=error or state.message,
        retrained=state.retrained,
        exit_code=state.exit_code,
        log=str(folder.log) if folder.log.is_file() else "",
    )
