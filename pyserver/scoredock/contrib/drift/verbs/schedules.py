"""Comparisons that are made again and again, and what follows drift: a command of the person's."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n, run
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.drift import messages
from scoredock.contrib.drift.domain.monitors import MonitorFolder, Schedule, monitor, monitor_names, new_monitor
from scoredock.contrib.drift.domain.record import verdict_of, verdict_text
from scoredock.contrib.drift.domain.schedule import is_due
from scoredock.contrib.drift.verbs.arguments import CHOICES, TARGET
from scoredock.contrib.drift.verbs.comparing import NAME, choices_of, compare_choices
from scoredock.contrib.drift.verbs.keeping import keep
from scoredock.contrib.drift.verbs.records import attended_message
from scoredock.errors import Cancelled, Place, ScoredockError
from scoredock.features.arguments import option_arguments
from scoredock.features.whole_command import require_whole_command
from scoredock.formats.moments import seconds_of
from scoredock.verb import CliCommand, EditorCommand, argument, verb

_LAST_LINES = 5


@verb(
    "drift/schedule",
    progress="Scheduling comparison",
    changes=True,
    errors=("drift-option-invalid", "drift-name-invalid", "drift-running"),
    terminal=CliCommand(
        "drift schedule",
        "Compare again and again under a name. `workspace install` has this machine make what is due; a job of CI calls"
        " `drift run --due`.",
        (
            argument("name", help="name of the schedule; one that is there is replaced", names=""),
            TARGET,
            argument("--every", help="period: 15m, 6h, 1d or 2w", required=True, metavar="PERIOD"),
            *CHOICES,
            argument(
                "--retrain",
                help="a command that runs where there is drift, in this folder; all that follows are its arguments",
                nargs=argparse.REMAINDER,
                metavar="COMMAND",
            ),
        ),
        (
            "scoredock drift schedule weekly --target service:diabetes --baseline training.csv --since 7d --every 1w",
            "scoredock drift schedule nightly --target new.csv --baseline old.csv --every 1d"
            " --retrain python retrain.py",
        ),
        makes="drift",
    ),
    editor=(EditorCommand("scheduleDrift", "Schedule…", "contrib/drift/comparing", icon="calendar"),),
)
def schedule(params: messages.DriftScheduleParams, context: Context, operation: Operation) -> messages.DriftMonitor:
    """Keeps the schedule; what was compared under the name before stays. Nothing is compared now."""
    choices = choices_of(params.choices)
    seconds_of(params.every)
    if params.retrain:
        _require_program(params.retrain, params.folder)
    folder = new_monitor(context.workspace(params.workspace_id).path, params.name)
    try:
        with folder.locked():
            former = folder.schedule() if params.keep_retrain else None
            plan = Schedule(
                choices=choices,
                every=params.every.replace(" ", "").lower(),
                created=time.time(),
                retrain=tuple(params.retrain),
                folder=str(absolute(params.folder)) if params.folder else str(Path.cwd()),
            )
            if former is not None:
                plan = replace(plan, retrain=former.retrain, folder=former.folder)
            folder.write_schedule(plan)
            folder.write_state(replace(folder.state(), last_run=0.0, code="", message=""))
    finally:
        folder.remove_if_empty()
    return attended_message(folder)


@verb(
    "drift/run",
    progress="Comparing data",
    changes=True,
    errors=("drift-missing", "drift-schedule-missing"),
    terminal=CliCommand(
        "drift run",
        "Run schedules now, or those that are due. Exits with 3 where a column has drifted, with 1 where a comparison"
        " failed.",
        option_arguments(messages.DriftRunParams),
        ("scoredock drift run weekly", "scoredock drift run --due"),
    ),
)
def run_schedules(params: messages.DriftRunParams, context: Context, operation: Operation) -> messages.DriftRuns:
    """Runs the schedules one after the other; one that fails does not keep the others from running."""
    workspace = context.workspace(params.workspace_id).path
    folders = [monitor(workspace, name) for name in params.names or monitor_names(workspace)]
    runs = []
    for folder in folders:
        outcome = _run(folder, params, context, operation)
        if outcome is not None:
            runs.append(outcome)
    return messages.DriftRuns(runs)


def last_verdict(name: str, workspace_id: str, context: Context, operation: Operation) -> tuple[bool, str]:
    """True if the last record has no drift, and its verdict in a sentence; a schedule that is due compares first.
    Raises ScoredockError.
    """
    folder = monitor(context.workspace(workspace_id).path, name)
    if folder.schedule() is not None:
        params = messages.DriftRunParams(names=[name], due=True, retrain=False, workspace_id=workspace_id)
        failed = next((each for each in run_schedules(params, context, operation).runs if each.error), None)
        if failed is not None:
            return False, failed.error
    records = folder.record_files()
    if not records:
        return False, l10n.t("“{name}” has compared nothing yet.", name=name)
    record = folder.read_record(records[0])
    return not verdict_of(record).has_drift, f"{verdict_text(record)}."


@verb(
    "drift/pause",
    progress="Pausing schedule",
    changes=True,
    errors=("drift-missing", "drift-schedule-missing", "drift-running"),
    terminal=CliCommand(
        "drift pause",
        "Have a schedule not be due any more. `drift run NAME` still compares, without retraining.",
        (NAME,),
        ("scoredock drift pause nightly",),
    ),
)
def pause(params: messages.DriftRef, context: Context, operation: Operation) -> messages.DriftMonitor:
    """Pauses a schedule until it is resumed, or scheduled again."""
    return _set_paused(params, context, True)


@verb(
    "drift/resume",
    progress="Resuming schedule",
    changes=True,
    errors=("drift-missing", "drift-schedule-missing", "drift-running", "command-incomplete"),
    terminal=CliCommand(
        "drift resume",
        "Have a paused schedule be due again, as after its workspace was restored from a backup.",
        (NAME,),
        ("scoredock drift resume nightly",),
    ),
    editor=(EditorCommand("resumeDrift", "Resume Schedule", "contrib/drift/comparing", icon="debug-continue"),),
)
def resume(params: messages.DriftRef, context: Context, operation: Operation) -> messages.DriftMonitor:
    """Resumes a schedule; what was due meanwhile runs once."""
    folder = monitor(context.workspace(params.workspace_id).path, params.name)
    require_whole_command(_schedule(folder).retrain, f"scoredock drift schedule {params.name} …")
    return _set_paused(params, context, False)


def _set_paused(params: messages.DriftRef, context: Context, paused: bool) -> messages.DriftMonitor:
    folder = monitor(context.workspace(params.workspace_id).path, params.name)
    with folder.locked():
        folder.write_schedule(replace(_schedule(folder), paused=paused))
    return attended_message(folder)


@verb(
    "drift/retrain",
    progress="Retraining",
    changes=True,
    errors=(
        "drift-missing",
        "drift-schedule-missing",
        "drift-retrain-missing",
        "drift-retrain-failed",
        "command-incomplete",
    ),
    terminal=CliCommand(
        "drift retrain",
        "Run the command for retraining of a schedule now.",
        (NAME,),
        ("scoredock drift retrain nightly",),
    ),
    editor=(EditorCommand("retrain", "Retrain", "contrib/drift/comparing"),),
)
def retrain(params: messages.DriftRef, context: Context, operation: Operation) -> messages.DriftRetrained:
    """Runs it to its end, whatever the last verdict was."""
    folder = monitor(context.workspace(params.workspace_id).path, params.name)
    plan = _schedule(folder)
    if not plan.retrain:
        raise ScoredockError(
            "drift-retrain-missing", l10n.t("“{name}” has no command for retraining.", name=folder.name)
        )
    with folder.locked():
        records = folder.record_files()
        code = _retrain(folder, plan, records[0] if records else None, operation)
    if code:
        raise _retrain_failed(folder, plan, code)
    return messages.DriftRetrained(folder.name, list(plan.retrain), str(folder.log))


def _schedule(folder: MonitorFolder) -> Schedule:
    plan = folder.schedule()
    if plan is None:
        raise ScoredockError("drift-schedule-missing", l10n.t("“{name}” has no schedule.", name=folder.name))
    return plan


def _run(
    folder: MonitorFolder, params: messages.DriftRunParams, context: Context, operation: Operation
) -> messages.DriftRun | None:
    """None for one that is not meant. Raises ScoredockError `cancelled`, and for a name `drift-schedule-missing`."""
    try:
        plan = folder.schedule()
        if plan is None:
            if params.names:
                _schedule(folder)
            return None
        if params.due and (plan.paused or not is_due(plan.every, plan.created, folder.state().last_run, time.time())):
            return None
        with folder.locked():
            return _compared(folder, plan, params, context, operation)
    except Cancelled:
        raise
    except ScoredockError as error:
        if error.code == "drift-schedule-missing":
            raise
        return _failed(folder.name, error)


def _failed(name: str, error: ScoredockError) -> messages.DriftRun:
    return messages.DriftRun(name, None, [], error.code, str(error), None)


def _compared(
    folder: MonitorFolder, plan: Schedule, params: messages.DriftRunParams, context: Context, operation: Operation
) -> messages.DriftRun:
    """A failure is kept, so that lists show it; the schedule tries again when it is next due."""
    began = time.time()
    state = folder.state()
    try:
        record = compare_choices(folder, plan.choices, params.workspace_id, context, operation)
    except Cancelled:
        raise
    except ScoredockError as error:
        folder.write_state(replace(state, last_run=began, code=error.code, message=str(error)))
        return _failed(folder.name, error)
    path = keep(folder, record, plan.choices)
    folder.write_state(replace(state, last_run=began, code="", message=""))
    verdict = verdict_of(record)
    code = None
    if verdict.has_drift and plan.retrain and params.retrain and not plan.paused:
        code = _retrain(folder, plan, path, operation)
    return _result(folder, plan, record, code)


def _result(folder: MonitorFolder, plan: Schedule, record: dict[str, Any], code: int | None) -> messages.DriftRun:
    error = _retrain_failed(folder, plan, code) if code else None
    return messages.DriftRun(
        folder.name,
        record["verdict"],
        record["drifted"],
        error.code if error else "",
        str(error) if error else "",
        code,
    )


def _retrain(folder: MonitorFolder, plan: Schedule, record: Path | None, operation: Operation) -> int:
    """The exit code. The command knows the record by a variable; what it prints is kept. Raises ScoredockError
    `drift-retrain-failed` where it cannot be started, `command-incomplete`, `cancelled`."""
    require_whole_command(plan.retrain, f"scoredock drift schedule {folder.name} …")
    operation.progress.report(l10n.t("Retraining: {command}", command=" ".join(plan.retrain)))
    variables = {"SCOREDOCK_DRIFT_NAME": folder.name, "SCOREDOCK_DRIFT_RECORD": str(record or "")}
    began = time.time()
    with folder.log.open("w", encoding="utf-8", errors="replace") as log:

        def keep(line: str) -> None:
            log.write(f"{line}\n")
            operation.progress.output(line)

        try:
            completed = run.run(
                plan.retrain,
                cwd=Path(plan.folder),
                env=run.program_environment(variables),
                cancel=operation.cancel,
                on_line=keep,
            )
        except OSError as error:
            raise _not_started(plan, error) from None
    state = folder.state()
    folder.write_state(replace(state, retrained=began, exit_code=completed.returncode))
    return completed.returncode


def _require_program(command: list[str], folder: str) -> None:
    """Raises ScoredockError `drift-option-invalid`."""
    try:
        if os.sep in command[0]:
            path = Path(folder or ".") / command[0]
            if not path.is_file():
                raise FileNotFoundError(command[0])
        else:
            run.resolve_executable(command[0])
    except FileNotFoundError:
        raise ScoredockError("drift-option-invalid", l10n.t("There is no command {name}.", name=command[0])) from None


def _not_started(plan: Schedule, error: OSError) -> ScoredockError:
    return ScoredockError(
        "drift-retrain-failed",
        l10n.t(
            "The command {command} cannot be started in {folder}: {reason}.",
            command=plan.retrain[0],
            folder=plan.folder,
            reason=error.strerror or l10n.t("there is no such program"),
        ),
    )


def _retrain_failed(folder: MonitorFolder, plan: Schedule, code: int) -> ScoredockError:
    try:
        last = folder.log.read_text("utf-8").splitlines()[-_LAST_LINES:]
    except OSError:
        last = []
    return ScoredockError(
        "drift-retrain-failed",
        l10n.t("The command {command} ended with exit code {code}.", command=" ".join(plan.retrain), code=code),
        l10n.t("See {path} for what it printed.", path=folder.log),
        place=Place(str(folder.log)),
        details={"lines": last},
    )
