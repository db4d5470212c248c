"""The store under bad conditions: damaged, foreign, newer, older, locked, read-only; and its change counter."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.registry import Registry, Store
from scoredock.registry.store import store
from scoredock.registry.store.schema import MIGRATIONS

Refused = Callable[..., ScoredockError]


def _raw(path: Path) -> contextlib.closing[sqlite3.Connection]:
    return contextlib.closing(sqlite3.connect(path, isolation_level=None))


def test_a_new_store_is_complete_and_private(tmp_path: Path) -> None:
    made = Store(tmp_path / "deep" / "store.sqlite3")
    assert made.read_only == ""
    with _raw(made.path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    if os.name != "nt":
        assert made.path.stat().st_mode & 0o777 == 0o600


def test_writes_are_all_or_nothing(tmp_path: Path) -> None:
    made = Store(tmp_path / "store.sqlite3")
    with contextlib.suppress(KeyboardInterrupt), made.write() as connection:
        connection.execute("INSERT INTO meta VALUES('a', '1')")
        raise KeyboardInterrupt
    with made.read() as connection:
        assert connection.execute("SELECT count(*) FROM meta").fetchone()[0] == 0
    with pytest.raises(ScoredockError), made.read() as connection:
        connection.execute("INSERT INTO meta VALUES('a', '1')")


@pytest.mark.chance
def test_a_block_of_reads_sees_one_state(tmp_path: Path) -> None:
    made = Store(tmp_path / "store.sqlite3")
    with made.read() as reading:
        assert reading.execute("SELECT count(*) FROM meta").fetchone()[0] == 0
        writer = threading.Thread(target=_insert, args=(made, "a"))
        writer.start()
        writer.join(0.3)
        assert reading.execute("SELECT count(*) FROM meta").fetchone()[0] == 0
    writer.join(10)
    with made.read() as reading:
        assert reading.execute("SELECT count(*) FROM meta").fetchone()[0] == 1


def _insert(made: Store, key: str) -> None:
    with made.write() as connection:
        connection.execute("INSERT INTO meta VALUES(?, '')", (key,))


def _insert_elsewhere(path: str, key: str) -> None:
    _insert(Store(Path(path)), key)


def test_the_change_counter_differs_after_any_commit(tmp_path: Path) -> None:
    made = Store(tmp_path / "store.sqlite3")
    seen = [made.change_counter()]
    assert made.change_counter() == seen[0], "reading changes nothing"
    with made.read() as connection:
        connection.execute("SELECT * FROM meta").fetchall()
    assert made.change_counter() == seen[0]
    _insert(made, "own")
    seen.append(made.change_counter())
    _insert(Store(made.path), "other object")
    seen.append(made.change_counter())
    child = multiprocessing.get_context("spawn").Process(
        target=_insert_elsewhere, args=(str(made.path), "other process")
    )
    child.start()
    child.join(60)
    assert child.exitcode == 0
    seen.append(made.change_counter())
    made.close()
    shutil.copy(made.path, made.path.with_name("copy"))
    made.path.with_name("copy").replace(made.path)  # restored from a backup
    seen.append(made.change_counter())
    assert len(set(seen)) == len(seen)
    made.close()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.write_bytes(b""), id="zero length"),
        pytest.param(
            lambda path: path.write_bytes(b"not a database, but long enough to look like one" * 100), id="other bytes"
        ),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:5000]), id="torn"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 100_000), id="garbage inside"),
    ],
)
def test_a_damaged_store_is_said_to_be_one(
    registry: Registry, model_file: Path, refused: Refused, damage: Callable[[Path], object]
) -> None:
    registry.register([model_file], "m")
    registry.store.close()
    damage(registry.store.path)

    def use() -> None:
        Registry(registry.folder).models()

    error = refused("workspace-damaged", use)
    assert error.place is not None
    assert error.place.path == str(registry.store.path)


def test_a_foreign_database_is_not_touched(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "store.sqlite3"
    with _raw(path) as connection:
        connection.execute("CREATE TABLE other(x)")
    before = path.read_bytes()
    refused("workspace-damaged", Store, path)
    assert path.read_bytes() == before


def test_a_lost_store_is_not_replaced_by_an_empty_one(registry: Registry, model_file: Path, refused: Refused) -> None:
    registry.register([model_file], "m")
    registry.store.close()
    registry.store.path.unlink()
    refused("workspace-damaged", registry.models)
    refused("workspace-damaged", Registry, registry.folder)
    assert not registry.store.path.exists()


def test_a_newer_store_is_read_but_not_changed(registry: Registry, model_file: Path, refused: Refused) -> None:
    registry.register([model_file], "m")
    with _raw(registry.store.path) as connection:
        connection.executescript("ALTER TABLE model_versions ADD COLUMN colour TEXT; PRAGMA user_version=99;")
    newer = Registry(registry.folder)
    assert "newer Scoredock" in newer.read_only
    assert [model.id for model in newer.models()] == ["m:1"]
    assert newer.verify(deep=True) == []
    refused("workspace-newer", newer.register, [model_file], "m")
    refused("workspace-newer", newer.delete, "m:1")
    refused("workspace-newer", newer.collect_garbage)
    with _raw(registry.store.path) as connection:
        connection.execute("ALTER TABLE model_versions RENAME COLUMN framework TO kind")
    refused("workspace-newer", newer.models)


_SECOND = "CREATE TABLE second (x INTEGER NOT NULL) STRICT; INSERT INTO second VALUES (1);"


@pytest.fixture
def older(registry: Registry, model_file: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A store of today, and a program that is one step further."""
    registry.register([model_file], "m")
    registry.store.close()
    monkeypatch.setattr(store, "MIGRATIONS", (*MIGRATIONS, _SECOND))
    return registry


