"""`az ml run|experiment …`: runs that scripts logged on this machine; `az ml model register --run-id`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scoredock import l10n
from scoredock.contrib.az.api import Desk, LineError, moment
from scoredock.contrib.runs import messages
from scoredock.contrib.runs.verbs import logged_runs, runs
from scoredock.errors import ScoredockError
from scoredock.protocol.messages.models import Model

_STATUS = {"FINISHED": "Completed", "FAILED": "Failed", "KILLED": "Canceled", "RUNNING": "Running"}
_MOST = 1_000


def list_runs(desk: Desk) -> Any:
    """The newest first, of one experiment or of all."""
    options = desk.options
    last = options.whole("--last")
    if last is not None and last < 1:
        raise LineError(l10n.t("{option} must be greater than 0", option="--last") + ".")
    parent = options.text("--parent-run-id")
    newest = _children(parent, desk) if parent else runs.newest(_MOST, desk.context, desk.operation()).runs
    listed = [_record(each.experiment.name, each.run) for each in newest]
    experiment, status, tags = options.text("--experiment-name"), options.text("--status"), options.pairs("--tags")
    return [
        each
        for each in listed
        if experiment in ("", each["experimentName"])
        and status.lower() in ("", each["status"].lower())
        and tags.items() <= each["tags"].items()
    ][: last or 10]


def _children(parent: str, desk: Desk) -> list[messages.NewestRun]:
    store = runs.store_of(parent, desk.context, desk.operation())
    of_parent = runs.show(messages.RunRef(store, parent), desk.context, desk.operation())
    params = messages.RunsParams(store, of_parent.experiment.id, parent=parent, limit=_MOST)
    children = runs.list_runs(params, desk.context, desk.operation()).runs
    return [messages.NewestRun(of_parent.store, of_parent.experiment, each) for each in children]


def show(desk: Desk) -> Any:
    """Run by its id, whichever store has it."""
    record = _shown(desk)
    desk.write_metadata(record)
    return record


def update(desk: Desk) -> Any:
    """Adds tags to a run that the workspace itself keeps."""
    tags = {key: value for key, _, value in (each.partition("=") for each in desk.options.all("--add-tag"))}
    change = messages.RunChangeParams(*_place(desk), tags=tags)
    logged_runs.change(change, desk.context, desk.operation())
    return show(desk)


def register(desk: Desk, run: str, described: Mapping[str, Any]) -> Model:
    """A path in the outputs of a run, with what is said of the model."""
    options = desk.options
    if not run:
        raise LineError(l10n.t("--asset-path and --experiment-name need --run-id."))
    store = runs.store_beside(run, desk.context, desk.operation())
    if not store:
        raise ScoredockError(
            "run-not-found",
            l10n.t("No tracking store of MLflow in this folder or in the settings has the run {run}.", run=run),
            l10n.t("Run it in the folder with `mlruns`, or register the file with -p."),
        )
    path = options.text("--asset-path") or options.text("--name")
    if experiment := options.text("--experiment-name"):
        proposal = runs.propose(
            messages.RunProposeParams(store, run, path=path), desk.context, desk.operation(), typed=True
        )
        if proposal.experiment != experiment:
            raise _of_other_experiment(proposal.experiment)
    params = messages.RunRegisterParams(store, run, path=path, **described)
    return runs.register(params, desk.context, desk.operation(), typed=True)


def _of_other_experiment(name: str) -> LineError:
    return LineError(l10n.t("The run belongs to the experiment “{experiment}”.", experiment=name))


def experiments(desk: Desk) -> Any:
    """Id and name of every experiment in every store that is found."""
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
        raise _of_other_experiment(details.experiment.name)
    return _record(details.experiment.name, details.run)


def _record(experiment: str, run: messages.Run) -> dict[str, Any]:
    return {
        "runId": run.id,
        "run_id": run.id,
        "name": run.name,
        "experimentName": experiment,
        "status": _STATUS.get(run.status, run.status.capitalize()),
        "startTimeUtc": moment(run.started) if run.started else None,
        "endTimeUtc": moment(run.ended) if run.ended else None,
        "parentRunId": run.parent or None,
        "properties": {},
        "tags": run.tags,
    }
