"""Runs in MLflow's SQLite file, opened for reading only.

Nothing beside the file may appear or change either: a database with a write-ahead log is opened without one when the
log is empty, and refused when reading would mean to finish what a killed program began. Which columns are there counts,
not which version of MLflow made them.
"""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.runs.domain.mlflow.local_artifacts import (
    LocalFolder,
    StoredInFolders,
    read_small,
    split_location,
    unsupported_place,
)
from scoredock.contrib.runs.domain.mlflow.records import (
    LONGEST_VALUE,
    MOST_CHILDREN,
    MOST_LABELS,
    PARENT_TAG,
    ExperimentRecord,
    Holder,
    LoggedModel,
    RunRecord,
    StoreKind,
    artifact_parts,
    experiment_missing,
    finite,
    parse_page,
    require_few_children,
    require_id,
    run_missing,
    seconds,
)
from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry.grammar import printable

ARTIFACT_FOLDERS = ("mlruns", "mlartifacts")
"""Beside the database file: where MLflow puts artifacts by default."""
_NEEDED = {
    "experiments": {"experiment_id", "name", "lifecycle_stage"},
    "runs": {
        "run_uuid",
        "name",
        "status",
        "start_time",
        "end_time",
        "lifecycle_stage",
        "artifact_uri",
        "experiment_id",
    },
    "latest_metrics": {"key", "value", "is_nan", "run_uuid"},
    "params": {"key", "value", "run_uuid"},
    "tags": {"key", "value", "run_uuid"},
}
_MODELS = {"model_id", "experiment_id", "name", "artifact_location", "creation_timestamp_ms", "source_run_id"}
_MAGIC = b"SQLite format 3\0"
_QUERY_SECONDS = 20.0
_EXPERIMENTS_A_PAGE = 200
_ONE_AT_A_TIME = threading.RLock()
"""Closing any descriptor of a file drops this process's locks on it, so no two threads may have one open at once."""
_RUN = "r.run_uuid, r.name, r.status, r.start_time, r.end_time, r.artifact_uri, r.experiment_id"
_PARENT = (
    # The texts that are put together here and below are our own.
    "(SELECT t.value FROM tags t JOIN runs p ON p.run_uuid = t.value AND p.lifecycle_stage = 'active'"  # noqa: S608 (own texts)
    f" AND p.experiment_id = r.experiment_id WHERE t.run_uuid = r.run_uuid AND t.key = '{PARENT_TAG}')"
)
"""The parent of run `r`, as long as that can be shown."""


