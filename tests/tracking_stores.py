"""Tracking stores written by hand, for what MLflow itself would never write, and what the tests of them share."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.contrib.runs.domain.mlflow.folder_store import FolderStore
from scoredock.contrib.runs.domain.mlflow.sqlite_store import SqliteStore
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken

RUN = "0f3ad60a9ba54fd1a6bf6c1df8a9c8f4"
Untouched = Callable[[Path], contextlib.AbstractContextManager[None]]


def experiment(root: Path, id: str = "1", **more: str) -> Path:
    folder = root / id
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        "experiment_id": f"'{id}'",
        "name": "iris",
        "lifecycle_stage": "active",
        "creation_time": "5",
        **more,
    }
    (folder / "meta.yaml").write_text("".join(f"{key}: {value}\n" for key, value in told.items()))
    return folder


def run(root: Path, id: str = RUN, experiment: str = "1", **more: str) -> Path:
    folder = root / experiment / id
    (folder / "artifacts" / "outputs").mkdir(parents=True)
    (folder / "artifacts" / "outputs" / "model.pkl").write_bytes(b"bytes")
    told = {
        "artifact_uri": str(folder / "artifacts"),
        "experiment_id": f"'{experiment}'",
        "lifecycle_stage": "active",
        "run_id": id,
        "run_name": "a run",
        "start_time": "1000",
        "end_time": "null",
        "status": "3",
        **more,
    }
    (folder / "meta.yaml").write_text("".join(f"{key}: {value}\n" for key, value in told.items()))
    return folder


def folder_store(root: Path) -> FolderStore:
    return FolderStore(root, CancelToken())


def sqlite_store(path: Path) -> SqliteStore:
    return SqliteStore(path, CancelToken())


def refused(work: Callable[[], object]) -> ScoredockError:
    with pytest.raises(ScoredockError) as caught:
        work()
    assert caught.value.message.endswith(".")
    assert "\n" not in caught.value.message
    return caught.value


def change(database: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.executescript(statement)
        connection.commit()


def database(folder: Path) -> Path:
    """The least that a tracking store has, with one run whose artifacts lie beside it."""
    artifacts = folder / "mlruns" / "1" / RUN / "artifacts"
    (artifacts / "outputs").mkdir(parents=True)
    (artifacts / "outputs" / "model.pkl").write_bytes(b"bytes")
    path = folder / "mlflow.db"
    with contextlib.closing(sqlite3.connect(path)) as made:
        made.executescript(
            f"""
            CREATE TABLE alembic_version (version_num TEXT);
            INSERT INTO alembic_version VALUES ('f00dfacef00d');
            CREATE TABLE experiments (experiment_id INTEGER, name TEXT, lifecycle_stage TEXT);
            INSERT INTO experiments VALUES (1, 'iris', 'active');
            CREATE TABLE runs (run_uuid TEXT, name TEXT, status TEXT, start_time INTEGER, end_time INTEGER,
                lifecycle_stage TEXT, artifact_uri TEXT, experiment_id INTEGER);
            INSERT INTO runs VALUES ('{RUN}', 'a run', 'FINISHED', 1000, 2000, 'active', '{artifacts}', 1);
            CREATE TABLE latest_metrics (key TEXT, value FLOAT, is_nan BOOLEAN, run_uuid TEXT);
            CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
            CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
            """
        )
        made.commit()
    return path
