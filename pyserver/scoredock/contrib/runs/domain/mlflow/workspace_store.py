"""Runs that the workspace itself keeps, as a tracking store: what is read of MLflow's stores is read of these alike."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scoredock.contrib.runs.domain.journal import FILES, RunJournals
from scoredock.contrib.runs.domain.mlflow.local_artifacts import LocalFolder, StoredInFolders
from scoredock.contrib.runs.domain.mlflow.records import (
    PARENT_TAG,
    ExperimentRecord,
    Holder,
    LoggedModel,
    RunRecord,
    StoreKind,
    experiment_missing,
    finite,
    parse_page,
    require_few_children,
    require_id,
)
from scoredock.contrib.runs.domain.mlflow.run_values import values_of
from scoredock.contrib.runs.domain.recorded_run import RecordedRun
from scoredock.progress import CancelToken

STATUS = {"Completed": "FINISHED", "Failed": "FAILED", "Canceled": "KILLED", "NotResponding": "KILLED"}
_A_PAGE = 200


class WorkspaceStore(StoredInFolders):
    """See `records.TrackingStore`."""

    kind: StoreKind = "workspace"

    def __init__(self, root: Path, cancel: CancelToken) -> None:
        self.uri = str(root)
        self.journals = RunJournals(root.parent)
        self._root = root
        self._cancel = cancel
        self._runs: list[RecordedRun] | None = None

    def close(self) -> None:
        """Does nothing, as nothing is held open."""

    def check(self) -> None:
        self.journals.ids()

    def _all(self) -> list[RecordedRun]:
        """A store is opened for one question, which may need them twice."""
        if self._runs is None:
            self._runs = self.journals.all()
        return self._runs

    def experiments(self, page: str) -> tuple[list[ExperimentRecord], str]:
        found: dict[str, list[RecordedRun]] = {}
        for run in self._all():
            found.setdefault(run.experiment, []).append(run)
        records = [
            ExperimentRecord(name, name, len(runs), min(run.started for run in runs)) for name, runs in found.items()
        ]
        records.sort(key=lambda each: (-each.created, each.id))
        start = parse_page(page)
        following = start + _A_PAGE
        return records[start:following], str(following) if following < len(records) else ""

    def experiment(self, id: str) -> ExperimentRecord:
        runs = [run for run in self._all() if run.experiment == require_id(id, "experiment")]
        if not runs:
            raise experiment_missing(id, self.uri)
        return ExperimentRecord(id, id, len(runs), min(run.started for run in runs))

    def runs(self, experiment_id: str, parent: str, page: str, limit: int) -> tuple[list[RunRecord], str]:
        self.experiment(experiment_id)
        within = [run for run in self._all() if run.experiment == experiment_id]
        there = {run.id for run in within}
        chosen = [run for run in within if (run.parent if run.parent in there else "") == parent]
        chosen.sort(key=lambda run: (-run.started, run.id))
        start = parse_page(page)
        following = start + limit
        some = [record_of(run) for run in chosen[start:following]]
        return some, str(following) if following < len(chosen) else ""

    def parents(self, experiment_id: str, among: list[str]) -> set[str]:
        return {run.parent for run in self._all() if run.experiment == experiment_id and run.parent in among}

    def children(self, run: RunRecord) -> list[RunRecord]:
        found = sorted((each for each in self._all() if each.parent == run.id), key=lambda each: each.started)
        require_few_children(run, found)
        return [record_of(each) for each in found]

    def run(self, id: str) -> RunRecord:
        return record_of(self.journals.run(require_id(id, "run")))

    def logged_models(self, experiment_id: str, run_ids: Sequence[str]) -> list[LoggedModel]:
        return []  # the SDK v1 keeps no models beside runs

    def folder(self, holder: Holder) -> LocalFolder:
        return LocalFolder(self._root, (holder.id, FILES), holder, self._cancel)


def record_of(run: RecordedRun) -> RunRecord:
    """A run as the readers of all stores have it."""
    values = values_of(run)
    numbers = {name: finite(points[-1].value) for name, points in values.metrics.items()}
    tags = {**values.tags, **run.tags, **({PARENT_TAG: run.parent} if run.parent else {})}
    return RunRecord(
        id=run.id,
        name=run.name,
        experiment_id=run.experiment,
        status=STATUS.get(run.status, "RUNNING"),
        started=run.started,
        ended=run.ended,
        artifact_uri="",
        metrics={name: value for name, value in numbers.items() if value is not None},
        params=run.properties,
        tags=tags,
        error=run.error,
    )
