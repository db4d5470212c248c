"""Runs on a tracking server, over MLflow's REST API 2.0; its answers are taken for what anybody could have sent."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote

from scoredock import l10n
from scoredock.contrib.runs.domain.mlflow.connection import RemoteStream, TrackingConnection, environment
from scoredock.contrib.runs.domain.mlflow.local_artifacts import split_location
from scoredock.contrib.runs.domain.mlflow.records import (
    LONGEST_VALUE,
    MOST_ENTRIES,
    MOST_LABELS,
    PARENT_TAG,
    ArtifactEntry,
    ExperimentRecord,
    Holder,
    LoggedModel,
    RunRecord,
    StoreKind,
    artifact_missing,
    artifact_parts,
    experiment_missing,
    finite,
    is_id,
    require_few_children,
    require_id,
    run_missing,
    seconds,
)
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry.grammar import printable

_API = "/api/2.0/mlflow"
_PROXY = "/api/2.0/mlflow-artifacts/artifacts"
_EXPERIMENTS_A_PAGE = 200
_SCAN = 1_000
"""Runs a request when all of them are wanted."""
_MODEL_PAGES = 4
_PAGES = 10
"""Requests for one page of runs without a parent, which the server cannot be asked for."""
R = TypeVar("R", ExperimentRecord, RunRecord, LoggedModel)


class ServerStore:
    """See `records.TrackingStore`."""

    kind: StoreKind = "server"

    def __init__(self, address: str, cancel: CancelToken, *, patience: float = 1.0) -> None:
        self._connection = TrackingConnection(address, cancel, environment(), patience=patience)
        self._cancel = cancel
        self.uri = self._connection.address

    def close(self) -> None:
        self._connection.close()

    def check(self) -> None:
        self._search_experiments("", 1)

    def experiments(self, page: str) -> tuple[list[ExperimentRecord], str]:
        response = self._search_experiments(page, _EXPERIMENTS_A_PAGE)
        return _records(response, "experiments", _experiment), _text(response, "next_page_token")

    def experiment(self, id: str) -> ExperimentRecord:
        require_id(id, "experiment")
        response = self._asked(experiment_missing(id, self.uri), "/experiments/get", experiment_id=id)
        experiment = _experiment(_object(response, "experiment"))
        if experiment is None or experiment.id != id:
            raise experiment_missing(id, self.uri)
        return experiment

    def runs(self, experiment_id: str, parent: str, page: str, limit: int) -> tuple[list[RunRecord], str]:
        require_id(experiment_id, "experiment")
        if not page:
            self.experiment(experiment_id)  # of one that is not there the server says that it has no runs
        if parent:
            return self._search(experiment_id, _children_of(parent), page, limit)
        for _ in range(_PAGES):
            found, page = self._search(experiment_id, "", page, limit)
            roots = [run for run in found if not run.parent]
            if roots or not page:
                return roots, page
        return [], page

    def parents(self, experiment_id: str, among: list[str]) -> set[str]:
        """Ids of runs that have children, from the newest thousand child runs; beyond them, one question for each run
        that is still open.
        """
        found, page = self._search(experiment_id, f"tags.`{PARENT_TAG}` LIKE '%'", "", _SCAN)
        known = {run.parent for run in found}
        if page:
            known |= {id for id in among if id not in known and self._search(experiment_id, _children_of(id), "", 1)[0]}
        return known & set(among)

    def children(self, run: RunRecord) -> list[RunRecord]:
        children: list[RunRecord] = []
        page = ""
        while True:
            some, page = self._search(run.experiment_id, _children_of(run.id), page, _SCAN)
            children += [each for each in some if each.parent == run.id]
            require_few_children(run, children)
            if not page or not some:
                return sorted(children, key=lambda each: (each.started or 0, each.id))

    def run(self, id: str) -> RunRecord:
        require_id(id, "run")
        response = self._asked(run_missing(id, self.uri), "/runs/get", run_id=id)
        run = _run(_object(response, "run"))
        if run is None or run.id != id:
            raise run_missing(id, self.uri)
        return run

    def logged_models(self, experiment_id: str, run_ids: Sequence[str]) -> list[LoggedModel]:
        """Logged models of these runs; for several runs those among the newest two hundred of the experiment."""
        body: dict[str, object] = {"experiment_ids": [experiment_id], "max_results": 50}  # the most that servers allow
        if len(run_ids) == 1:
            body["filter"] = f"source_run_id = '{require_id(run_ids[0], 'run')}'"
        wanted_run_ids = set(run_ids)
        models: list[LoggedModel] = []
        for _ in range(_MODEL_PAGES):
            try:
                response = self._connection.post(f"{_API}/logged-models/search", body)
            except ScoredockError as error:
                if error.details.get("status") in ("404", "405", "501"):
                    return []  # MLflow before version 3
                raise
            models += [model for model in _records(response, "models", _model) if model.run_id in wanted_run_ids]
            body["page_token"] = _text(response, "next_page_token")
            if not body["page_token"]:
                break
        return sorted(models, key=lambda model: (-model.created, model.id))

    def entries(self, holder: Holder, path: tuple[str, ...]) -> list[ArtifactEntry]:
        if isinstance(holder, RunRecord):
            question = {"run_id": holder.id}
            where = f"{_API}/artifacts/list"
            field = "path"
        else:
            question = {}
            where = f"{_API}/logged-models/{quote(holder.id, safe='')}/artifacts/directories"
            field = "artifact_directory_path"
        if path:
            question[field] = "/".join(path)
        entries_by_name: dict[str, ArtifactEntry] = {}
        page = ""
        while True:
            response = self._get(
                artifact_missing(holder, path), where, {**question, **({"page_token": page} if page else {})}
            )
            for item in _objects(response, "files"):
                entry = _entry(item, path)
                if entry is not None:
                    entries_by_name[entry.name] = entry
            if len(entries_by_name) > MOST_ENTRIES:
                raise ScoredockError(
                    "model-too-large",
                    l10n.t(
                        "An artifact folder of {id} has more than {limit:,} entries.",
                        id=holder.id,
                        limit=MOST_ENTRIES,
                    ),
                )
            page, before = _text(response, "next_page_token"), page
            if not page or page == before:
                break
        if path and not entries_by_name:
            raise artifact_missing(holder, path)
        return sorted(entries_by_name.values(), key=lambda entry: entry.name)

    def open(self, holder: Holder, path: tuple[str, ...]) -> AbstractContextManager[RemoteStream]:
        return self._download(holder, path)

    @contextlib.contextmanager
    def _download(self, holder: Holder, path: tuple[str, ...]) -> Iterator[RemoteStream]:
        name = "/".join(path)
        if holder.artifact_uri.startswith("mlflow-artifacts:"):
            # As MLflow's own client does: the other ways move with the prefix that a server may have for its pages.
            _, place = split_location(holder.artifact_uri)
            parts = artifact_parts(f"{place.strip('/')}/{name}")
            opened = self._connection.download(f"{_PROXY}/{quote('/'.join(parts))}", {})
        elif isinstance(holder, RunRecord):
            opened = self._connection.download("/get-artifact", {"path": name, "run_uuid": holder.id})
        else:
            where = f"/ajax-api/2.0/mlflow/logged-models/{quote(holder.id, safe='')}/artifacts/files"
            opened = self._connection.download(where, {"artifact_file_path": name})
        with contextlib.ExitStack() as stack:
            with _missing(artifact_missing(holder, path)):
                stream = stack.enter_context(opened)
            yield stream

    # ------------------------------------------------------------------------------------------ questions

    def _search_experiments(self, page: str, limit: int) -> dict[str, Any]:
        body: dict[str, object] = {"max_results": limit, "view_type": "ACTIVE_ONLY"}
        if page:
            body["page_token"] = page
        try:
            return self._connection.post(f"{_API}/experiments/search", body)
        except ScoredockError as error:
            if error.details.get("status") not in ("404", "405"):
                raise
            raise ScoredockError(
                "run-store-unsupported",
                l10n.t(
                    "{uri} is not a tracking server, or its MLflow is older than 1.28 and cannot list experiments.",
                    uri=self.uri,
                ),
                l10n.t("Check the address, or update MLflow on the server."),
            ) from error

    def _search(self, experiment_id: str, where: str, page: str, limit: int) -> tuple[list[RunRecord], str]:
        body: dict[str, object] = {
            "experiment_ids": [experiment_id],
            "max_results": limit,
            "run_view_type": "ACTIVE_ONLY",
            "order_by": ["attributes.start_time DESC"],
        }
        if where:
            body["filter"] = where
        if page:
            body["page_token"] = page
        with _missing(experiment_missing(experiment_id, self.uri)):
            response = self._connection.post(f"{_API}/runs/search", body)
        return _records(response, "runs", _run), _text(response, "next_page_token")

    def _asked(self, otherwise: ScoredockError, path: str, **query: str) -> dict[str, Any]:
        return self._get(otherwise, _API + path, query)

    def _get(self, otherwise: ScoredockError, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        with _missing(otherwise):
            return self._connection.get(path, query)


@contextlib.contextmanager
def _missing(otherwise: ScoredockError) -> Iterator[None]:
    """Says of what is not there that it is not there, instead of how the server put it."""
    try:
        yield
    except ScoredockError as error:
        if error.details.get("status") == "404":
            raise otherwise from error
        raise


def _children_of(run_id: str) -> str:
    return f"tags.`{PARENT_TAG}` = '{require_id(run_id, 'run')}'"


def _experiment(fields: dict[str, Any]) -> ExperimentRecord | None:
    id, name = fields.get("experiment_id"), _text(fields, "name")
    if not is_id(id) or not name or fields.get("lifecycle_stage", "active") != "active":
        return None
    return ExperimentRecord(str(id), name, None, seconds(fields.get("creation_time")) or 0.0)


def _run(document: dict[str, Any]) -> RunRecord | None:
    info, data = _object(document, "info"), _object(document, "data")
    id = info.get("run_id") or info.get("run_uuid")
    if not is_id(id) or not is_id(info.get("experiment_id")) or info.get("lifecycle_stage", "active") != "active":
        return None
    tags = _labels(data, "tags")
    run = RunRecord(
        id=str(id),
        name=_text(info, "run_name") or tags.get("mlflow.runName", ""),
        experiment_id=str(info["experiment_id"]),
        status=_text(info, "status") or "UNKNOWN",
        started=seconds(info.get("start_time")),
        ended=seconds(info.get("end_time")),
        artifact_uri=_text(info, "artifact_uri"),
        params=_labels(data, "params"),
        tags=tags,
    )
    metrics = {}
    for item in _objects(data, "metrics")[:MOST_LABELS]:
        value = finite(item.get("value"))
        if value is not None and _text(item, "key"):
            metrics[_text(item, "key")] = value
    return replace(run, metrics=metrics)


def _model(document: dict[str, Any]) -> LoggedModel | None:
    info = _object(document, "info")
    id = info.get("model_id")
    if not is_id(id) or not is_id(info.get("experiment_id")):
        return None
    created = seconds(info.get("creation_timestamp_ms")) or 0.0
    name = _text(info, "name") or str(id)
    return LoggedModel(
        str(id), name, _text(info, "artifact_uri"), str(info["experiment_id"]), _text(info, "source_run_id"), created
    )


def _entry(fields: dict[str, Any], folder: tuple[str, ...]) -> ArtifactEntry | None:
    """An entry just below the folder that was asked for; anything else is left out."""
    path = _text(fields, "path")
    above, _, name = path.rpartition("/")
    if folder and above != "/".join(folder):
        above, name = "/".join(folder), path  # some versions name entries from the folder that was asked for
    if above != "/".join(folder) or not name or "/" in name or name in (".", ".."):
        raise ScoredockError(
            "run-artifact-unsupported",
            l10n.t("The server lists {path}, which is not in the folder asked for.", path=printable(path)),
        )
    size = fields.get("file_size")
    if isinstance(size, str) and size.isdigit() and len(size) < 19:
        size = int(size)  # 64-bit numbers are text in some versions
    has_size = isinstance(size, int) and not isinstance(size, bool) and size >= 0
    is_folder = fields.get("is_dir") is True
    return ArtifactEntry(name, int(size) if has_size and size is not None and not is_folder else None, is_folder)


def _labels(data: dict[str, Any], key: str) -> dict[str, str]:
    return {
        _text(item, "key"): _text(item, "value") for item in _objects(data, key)[:MOST_LABELS] if _text(item, "key")
    }


def _records(document: dict[str, Any], key: str, read: Callable[[dict[str, Any]], R | None]) -> list[R]:
    return [record for item in _objects(document, key) if (record := read(item)) is not None]


def _object(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _objects(document: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = document.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(document: dict[str, Any], key: str) -> str:
    value = document.get(key)
    return value[:LONGEST_VALUE] if isinstance(value, str) else ""
