"""Verifying, collecting garbage, and taking models out: what is wrong is seen, what is needed stays."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry import Registry
from scoredock.registry.models.registration import Registration
from scoredock.registry.records import ModelVersion

Refused = Callable[..., ScoredockError]
OLD = time.time() - 90_000


@pytest.fixture
def stocked(registry: Registry, tmp_path: Path) -> Registry:
    folder = tmp_path / "net"
    (folder / "deep").mkdir(parents=True)
    (folder / "graph").write_bytes(b"graph")
    (folder / "deep" / "weights").write_bytes(b"w" * 100_000)
    registry.register([folder], "net")
    registry.register([folder / "graph"], "lone")
    return registry


def _blob(registry: Registry, reference: str) -> Path:
    return registry.blob(registry.model(reference).files[0].sha256)


def _flip(path: Path) -> None:
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _cut(path: Path) -> None:
    path.chmod(0o600)
    os.truncate(path, 1)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        pytest.param(lambda r: _flip(_blob(r, "net")), "do not match their digest", id="a flipped bit"),
        pytest.param(lambda r: _cut(_blob(r, "net")), "has 1 stored bytes instead of 100,000", id="a cut blob"),
        pytest.param(lambda r: _blob(r, "net").unlink(), "has no stored bytes", id="a lost blob"),
        pytest.param(lambda r: r.manifests.path("net", 1).unlink(), "net:1 has no manifest", id="a lost manifest"),
        pytest.param(lambda r: r.manifests.path("net", 1).write_text("{"), "cannot be read", id="a broken manifest"),
        pytest.param(
            lambda r: r.manifests.path("net", 1).write_text(r.manifests.path("lone", 1).read_text()),
            "does not match what net:1 contains",
            id="a swapped manifest",
        ),
        pytest.param(lambda r: (r.blobs.root / "stray").write_text("x"), "is not a blob", id="a stray file"),
    ],
)
def test_verify_sees_damage(stocked: Registry, damage: Callable[[Registry], object], said: str) -> None:
    assert stocked.verify(deep=True) == []
    damage(stocked)
    problems = stocked.verify(deep=True)
    assert any(said in problem for problem in problems), problems


def test_rows_without_their_parents_are_seen(stocked: Registry) -> None:
    with stocked.store.write() as connection:
        connection.execute("UPDATE models SET last_version = 0 WHERE name = 'net'")
        connection.execute("DELETE FROM model_files WHERE name = 'lone'")
    assert sorted(stocked.verify(deep=False)) == [
        "The manifest " + str(stocked.manifests.path("lone", 1)) + " does not match what lone:1 contains.",
        "lone:1 has no files.",
        "net:1 has a number beyond the last one of its name.",
    ]


def test_damaged_bytes_are_never_given_out(stocked: Registry, tmp_path: Path, refused: Refused) -> None:
    for damage in (_flip, _cut, Path.unlink):
        damage(_blob(stocked, "net"))
        refused("model-damaged", stocked.materialise, stocked.model("net"), tmp_path / "out")
        refused("model-damaged", stocked.download, "net", tmp_path / "down")
        assert not (tmp_path / "out" / "net" / "deep" / "weights").exists()
        assert [path for path in tmp_path.joinpath("down").rglob("*") if path.is_file()] == []


def test_materialise_gives_what_get_model_path_gives(stocked: Registry, tmp_path: Path) -> None:
    lone = stocked.materialise(stocked.model("lone"), tmp_path / "models" / "lone" / "1")
    assert lone == tmp_path / "models" / "lone" / "1" / "graph"
    net = stocked.materialise(stocked.model("net"), tmp_path / "models" / "net" / "1")
    assert net == tmp_path / "models" / "net" / "1" / "net"
    assert (net / "deep" / "weights").read_bytes() == b"w" * 100_000
    if os.name != "nt":
        assert stat.S_IMODE((net / "graph").stat().st_mode) == 0o600
        assert stat.S_IMODE(net.stat().st_mode) == 0o700
    several = stocked.register([lone, net], "several")
    assert stocked.materialise(several, tmp_path / "several") == tmp_path / "several"


def test_stored_paths_are_looked_at_again_when_they_are_used(
    stocked: Registry, tmp_path: Path, refused: Refused
) -> None:
    for evil in ("../out", "a/../../out", "/etc/x", "a//b", "a\\b", ".", ""):
        with stocked.store.write() as connection:
            connection.execute("UPDATE model_files SET path = ? WHERE name = 'lone'", (evil,))
        refused("model-damaged", stocked.materialise, stocked.model("lone"), tmp_path / "t")
        refused("model-damaged", stocked.download, "lone", tmp_path / "t")
    assert not (tmp_path / "out").exists()


def test_download_lays_out_as_the_sdk_does(stocked: Registry, tmp_path: Path, refused: Refused) -> None:
    target = tmp_path / "down"
    assert stocked.download("lone", target) == target / "graph"
    assert stocked.download("net:1", target) == target / "net"
    error = refused("model-file-exists", stocked.download, "net", target)
    assert str(target / "net") in error.message
    (target / "net" / "graph").write_bytes(b"mine")
    refused("model-file-exists", stocked.download, "net", target)
    assert (target / "net" / "graph").read_bytes() == b"mine"
    stocked.download("net", target, overwrite=True)
    assert (target / "net" / "graph").read_bytes() == b"graph"
    assert sorted(path.name for path in target.rglob("*") if path.is_file()) == ["graph", "graph", "weights"]


def test_a_folder_of_one_file_gives_the_file(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "file").write_bytes(b"x")
    registry.register([tmp_path / "one"], "m")
    assert registry.download("m", tmp_path / "down") == tmp_path / "down" / "one" / "file", "as the SDK's commonpath"


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_download_follows_no_links_and_replaces_no_folders(stocked: Registry, tmp_path: Path, refused: Refused) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    target = tmp_path / "down"
    target.mkdir()
    (target / "net").symlink_to(outside)
    refused("model-file-exists", stocked.download, "net", target, overwrite=True)
    (target / "graph").mkdir()
    refused("model-file-exists", stocked.download, "lone", target, overwrite=True)
    (target / "graph").rmdir()
    (target / "graph").symlink_to(outside / "victim")
    refused("model-file-exists", stocked.download, "lone", target, overwrite=True)
    assert list(outside.iterdir()) == []


def test_a_cancelled_download_leaves_no_part(stocked: Registry, tmp_path: Path, refused: Refused) -> None:
    cancel = CancelToken()
    cancel.cancel()
    refused("cancelled", stocked.download, "net", tmp_path / "down", cancel=cancel)
    assert [path for path in (tmp_path / "down").rglob("*") if path.is_file()] == []


def test_garbage_is_what_is_old_and_not_needed(stocked: Registry, tmp_path: Path) -> None:
    needed = set(stocked.blobs.all())
    scratch = stocked.blobs.scratch
    (scratch / "young").write_bytes(b"x")
    (scratch / "old").write_bytes(b"x")
    (scratch / "tree").mkdir()
    (scratch / "tree" / "file").write_bytes(b"x")
    unneeded = stocked.blob("0" * 64)
    unneeded.parent.mkdir(mode=0o700)
    unneeded.write_bytes(b"x")
    unneeded.chmod(0o400)
    young = stocked.blob("1" * 64)
    young.parent.mkdir(mode=0o700)
    young.write_bytes(b"x")
    young.chmod(0o400)
    for path in (scratch / "old", scratch / "tree", unneeded, *needed):
        os.utime(path, (OLD, OLD))
    assert stocked.collect_garbage() == 3
    assert set(stocked.blobs.all()) == {*needed, young}
    assert [path.name for path in scratch.iterdir()] == ["young"]
    assert stocked.collect_garbage(0) == 2
    assert set(stocked.blobs.all()) == needed
    assert stocked.verify(deep=True) == []


def test_the_trash_is_emptied_late(stocked: Registry, refused: Refused) -> None:
    stocked.delete("net:1")
    assert stocked.collect_garbage(0) == 0
    stocked.restore("net:1")
    stocked.delete("net:1")
    assert stocked.collect_garbage(0, trash_seconds=0) == 2, "the manifest and the bytes that lone:1 does not share"
    refused("model-not-found", stocked.restore, "net:1")
    assert stocked.verify(deep=True) == []


def test_a_clock_that_was_set_back_empties_no_trash(stocked: Registry) -> None:
    stocked.delete("net:1")
    with stocked.store.write() as connection:
        connection.execute("UPDATE model_versions SET deleted = 1 WHERE name = 'net'")
        connection.execute("UPDATE model_versions SET created = ? WHERE name = 'lone'", (time.time() + 86_400,))
    stocked.collect_garbage()
    assert stocked.restore("net:1").id == "net:1"


def test_a_blob_collected_in_the_middle_of_a_registration_is_copied_again(
    registry: Registry, model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Registration._record
    collections: list[int] = []

    def collected(self: Registration, draft: ModelVersion) -> ModelVersion | None:
        if not collections:
            collections.append(Registry(registry.folder).collect_garbage(0))
        return record(self, draft)

    monkeypatch.setattr(Registration, "_record", collected)
    assert registry.register([model_file], "m").version == 1
    assert collections == [1]
    assert registry.verify(deep=True) == []


@pytest.mark.chance
def test_collecting_and_registering_at_once(registry: Registry, tmp_path: Path) -> None:
    stop = threading.Event()
    problems: list[BaseException] = []

    def collect() -> None:
        own = Registry(registry.folder)
        while not stop.wait(0.002):
            try:
                own.collect_garbage(0, trash_seconds=0)
            except BaseException as error:
                problems.append(error)

    collector = threading.Thread(target=collect)
    collector.start()
    try:
        for number in range(40):
            path = tmp_path / f"{number % 5}.bin"
            path.write_bytes(bytes([number % 5]) * 1000)
            model = registry.register([path], "m")
            if number % 3:
                registry.delete(model.id)
    finally:
        stop.set()
        collector.join()
    assert problems == []
    assert registry.verify(deep=True) == []
    assert registry.models()[0].version == 40
