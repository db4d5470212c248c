"""Runs that scripts of the SDK v1 log (`Experiment.start_logging`): kept in the workspace, read like those of MLflow,
and written out as MLflow has them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.runs import messages
from scoredock.contrib.runs.verbs import runs
from scoredock.errors import ScoredockError
from scoredock.protocol.messages.basics import Empty
from scoredock.registry.grammar import printable
from scoredock.verb import CliCommand, argument, verb

if TYPE_CHECKING:
    from scoredock.contrib.runs.domain.journal import RunJournals
    from scoredock.contrib.runs.domain.mlflow.run_values import Point
    from scoredock.contrib.runs.domain.recorded_run import RecordedRun

_A_PAGE = 200


@verb(
    "run/begin",
    progress="Beginning run",
    errors=("run-value-invalid", "run-exists", "run-not-found"),
)
def begin(params: messages.RunBeginParams, context: Context, operation: Operation) -> messages.LoggedRun:
    """A new run in the workspace."""
    from scoredock.contrib.runs.domain.journal import NewRun, RunJournals

    info = context.workspace(params.workspace_id)
    context.registry(info.id).store.require_writable()  # there, and of a form that is known
    journals = RunJournals(info.path)
    new = NewRun(
        params.experiment,
        params.run_id,
        params.name,
        params.parent,
        params.type,
        params.process_id,
        params.tags,
        params.properties,
    )
    return _message(journals.begin(new), journals)


@verb(
    "run/logged",
    progress="Reading run",
    errors=("run-not-found", "run-not-of-workspace"),
)
def show(params: messages.RunRef, context: Context, operation: Operation) -> messages.LoggedRun:
    """A run with all that was logged."""
    journals = _journals(params.store, context)
    return _message(journals.run(params.run_id), journals)


@verb("run/search", progress="Reading runs", errors=("run-not-found",))
def search(params: messages.RunSearchParams, context: Context, operation: Operation) -> messages.LoggedRuns:
    """Runs with what each metric came to, a page at a time. Raises run-not-found for an id that the workspace does not
    have."""
    from scoredock.contrib.runs.domain.journal import RunJournals
    from scoredock.contrib.runs.domain.mlflow.records import parse_page
    from scoredock.contrib.runs.domain.mlflow.run_values import values_of

    journals = RunJournals(context.workspace(params.workspace_id).path)
    matches = [journals.run(id) for id in params.run_ids] if params.run_ids else journals.all()
    matches = [run for run in matches if not params.experiments or run.experiment in params.experiments]
    matches.sort(key=lambda run: (-run.started, run.id))
    start = parse_page(params.page)
    following = start + _A_PAGE
    runs = []
    for run in matches[start:following]:
        last = {
            name: max(points, key=lambda point: (point.step, point.time))
            for name, points in values_of(run).metrics.items()
        }
        runs.append(_message(run, journals, [_scalar(name, point) for name, point in last.items()]))
    return messages.LoggedRuns(runs, str(following) if following < len(matches) else "")


@verb("run/history", progress="Reading run", errors=("run-not-found", "run-not-of-workspace"))
def history(params: messages.RunHistoryParams, context: Context, operation: Operation) -> messages.RunHistory:
    """Values of one metric."""
    from scoredock.contrib.runs.domain.mlflow.run_values import values_of

    points = values_of(_journals(params.store, context).run(params.run_id)).metrics.get(params.metric, [])
    return messages.RunHistory([_scalar(params.metric, point) for point in points])


def _scalar(name: str, point: Point) -> messages.LoggedMetric:
    return messages.LoggedMetric(name, "scalar", json.dumps(point.value), point.step, point.time)


@verb(
    "run/log",
    progress="Logging",
    errors=("run-value-invalid", "run-not-found", "run-not-of-workspace"),
)
def log(params: messages.RunLogParams, context: Context, operation: Operation) -> Empty:
    """Adds metrics."""
    journals = _journals(params.store, context)
    for each in params.metrics:
        journals.log(params.run_id, each.name, each.kind, each.value, each.step, each.time)
    return Empty()


@verb(
    "run/change",
    progress="Changing run",
    errors=("run-value-invalid", "run-not-found", "run-not-of-workspace"),
)
def change(params: messages.RunChangeParams, context: Context, operation: Operation) -> messages.LoggedRun:
    """Tags, properties and name."""
    journals = _journals(params.store, context)
    run = journals.change(params.run_id, params.tags, params.removed_tags, params.properties, params.name)
    return _message(run, journals)


@verb(
    "run/upload",
    progress="Uploading files",
    errors=("run-file-exists", "run-value-invalid", "file-not-found"),
)
def upload(params: messages.RunUploadParams, context: Context, operation: Operation) -> Empty:
    """Copies files into the run."""
    journals = _journals(params.store, context)
    for each in params.files:
        journals.upload(params.run_id, each.name, absolute(each.path), operation.cancel)
    return Empty()


@verb("run/end", progress="Ending run")
def end(params: messages.RunEndParams, context: Context, operation: Operation) -> messages.LoggedRun:
    """The run has ended; the first end counts."""
    journals = _journals(params.store, context)
    return _message(journals.end(params.run_id, params.status, params.error), journals)


@verb(
    "run/export",
    progress="Exporting runs",
    errors=("run-not-found",),
    terminal=CliCommand(
        "run export",
        "Write runs that the workspace keeps as a mlruns folder of MLflow.",
        (
            argument("folder", help="mlruns folder to write to; runs that are in it stay as they are"),
            argument("--experiment", help="only the runs of this experiment", names="", default="", metavar="NAME"),
            argument("--run", help="only this run and its children", names="run", default="", metavar="RUN"),
        ),
        ("scoredock run export mlruns", "scoredock run export mlruns --experiment my-experiment"),
    ),
)
def export(params: messages.RunExportParams, context: Context, operation: Operation) -> messages.RunExported:
    """Writes a `mlruns` folder. Raises run-not-found where nothing is meant."""
    from scoredock.contrib.runs.domain.journal import RunJournals
    from scoredock.contrib.runs.domain.mlflow.run_export import export as write

    journals = RunJournals(context.workspace(params.workspace_id).path)
    everything = journals.all()
    if params.run_id:
        journals.run(params.run_id)
    runs = [run for run in everything if params.experiment in ("", run.experiment)]
    if params.run_id:
        runs = _with_children(params.run_id, everything)
    if not runs:
        named = params.experiment
        message = l10n.t("The workspace has no experiment {name}.", name=printable(named))
        raise ScoredockError("run-not-found", message if named else l10n.t("The workspace has no runs."))
    target = absolute(params.target)
    done = write(journals, runs, target, operation.cancel)
    return messages.RunExported(str(target), done.runs, done.skipped)


def _with_children(id: str, everything: list[RecordedRun]) -> list[RecordedRun]:
    wanted = {id}
    while more := {run.id for run in everything if run.parent in wanted} - wanted:
        wanted |= more
    return [run for run in everything if run.id in wanted]


def _journals(store: str, context: Context) -> RunJournals:
    """Those of a workspace of this machine. Raises run-not-of-workspace."""
    from scoredock.contrib.runs.domain.journal import RunJournals

    for info in context.workspaces.list():
        if runs.workspace_store(info).uri == store:
            return RunJournals(info.path)
    raise ScoredockError(
        "run-not-of-workspace", l10n.t("{store} is not the run store of a workspace.", store=printable(store))
    )


def _message(
    run: RecordedRun, journals: RunJournals, metrics: list[messages.LoggedMetric] | None = None
) -> messages.LoggedRun:
    """`metrics`: instead of all that was logged."""
    from scoredock.contrib.runs.domain.mlflow.workspace_store import record_of

    if metrics is None:
        metrics = [messages.LoggedMetric(m.name, m.kind, json.dumps(m.value), m.step, m.time) for m in run.metrics]
    return messages.LoggedRun(
        store=str(journals.folder),
        experiment=run.experiment,
        status=run.status,
        type=run.kind,
        error=run.error,
        properties=run.properties,
        tags=run.tags,
        metrics=metrics,
        run=runs.message(record_of(run), False, "", "", []),
    )