class SqliteStore(StoredInFolders):
    """See `records.TrackingStore`."""

    kind: StoreKind = "sqlite"

    def __init__(self, path: Path, cancel: CancelToken) -> None:
        self.uri = str(path)
        self._path = path
        self._cancel = cancel

    def close(self) -> None:
        """Does nothing, as nothing is held open between two looks."""

    def check(self) -> None:
        with self._open():
            pass

    def experiments(self, page: str) -> tuple[list[ExperimentRecord], str]:
        start = parse_page(page)
        with self._open() as database:
            rows = self._experiments(database, "1", (_EXPERIMENTS_A_PAGE + 1, start), "LIMIT ? OFFSET ?")
        more = len(rows) > _EXPERIMENTS_A_PAGE
        return rows[:_EXPERIMENTS_A_PAGE], str(start + _EXPERIMENTS_A_PAGE) if more else ""

    def experiment(self, id: str) -> ExperimentRecord:
        require_id(id, "experiment")
        with self._open() as database:
            found = self._experiments(database, "CAST(e.experiment_id AS TEXT) = ?", (id,))
        if not found:
            raise experiment_missing(id, self.uri)
        return found[0]

    def runs(self, experiment_id: str, parent: str, page: str, limit: int) -> tuple[list[RunRecord], str]:
        start = parse_page(page)
        which = f"{_PARENT} = ?" if parent else f"{_PARENT} IS NULL"
        values = (self.experiment(experiment_id).id, *((parent,) if parent else ()), limit + 1, start)
        with self._open() as database:
            rows = database.execute(
                f"SELECT {_RUN} FROM runs r WHERE CAST(r.experiment_id AS TEXT) = ? AND r.lifecycle_stage = 'active'"  # noqa: S608 (own texts)
                f" AND {which} ORDER BY r.start_time DESC, r.run_uuid LIMIT ? OFFSET ?",
                values,
            ).fetchall()
            found = self._complete(database, rows[:limit])
        return found, str(start + limit) if len(rows) > limit else ""

    def parents(self, experiment_id: str, among: list[str]) -> set[str]:
        with self._open() as database:
            rows = database.execute(
                "SELECT DISTINCT t.value FROM tags t JOIN runs r ON r.run_uuid = t.run_uuid"  # noqa: S608 (own texts)
                " AND r.lifecycle_stage = 'active' AND CAST(r.experiment_id AS TEXT) = ?"
                f" WHERE t.key = '{PARENT_TAG}' AND t.value IN ({_marks(among)})",
                (experiment_id, *among),
            )
            return {str(row[0]) for row in rows}

    def children(self, run: RunRecord) -> list[RunRecord]:
        with self._open() as database:
            rows = database.execute(
                f"SELECT {_RUN} FROM runs r JOIN tags t ON t.run_uuid = r.run_uuid AND t.key = '{PARENT_TAG}'"  # noqa: S608 (own texts)
                " WHERE t.value = ? AND r.lifecycle_stage = 'active' AND CAST(r.experiment_id AS TEXT) = ?"
                " ORDER BY r.start_time, r.run_uuid LIMIT ?",
                (run.id, run.experiment_id, MOST_CHILDREN + 1),
            ).fetchall()
            require_few_children(run, rows)
            return self._complete(database, rows)

    def run(self, id: str) -> RunRecord:
        require_id(id, "run")
        with self._open() as database:
            rows = database.execute(
                f"SELECT {_RUN} FROM runs r WHERE r.run_uuid = ? AND r.lifecycle_stage = 'active'",  # noqa: S608 (own texts)
                (id,),
            ).fetchall()
            found = self._complete(database, rows)
        if not found:
            raise run_missing(id, self.uri)
        return found[0]

    def logged_models(self, experiment_id: str, run_ids: Sequence[str]) -> list[LoggedModel]:
        with self._open() as database:
            if not _columns(database, "logged_models") >= _MODELS:
                return []
            rows = database.execute(
                "SELECT model_id, substr(name, 1, 500), substr(artifact_location, 1, 4096), creation_timestamp_ms,"  # noqa: S608 (own texts)
                f" source_run_id FROM logged_models WHERE source_run_id IN ({_marks(run_ids)}) AND"
                " coalesce(lifecycle_stage, 'active') = 'active'"
                " ORDER BY creation_timestamp_ms DESC, model_id LIMIT ?",
                (*run_ids, MOST_LABELS),
            ).fetchall()
        return [
            LoggedModel(str(row[0]), str(row[1]), str(row[2]), experiment_id, str(row[4]), seconds(row[3]) or 0.0)
            for row in rows
        ]

    def folder(self, holder: Holder) -> LocalFolder:
        """The place of the artifacts in `mlruns` or `mlartifacts` beside the database, wherever the two were moved to.

        The last part of the location counts that is named like one of these folders; what is before it is where they
        lay when the run was logged.
        """
        scheme, path = split_location(holder.artifact_uri)
        if scheme == "mlflow-artifacts":
            names = ["mlartifacts", *(part for part in path.split("/") if part)]
        elif scheme in ("", "file"):
            names = [part for part in path.replace("\\", "/").split("/") if part and part != "."]
            places = [index for index, name in enumerate(names) if name in ARTIFACT_FOLDERS]
            if not places:
                raise ScoredockError(
                    "run-artifact-unsupported",
                    l10n.t(
                        "The artifacts are stored in {path}, which is not below {folders} next to {database}."
                        " Scoredock does not read other folders.",
                        path=printable(path),
                        folders=" / ".join(ARTIFACT_FOLDERS),
                        database=self._path,
                    ),
                    place=Place(self.uri),
                )
            names = names[places[-1] :]
        else:
            raise unsupported_place(holder.artifact_uri, scheme)
        return LocalFolder(self._path.parent, artifact_parts("/".join(names)), holder, self._cancel)

    # ------------------------------------------------------------------------------------------ database

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection for one look; every error of SQLite becomes one sentence."""
        self._cancel.raise_if_cancelled()
        with _ONE_AT_A_TIME:
            address = self._path.absolute().as_uri() + "?mode=ro" + self._without_log()
            try:
                with contextlib.closing(
                    sqlite3.connect(address, uri=True, timeout=2, isolation_level=None)
                ) as database:
                    self._guard(database)
                    self._require_layout(database)
                    yield database
            except sqlite3.Error as error:
                raise self._unreadable(error) from error

    def _without_log(self) -> str:
        """How to open the file so that nothing appears beside it. Raises what cannot be read."""
        try:
            if not stat.S_ISREG(self._path.lstat().st_mode):
                raise ScoredockError(
                    "run-store-unsupported",
                    l10n.t("{path} is not a regular file.", path=self._path),
                    place=Place(self.uri),
                )
            head = read_small(self._path, 100)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ScoredockError(
                "run-store-unreadable",
                l10n.t("{path} cannot be read: {error}.", path=self._path, error=reason),
                place=Place(self.uri),
            ) from error
        if head[:16] != _MAGIC:
            raise ScoredockError(
                "run-store-unreadable",
                l10n.t("{path} is not a database file of SQLite.", path=self._path),
                place=Place(self.uri),
            )
        if head[18:20] != b"\x02\x02":
            return ""
        log, index = (self._path.with_name(self._path.name + suffix) for suffix in ("-wal", "-shm"))
        if not log.exists() or log.stat().st_size == 0:
            return "&immutable=1"
        if not index.exists():
            raise self._half_done()
        return ""

    def _guard(self, database: sqlite3.Connection) -> None:
        until = time.monotonic() + _QUERY_SECONDS
        database.set_progress_handler(lambda: int(self._cancel.cancelled or time.monotonic() > until), 10_000)
        database.text_factory = lambda content: content.decode("utf-8", "replace")
        database.execute("PRAGMA query_only=ON")
        database.execute("PRAGMA trusted_schema=OFF")

    def _require_layout(self, database: sqlite3.Connection) -> None:
        lacking = [name for name, columns in _NEEDED.items() if not _columns(database, name) >= columns]
        if not lacking:
            return
        if not _columns(database, "alembic_version") or {"experiments", "runs"} <= set(lacking):
            raise ScoredockError(
                "run-store-unreadable",
                l10n.t("{path} is not a tracking store of MLflow.", path=self._path),
                place=Place(self.uri),
            )
        row = database.execute("SELECT substr(version_num, 1, 40) FROM alembic_version").fetchone()
        raise ScoredockError(
            "run-store-unsupported",
            l10n.t(
                "{path} was written by a version of MLflow that Scoredock does not know (schema"
                " {schema}, different tables: {tables}).",
                path=self._path,
                schema=printable(str(row and row[0])),
                tables=", ".join(lacking),
            ),
            place=Place(self.uri),
        )

    def _unreadable(self, error: sqlite3.Error) -> ScoredockError:
        self._cancel.raise_if_cancelled()
        text = str(error).lower()
        if "interrupted" in text:
            message = l10n.t(
                "Reading {path} took longer than {seconds:.0f} seconds.", path=self._path, seconds=_QUERY_SECONDS
            )
        elif "locked" in text or "busy" in text:
            message = l10n.t("{path} is being written to.", path=self._path)
        elif "readonly" in text or "unable to open" in text:
            return self._half_done()
        else:
            message = l10n.t("{path} cannot be read: {error}.", path=self._path, error=error)
        return ScoredockError("run-store-unreadable", message, place=Place(self.uri))

    def _half_done(self) -> ScoredockError:
        return ScoredockError(
            "run-store-unreadable",
            l10n.t("{path} has an unfinished change, which only MLflow itself should complete.", path=self._path),
            l10n.t("Open it once with MLflow (`mlflow ui --backend-store-uri sqlite:///…`), then try again."),
            place=Place(self.uri),
        )

    def _experiments(
        self, database: sqlite3.Connection, where: str, values: Sequence[object], end: str = ""
    ) -> list[ExperimentRecord]:
        created = "e.creation_time" if "creation_time" in _columns(database, "experiments") else "NULL"
        rows = database.execute(
            f"SELECT e.experiment_id, substr(e.name, 1, 500), {created},"  # noqa: S608 (own texts)
            " (SELECT count(*) FROM runs r WHERE r.experiment_id = e.experiment_id AND r.lifecycle_stage = 'active')"
            f" FROM experiments e WHERE e.lifecycle_stage = 'active' AND {where} ORDER BY 3 DESC, e.experiment_id DESC"
            f" {end}",
            tuple(values),
        )
        return [ExperimentRecord(str(row[0]), str(row[1]), int(row[3]), seconds(row[2]) or 0.0) for row in rows]

    def _complete(self, database: sqlite3.Connection, rows: Sequence[Any]) -> list[RunRecord]:
        ids = [row[0] for row in rows]
        labels: dict[str, dict[str, dict[str, Any]]] = {"latest_metrics": {}, "params": {}, "tags": {}}
        for table, labels_by_run in labels.items():
            value = "CASE WHEN is_nan THEN NULL ELSE value END" if table == "latest_metrics" else "substr(value, 1, ?)"
            for start in range(0, len(ids), 500):
                some = ids[start : start + 500]
                limit = (LONGEST_VALUE,) if table != "latest_metrics" else ()
                for key, stored_value, id in database.execute(
                    f"SELECT substr(key, 1, 500), {value}, run_uuid FROM {table} WHERE run_uuid IN ({_marks(some)})",  # noqa: S608 (own texts)
                    (*limit, *some),
                ):
                    run_labels = labels_by_run.setdefault(id, {})
                    if len(run_labels) < MOST_LABELS:
                        run_labels[str(key)] = stored_value
        return [
            RunRecord(
                id=str(row[0]),
                name=str(row[1] or "") or str(labels["tags"].get(row[0], {}).get("mlflow.runName", "")),
                experiment_id=str(row[6]),
                status=str(row[2] or "UNKNOWN"),
                started=seconds(row[3]),
                ended=seconds(row[4]),
                artifact_uri=str(row[5] or "")[:4096],
                metrics={
                    key: number
                    for key, value in labels["latest_metrics"].get(row[0], {}).items()
                    if (number := finite(value)) is not None
                },
                params={key: str(value or "") for key, value in labels["params"].get(row[0], {}).items()},
                tags={key: str(value or "") for key, value in labels["tags"].get(row[0], {}).items()},
            )
            for row in rows
        ]


def is_mlflow_database(path: Path) -> bool:
    """True if a regular file is a tracking store, also one of a version that is not known."""
    if path.is_symlink() or not path.is_file():
        return False
    try:
        SqliteStore(path, CancelToken()).check()
    except ScoredockError as error:
        return error.code == "run-store-unsupported"
    return True


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    """Columns of a real table; empty for a view of the same name, which could run for ever."""
    kind = database.execute("SELECT type FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    if kind is None or kind[0] != "table":
        return set()
    return {str(row[1]) for row in database.execute(f"PRAGMA table_info({table})")}


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
