"""A workspace that lost something is put right: nothing acknowledged is missing afterwards, and nothing is removed."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.registry.manifests.manifests import Manifests
from scoredock.registry.upkeep import rebuild
from scoredock.registry.upkeep.repair import RepairReport, repair
from scoredock.services.lifecycle.adoption import adopt

from depth import rounds
from registry.histories import HISTORIES, everything, play

Refused = Callable[..., ScoredockError]
STORES = Path(__file__).parent / "stores"


def put_right(workspace: Path) -> RepairReport:
    return repair(workspace, adopt=adopt)


def _lose(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()


def _garbage(path: Path) -> None:
    path.write_bytes(os.urandom(8192))


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _flip_pages(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for page in range(1, len(content) // 4096, 2):
        content[page * 4096 : page * 4096 + 64] = os.urandom(64)
    path.write_bytes(content)


AGAIN = pytest.mark.long(
    "another file that is not a store; the gate has one that is gone, a foreign one and a torn one"
)
DAMAGES = [_lose, _foreign, _flip_pages, *(pytest.param(damage, marks=AGAIN) for damage in (_empty, _garbage, _cut))]


@settings(max_examples=rounds(gate=2, long=30), suppress_health_check=list(HealthCheck))
@given(history=HISTORIES, later=HISTORIES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_lost_store_comes_back_with_everything(damage: Callable[[Path], None], history: Any, later: Any) -> None:
    base = Path(tempfile.mkdtemp(prefix="scoredock-test-"))
    try:
        registry = Registry(base / "workspace")
        play(registry, base, history)
        before = everything(registry)
        assert registry.verify(deep=True) == []
        registry.store.close()
        damage(registry.store.path)
        done = put_right(registry.folder)
        assert done.problems == []
        assert before["names"] == [] or done.repairs, "something was to be done"
        again = Registry(base / "workspace")
        assert everything(again) == before
        assert put_right(registry.folder) == RepairReport()
        play(again, base, later)  # numbers go on where they were, and nothing is in the way
        assert again.verify(deep=True) == []
        again.store.close()
    finally:
        shutil.rmtree(base)


def test_without_the_files_of_names_the_test_above_is_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: what belongs to a name is not written."""
    monkeypatch.setattr(Manifests, "record_name", lambda *_, **__: True)
    registry = Registry(tmp_path / "workspace")
    play(
        registry, tmp_path, [("register", "a", b"one", {}, {}), ("alias", "a", 1, "champion"), ("favourite", "a", True)]
    )
    before = everything(registry)
    assert registry.verify(deep=False) == ["The name a has no file among the manifests."]
    registry.store.path.unlink()
    put_right(registry.folder)
    assert everything(Registry(registry.folder)) != before