def test_an_older_store_is_brought_forward_with_a_copy_beside(older: Registry) -> None:
    before = older.store.path.read_bytes()
    migrated = Registry(older.folder)
    assert [model.id for model in migrated.models()] == ["m:1"]
    with migrated.store.read() as connection:
        assert connection.execute("SELECT x FROM second").fetchall()[0][0] == 1
    backup = older.folder / f"store.before-{len(MIGRATIONS) + 1}.sqlite3"
    with _raw(backup) as copy:
        assert copy.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert copy.execute("SELECT count(*) FROM model_versions").fetchone() == (1,)
    assert backup.stat().st_size == len(before)
    Registry(older.folder)  # nothing more to do


def test_a_step_that_fails_leaves_the_old_state(
    older: Registry, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MIGRATIONS", (*MIGRATIONS, _SECOND + "SELECT * FROM nowhere;"))
    refused("workspace-damaged", Registry, older.folder)
    monkeypatch.setattr(store, "MIGRATIONS", MIGRATIONS)
    assert [model.id for model in Registry(older.folder).models()] == ["m:1"]
    with _raw(older.store.path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'second'").fetchall() == []


@pytest.mark.chance
def test_several_programs_bring_a_store_forward_at_once(older: Registry) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            Registry(older.folder).models()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.chance
def test_a_writer_that_stays_too_long(
    registry: Registry, model_file: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.2)
    with _raw(registry.store.path) as holder:
        holder.execute("BEGIN IMMEDIATE")
        refused("store-busy", registry.register, [model_file], "m")
        assert registry.models() == [], "reading goes on meanwhile"
    assert registry.register([model_file], "m").version == 1
    assert registry.verify(deep=True) == []


def test_the_place_of_the_store_may_have_any_name(tmp_path: Path, model_file: Path) -> None:
    registry = Registry(tmp_path / "100% #1?mode=memory & ünï")
    assert registry.register([model_file], "m").id == "m:1"
    assert (registry.folder / "store.sqlite3").is_file()


@pytest.fixture
def mounted(tmp_path: Path, require: Callable[[object, str], None]) -> Iterator[Callable[..., Path]]:
    """`mounted(options)` gives a folder that is a file system of its own."""
    points: list[Path] = []

    def mount(options: str) -> Path:
        point = tmp_path / f"disk{len(points)}"
        point.mkdir()
        done = (
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(point)], capture_output=True, check=False
            )
            if shutil.which("mount")
            else None
        )
        require(done is not None and done.returncode == 0, "the right to mount a tmpfs (root)")
        points.append(point)
        return point

    yield mount
    for point in points:
        subprocess.run(["umount", "-l", str(point)], check=True)


def test_a_full_disk(mounted: Callable[..., Path], tmp_path: Path, refused: Refused) -> None:
    disk = mounted("size=4m")
    registry = Registry(disk / "workspace")
    small, large = tmp_path / "small.bin", tmp_path / "large.bin"
    small.write_bytes(os.urandom(200_000))
    large.write_bytes(os.urandom(6_000_000))
    refused("disk-full", registry.register, [large], "m")
    registry.register([small], "m")
    registry.register([small], "n")
    with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))
    small.write_bytes(os.urandom(200_000))
    refused("disk-full", registry.register, [small], "m")
    assert registry.verify(deep=True) == []
    assert [model.id for model in registry.models()] == ["m:1", "n:1"]
    registry.delete("m:1")
    registry.delete("n:1")
    registry.collect_garbage(0, trash_seconds=0)
    assert list(registry.blobs.all()) == []
    assert registry.verify(deep=True) == []
    assert registry.register([small], "m").version == 2
    assert registry.verify(deep=True) == []
    registry.store.close()


def test_no_room_for_another_file_name(mounted: Callable[..., Path], tmp_path: Path, refused: Refused) -> None:
    disk = mounted("size=4m,nr_inodes=24")
    registry = Registry(disk / "workspace")
    folder = tmp_path / "tree"
    folder.mkdir()
    for number in range(30):
        (folder / str(number)).write_bytes(bytes([number]) * 10)
    refused("disk-full", registry.register, [folder], "m")
    assert registry.verify(deep=True) == []
    registry.collect_garbage(0)
    assert registry.register([folder / "1"], "m").version == 1
    registry.store.close()


def test_a_disk_that_becomes_read_only(mounted: Callable[..., Path], model_file: Path, refused: Refused) -> None:
    disk = mounted("size=4m")
    registry = Registry(disk / "workspace")
    registry.register([model_file], "m")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    refused("workspace-read-only", registry.register, [model_file], "m")
    refused("workspace-read-only", registry.delete, "m:1")
    refused("workspace-read-only", registry.collect_garbage, 0)
    opened = Registry(registry.folder)
    assert "cannot be written" in opened.read_only
    assert [model.id for model in opened.models()] == ["m:1"]
    assert opened.verify(deep=True) == []
    refused("workspace-read-only", opened.update, "m:1", description="x")
    refused("workspace-read-only", Registry, disk / "another")
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert registry.register([model_file], "m").version == 2
    registry.store.close()
    opened.store.close()
