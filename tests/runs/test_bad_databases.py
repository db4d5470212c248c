"""Databases that are broken, hostile, half written or of another kind: one clear sentence, and nothing touched."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scoredock.contrib.runs.domain.mlflow.find import find_stores, look
from scoredock.progress import CancelToken

from tracking_stores import RUN, Untouched, change, refused, sqlite_store


def test_a_database_of_an_unknown_version_is_read_when_its_columns_are_there(
    database: Path, untouched: Untouched, commands: Any
) -> None:
    with untouched(database.parent):
        assert [one.problem for one in look(find_stores([database.parent], []), CancelToken())] == [""]
        made = commands.json("run", "register", str(database), RUN, "--name", "a")
        assert (made["size"], made["runId"]) == (5, RUN)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE latest_metrics",
        "ALTER TABLE runs RENAME COLUMN artifact_uri TO place",
        "DROP TABLE tags; CREATE VIEW tags AS SELECT 1 key, 2 value, 3 run_uuid",
    ],
    ids=["table", "column", "view"],
)
def test_a_database_of_another_layout(database: Path, untouched: Untouched, statement: str) -> None:
    change(database, statement)
    with untouched(database.parent):
        error = refused(lambda: sqlite_store(database).check())
        assert error.code == "run-store-unsupported"
        assert "'f00dfacef00d'" in error.message
        assert look(find_stores([database.parent], []), CancelToken())[0].problem == error.message


@pytest.mark.parametrize("kept", [0, 10, 100, 4096, 9000])
def test_a_truncated_database(database: Path, untouched: Untouched, kept: int) -> None:
    database.write_bytes(database.read_bytes()[:kept])
    with untouched(database.parent):
        assert refused(lambda: sqlite_store(database).runs("1", "", "", 10)).code.startswith("run-")
        assert look(find_stores([database.parent], []), CancelToken())[0].problem


def test_databases_of_others(tmp_path: Path, untouched: Untouched) -> None:
    (tmp_path / "notes.db").write_text("not a database")
    change(tmp_path / "other.db", "CREATE TABLE runs (id INTEGER)")
    (tmp_path / "folder.db").mkdir()
    os.mkfifo(tmp_path / "pipe.db")
    (tmp_path / "link.db").symlink_to("other.db")
    with untouched(tmp_path):
        assert find_stores([tmp_path], []) == []
        for name in ("notes.db", "other.db", "pipe.db", "gone.db"):
            assert refused(lambda name=name: sqlite_store(tmp_path / name).check()).code.startswith("run-store-un")


@pytest.mark.chance
@pytest.mark.parametrize("left", ["closed", "open", "killed", "journal"])
def test_a_database_that_somebody_writes_to(database: Path, untouched: Untouched, left: str, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as writer:
        if left != "journal":
            writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO experiments VALUES (2, 'new', 'active')")
        if left == "journal":
            writer.execute("PRAGMA cache_spill=1")
        if left == "killed":
            writer.execute("COMMIT")
            copy = tmp_path / "copy"
            copy.mkdir()
            for name in ("mlflow.db", "mlflow.db-wal"):
                shutil.copy(database.parent / name, copy)
            with untouched(copy):
                error = refused(lambda: sqlite_store(copy / "mlflow.db").check())
                assert "unfinished change" in error.message
            return
        if left == "closed":
            writer.execute("COMMIT")
            writer.close()
            with untouched(database.parent):
                assert [one.id for one in sqlite_store(database).experiments("")[0]] == ["2", "1"]
            return
        assert [one.id for one in sqlite_store(database).experiments("")[0]] == ["1"]
        writer.execute("COMMIT")
        assert [one.id for one in sqlite_store(database).experiments("")[0]] == [
            "2",
            "1",
        ]


@pytest.mark.chance
def test_a_database_of_a_killed_writer_is_left_to_mlflow(database: Path, untouched: Untouched) -> None:
    """Its journal has to be rolled back before anybody reads, which is writing."""
    code = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('PRAGMA cache_size=2'); c.execute('BEGIN IMMEDIATE');"
        "[c.execute('INSERT INTO tags VALUES (?, ?, 1)', (str(i), 'v' * 500)) for i in range(3000)]; os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(database)], check=True)
    assert (database.parent / "mlflow.db-journal").stat().st_size > 0
    with untouched(database.parent):
        error = refused(lambda: sqlite_store(database).check())
        assert error.code == "run-store-unreadable"
        assert "unfinished change" in error.message


def test_hostile_values_of_a_database(database: Path) -> None:
    change(
        database,
        f"""
        INSERT INTO tags VALUES ('mlflow.parentRunId', '{RUN}', '{RUN}');
        INSERT INTO tags VALUES ('big', hex(zeroblob(5000000)), '{RUN}');
        INSERT INTO tags VALUES ('mlflow.log-model.history', '{{"not": "a list"', '{RUN}');
        INSERT INTO params VALUES ('blob', x'ff00', '{RUN}');
        INSERT INTO latest_metrics VALUES ('nan', 0, 1, '{RUN}'), ('big', 1.7976931348623157e308, 0, '{RUN}'),
            ('text', 'many', 0, '{RUN}'), ('fine', 0.5, 0, '{RUN}');
        UPDATE runs SET start_time = 'never', status = NULL;
        """,
    )
    store = sqlite_store(database)
    found = store.run(RUN)
    assert found.metrics == {"fine": 0.5}
    assert len(found.tags["big"]) == 65_536
    assert (found.started, found.status) == (None, "UNKNOWN")
    assert store.runs("1", "", "", 10)[0] == []
    assert [one.id for one in store.children(found)] == [RUN], "its own parent: shown once, never walked"
