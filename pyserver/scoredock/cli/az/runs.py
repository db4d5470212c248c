"""`az ml run|experiment …`: runs that scripts logged on this machine."""

from __future__ import annotations

from typing import Any

from scoredock import l10n
from scoredock.cli.az.command_line import LineError
from scoredock.cli.az.desk import Desk
from scoredock.contrib.runs.verbs import logged_runs, runs
from scoredock.features.workspaces import v1_records
from scoredock.protocol import messages

_STATUS = {"FINISHED": "Completed", "FAILED": "Failed", "KILLED": "Canceled", "RUNNING": "Running"}
_OTHERS = ("--compute-target-name", "--parent-run-id", "--pipeline-run-id")
_MOST = 1_000


def list_runs(desk: Desk) -> Any:
    """The newest first, of one experiment or of all."""
    options = desk.options
    last = options.whole("--last")
    if last is not None and last < 1:
        raise LineError(l10n.t("{option} must be greater than 0", option="--last") + ".")
    listed = [
        _record(each.experiment.name, each.run) for each in runs.newest(_MOST, desk.context, desk.operation()).runs
    ]
    experiment, status, tags = options.text("--experiment-name"), options.text("--status"), options.pairs("--tags")
    return [
        each
        for each in listed
        if experiment in ("", each["experimentName"])
        and status.lower() in ("", each["status"].lower())
        and tags.items() <= each["tags"].items()
    ][: last or 10]


def show(desk: Desk) -> Any:
    """One run, whichever store has it."""
    record = _shown(desk)
    desk.write_metadata(record)
    return record


def update(desk: Desk) -> Any:
    """Adds tags to a run that the workspace itself keeps."""
    tags = {key: value for key, _, value in (each.partition("=") for each in desk.options.all("--add-tag"))}
    change = messages.RunChangeParams(*_place(desk), tags=tags)
    logged_runs.change(change, desk.context, desk.operation())
    return show(desk)


def experiments(desk: Desk) -> Any:
    """Of every store that is found."""
    listed = []
    for store in runs.stores(messages.RunStoresParams(), desk.context, desk.operation()).stores:
        page = ""
        while not store.problem:
            some = runs.experiments(messages.ExperimentsParams(store.uri, page), desk.context, desk.operation())
            listed += [{"id": each.id, "name": each.name} for each in some.experiments]
            page = some.next_page
            if not page:
                break
    return listed


def _place(desk: Desk) -> tuple[str, str]:
    run = desk.options.text("--run")
    return runs.store_of(run, desk.context, desk.operation()), run


def _shown(desk: Desk) -> dict[str, Any]:
    details = runs.show(messages.RunRef(*_place(desk)), desk.context, desk.operation())
    experiment = desk.options.text("--experiment-name")
    if experiment not in ("", details.experiment.name):
        raise LineError(l10n.t("The run belongs to the experiment “{experiment}”.", experiment=details.experiment.name))
    return _record(details.experiment.name, details.run)


def _record(experiment: str, run: messages.Run) -> dict[str, Any]:
    return {
        "runId": run.id,
        "run_id": run.id,
        "name": run.name,
        "experimentName": experiment,
        "status": _STATUS.get(run.status, run.status.capitalize()),
        "startTimeUtc": v1_records.moment(run.started) if run.started else None,
        "endTimeUtc": v1_records.moment(run.ended) if run.ended else None,
        "parentRunId": run.parent or None,
        "properties": {},
        "tags": run.tags,
    }