def test_without_writing_the_manifest_of_a_change_the_test_above_is_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a change of tags is not written beside the store."""
    monkeypatch.setattr(Manifests, "_put", lambda self, path, text: None if path.exists() else _put(self, path, text))
    registry = Registry(tmp_path / "workspace")
    play(registry, tmp_path, [("register", "a", b"one", {}, {}), ("update", "a", 1, {"stage": "x"})])
    assert registry.verify(deep=False) == [
        f"The manifest {registry.manifests.path('a', 1)} does not match what a:1 contains."
    ]
    before = everything(registry)
    registry.store.path.unlink()
    put_right(registry.folder)
    assert everything(Registry(registry.folder)) != before


_put = Manifests._put


@pytest.fixture
def stocked(registry: Registry, tmp_path: Path) -> Registry:
    play(
        registry,
        tmp_path,
        [
            ("folder", "a", b"weights"),
            ("register", "a", b"one", {"stage": "x"}, {"k": "v"}),
            ("register", "A", b"two", {}, {}),
            ("alias", "a", 1, "champion"),
            ("alias", "a", 2, "champion"),
            ("dataset", "rows"),
            ("delete", "A", 1),
        ],
    )
    return registry


def test_an_older_copy_of_the_store_is_brought_up_to_date(stocked: Registry, tmp_path: Path) -> None:
    stocked.store.close()
    copy = tmp_path / "older"
    shutil.copy(stocked.store.path, copy)
    play(
        stocked,
        tmp_path,
        [
            ("update", "a", 1, {"stage": "later"}),
            ("update", "a", 1, {"stage": "latest"}),
            ("register", "a", b"three", {}, {}),
            ("register", "new", b"four", {}, {}),
            ("alias", "a", 3, "champion"),
            ("favourite", "a", True),
            ("dataset", "rows"),
        ],
    )
    before = everything(stocked)
    stocked.store.close()
    shutil.copy(copy, stocked.store.path)
    opened = Registry(stocked.folder)
    problems = opened.verify(deep=False)
    assert "a:3 has a manifest but is not in the store." in problems
    assert "a:1 was changed after the store was saved; the store is an older copy." in problems
    opened.collect_garbage(0, trash_seconds=0)
    assert set(before["bytes"]) >= {path.name for path in opened.blobs.all()}
    found = put_right(stocked.folder)
    assert found.problems == []
    after = everything(Registry(stocked.folder))
    assert [model.id for model in after["models"]] == ["a:3", "a:2", "a:1", "new:1"], "A:1 was purged in between"
    for what in ("aliases", "moves", "favourites", "assets", "asset names"):
        assert after[what] == before[what], what
    assert after["names"] == before["names"]
    assert put_right(stocked.folder) == RepairReport()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda r: r.manifests.path("a", 1).unlink(), id="a lost manifest"),
        pytest.param(lambda r: r.manifests.path("a", 1).write_text("{"), id="a broken manifest"),
        pytest.param(
            lambda r: r.manifests.path("a", 1).write_text(r.manifests.path("a", 2).read_text()), id="a swapped one"
        ),
        pytest.param(lambda r: r.manifests.name_path("a").unlink(), id="a lost file of a name"),
        pytest.param(lambda r: r.manifests.name_path("a").write_text("[]"), id="a broken file of a name"),
        pytest.param(lambda r: r.manifests.path("rows", 1, "dataset").unlink(), id="a lost manifest of a dataset"),
        pytest.param(lambda r: shutil.rmtree(r.manifests.root), id="all manifests"),
        pytest.param(lambda r: _change(r, "UPDATE models SET last_version = 0 WHERE name = 'a'"), id="a last number"),
        pytest.param(lambda r: _change(r, "DELETE FROM model_files WHERE name = 'a'"), id="rows of files"),
        pytest.param(lambda r: _change(r, "UPDATE model_versions SET size = 1"), id="a wrong size"),
        pytest.param(lambda r: _change(r, "DELETE FROM model_labels"), id="tags that filters do not see"),
        pytest.param(
            lambda r: _change(r, "UPDATE model_versions SET labels = '[{},{}]'"), id="tags that lists do not see"
        ),
        pytest.param(lambda r: _change(r, "UPDATE model_versions SET details = '['"), id="rows that make no sense"),
        pytest.param(lambda r: _turn(r, "a", r'"description": "', "X"), id="a letter of a description"),
        pytest.param(lambda r: _turn(r, "a", r'"edition": ', "7"), id="a digit of an edition"),
        pytest.param(lambda r: _turn(r, "a", r'"checksu', "X"), id="the name of the checksum"),
        pytest.param(lambda r: _turn(r, "a", r'"checksum": "', "x"), id="the checksum"),
        pytest.param(lambda r: _turn(r, "a", r'"edition": ', "7", of_name=True), id="a digit of the edition of a name"),
        pytest.param(lambda r: _turn(r, "a", r'"lastVersion": ', "9", of_name=True), id="a digit of a last number"),
        pytest.param(lambda r: r.folder.chmod(0o755), id="an open folder"),
        pytest.param(lambda r: r.blob(r.model("a:1").files[0].sha256).chmod(0o644), id="an open blob"),
    ],
)
def test_damage_is_seen_and_put_right(stocked: Registry, damage: Callable[[Registry], object]) -> None:
    before = everything(stocked)
    damage(stocked)
    seen = stocked.inspect(deep=True)
    assert seen.problems
    assert all(problem.repairable and problem.fix.startswith("Repair") for problem in seen.problems), seen.problems
    found = put_right(stocked.folder)
    assert found.repairs
    assert found.problems == []
    opened = Registry(stocked.folder)
    assert everything(opened) == before
    assert opened.verify(deep=True) == []
    assert put_right(stocked.folder) == RepairReport()


def _turn(registry: Registry, name: str, after: str, letter: str, *, of_name: bool = False) -> None:
    """Puts a letter into a manifest that leaves it good JSON."""
    path = registry.manifests.name_path(name) if of_name else registry.manifests.path(name, 1)
    text = path.read_text()
    turned = re.sub(f"({after})(.?)", lambda found: found[1] + letter + found[2], text, count=1)
    assert turned != text
    json.loads(turned)
    path.write_text(turned)


def test_a_damaged_manifest_is_believed_where_nothing_else_tells_of_the_version(stocked: Registry) -> None:
    before = everything(stocked)
    description = stocked.model("a:1").description
    _turn(stocked, "a", r'"description": "', "X")
    _turn(stocked, "a", r'"edition": ', "7")
    stocked.store.path.unlink()
    assert put_right(stocked.folder).problems == []
    opened = Registry(stocked.folder)
    assert opened.verify(deep=True) == []
    assert everything(opened).keys() == before.keys()
    assert opened.model("a:1").description == f"X{description}"


def _change(registry: Registry, statement: str) -> None:
    connection = sqlite3.connect(registry.store.path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_what_cannot_be_put_right_is_named_and_stays(stocked: Registry, tmp_path: Path) -> None:
    file = stocked.model("a:2").files[0]
    stocked.blob(file.sha256).unlink()
    (stocked.blobs.root / "stray").write_bytes(b"x")
    (stocked.blobs.root / "stray").chmod(0o600)
    found = put_right(stocked.folder)
    assert sorted((problem.subject, problem.repairable) for problem in found.problems) == [
        (str(stocked.blobs.root / "stray"), False),
        ("a:2", False),
    ]
    assert "Register the same file again" in next(p.fix for p in found.problems if p.subject == "a:2")
    assert stocked.model("a:2").files == (file,)
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "x").write_bytes(b"one")
    stocked.register([tmp_path / "again" / "x"], "other")
    assert [p.subject for p in put_right(stocked.folder).problems] == [str(stocked.blobs.root / "stray")]


def test_damaged_bytes_are_healed_from_a_service_that_has_them(stocked: Registry) -> None:
    model = stocked.model("a:1")
    staged = stocked.folder / "services" / "svc-one" / "revisions" / "1" / "azureml-app" / "azureml-models" / "a" / "1"
    stocked.materialise(model, staged)
    for file in model.files:
        blob = stocked.blob(file.sha256)
        blob.chmod(0o600)
        blob.write_bytes(b"?" * file.size)
        blob.chmod(0o400)
    wrong = model.files[0]
    altered = staged / wrong.path
    altered.write_bytes(b"!" * wrong.size)  # a script wrote beside its model: it is not a copy any more
    seen = stocked.inspect(deep=True).problems
    assert {problem.sort for problem in seen} == {"bytes"}
    found = put_right(stocked.folder)
    assert [problem.file for problem in found.problems] == [wrong]
    assert stocked.blob(model.files[1].sha256).stat().st_mode & 0o777 == 0o400
    altered.unlink()


def test_bytes_that_nothing_names_are_kept(stocked: Registry) -> None:
    held = sorted(path.name for path in stocked.blobs.all())
    stocked.store.path.unlink()
    shutil.rmtree(stocked.manifests.root)
    done = put_right(stocked.folder)
    aside = next(stocked.folder.glob("blobs.unknown-*"))
    assert any(aside.name in sentence for sentence in done.repairs)
    assert sorted(path.name for path in aside.rglob("*") if path.is_file()) == held


def test_bytes_of_an_unreadable_manifest_are_no_garbage(stocked: Registry) -> None:
    held = sorted(path.name for path in stocked.blobs.all())
    stocked.manifests.path("a", 1).write_text("{")
    stocked.store.path.unlink()
    found = put_right(stocked.folder)
    assert [problem.sort for problem in found.problems] == ["stray"]
    opened = Registry(stocked.folder)
    done = opened.collect(0)
    assert "No stored bytes were removed" in done.reason
    assert sorted(path.name for path in opened.blobs.all()) == held


def test_a_newer_store_and_newer_manifests_are_left_alone(stocked: Registry, refused: Refused) -> None:
    path = stocked.manifests.path("a", 1)
    newer = path.read_text().replace('"format": 2', '"format": 3', 1)
    path.write_text(newer)
    found = put_right(stocked.folder)
    assert [(problem.subject, problem.fix) for problem in found.problems] == [("a:1", "Update Scoredock.")]
    assert path.read_text() == newer
    stocked.store.path.unlink()
    refused("workspace-newer", put_right, stocked.folder)
    assert not stocked.store.path.exists()


def test_a_repair_that_ended_between_two_renames_goes_on(stocked: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is moved aside and the new one is not there yet; services are still taken from the old one."""
    with stocked.store.write() as connection:
        connection.execute(
            "INSERT INTO services(name, engine, state, phase, active_revision, last_revision, created, updated)"
            " VALUES('svc-one', 'process', 'Stopped', '', 1, 1, 1, 1)"
        )
        connection.execute("UPDATE model_versions SET details = '[' WHERE name = 'A'")
    before = stocked.store.path.read_bytes()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(rebuild, "_fill", killed)
        with pytest.raises(KeyboardInterrupt):
            put_right(stocked.folder)
    assert not stocked.store.path.exists()
    found = put_right(stocked.folder)
    assert found.problems == []
    with Registry(stocked.folder).store.read() as connection:
        assert [row[0] for row in connection.execute("SELECT name FROM services")] == ["svc-one"]
    kept = list(stocked.folder.glob("store.damaged-*.sqlite3"))
    assert [path.read_bytes() for path in kept] == [before]


def test_another_window_writes_to_the_new_store(stocked: Registry, tmp_path: Path) -> None:
    other = Registry(stocked.folder)
    other.store.change_counter()
    stocked.store.path.write_bytes(b"x" * 5000)
    put_right(stocked.folder)
    play(other, tmp_path, [("register", "a", b"after", {}, {})])
    assert Registry(stocked.folder).model("a").version == 3


def test_a_purged_version_stays_purged_though_its_registration_was_never_settled(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the process was killed right after the commit."""
    with monkeypatch.context() as patched:
        patched.setattr(Manifests, "settle", lambda *_, **__: None)
        play(registry, tmp_path, [("register", "a", b"one", {}, {}), ("register", "b", b"one", {}, {})])
    assert registry.verify(deep=True) == []
    play(registry, tmp_path, [("delete", "a", 1), ("purge", "a", 1)])
    registry.store.path.unlink()
    assert put_right(registry.folder).problems == []
    again = Registry(registry.folder)
    assert [model.id for model in again.models(include_deleted=True)] == ["b:1"]
    again.collect()
    assert [path.name for path in again.manifests.root.rglob("*.new")] == []
    assert again.verify(deep=True) == []
