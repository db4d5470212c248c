"""Collecting garbage: what is told, what is never touched, and what a full disk leaves for later."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry import Registry
from scoredock.registry.manifests.manifests import Manifests
from scoredock.registry.upkeep.repair import repair
from scoredock.services.lifecycle.adoption import adopt

from registry.histories import everything, play

Refused = Callable[..., ScoredockError]


@pytest.fixture
def stocked(registry: Registry, tmp_path: Path) -> Registry:
    steps = [
        ("register", "a", b"one", {}, {}),
        ("register", "a", b"two", {}, {}),
        ("dataset", "rows"),
        ("dataset", "rows"),
    ]
    play(registry, tmp_path, steps)
    return registry


def _lose(registry: Registry) -> Registry:
    registry.store.close()
    registry.store.path.unlink()
    assert repair(registry.folder, adopt=adopt).problems == []
    return Registry(registry.folder)


def test_it_tells_what_went(stocked: Registry) -> None:
    assert (stocked.collect(0).files, stocked.collect(0).purged) == (0, [])
    stocked.delete("a:2")
    stocked.assets.delete("dataset", "rows:1")
    assert stocked.collect(0).purged == [], "it is in the trash for a month"
    done = stocked.collect(0, trash_seconds=0)
    assert sorted(done.purged) == ["a:2", "rows:1"]
    assert done.files == 3, "one stored file, as rows:2 has the same bytes as rows:1, and two manifests"
    assert done.bytes > 3
    assert stocked.verify(deep=True) == []


def test_bytes_of_datasets_are_needed(stocked: Registry, tmp_path: Path) -> None:
    for path in stocked.blobs.all():
        os.utime(path, (1, 1))
    before = everything(stocked)
    assert stocked.collect(0).files == 0
    assert everything(stocked) == before


def test_a_dataset_that_a_model_names_stays_in_the_trash(stocked: Registry, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(b"m")
    stocked.register([tmp_path / "m"], "m", sample_input_dataset="rows:1")
    with stocked.store.write() as connection:  # as another window may in the same moment
        connection.execute("UPDATE assets SET deleted = 1 WHERE name = 'rows' AND version = 1")
        stocked.manifests.record(connection, "rows", 1, "dataset")
    assert stocked.collect(0, trash_seconds=0).purged == []


def test_it_can_be_cancelled_at_any_step(stocked: Registry, refused: Refused) -> None:
    stocked.delete("a:2")

    class Steps:
        def __init__(self, last: int, cancel: CancelToken) -> None:
            self.left, self.cancel = last, cancel

        def report(self, message: str, percentage: int | None = None) -> None:
            self.left -= 1
            if self.left == 0:
                self.cancel.cancel()

        def output(self, line: str) -> None: ...

    for last in (1, 2, 3):
        cancel = CancelToken()
        refused("cancelled", stocked.collect, 0, 0, watch=(Steps(last, cancel), cancel))
        assert stocked.verify(deep=True) == []
    stocked.collect(0, 0)
    assert stocked.verify(deep=True) == []
    assert len(list(stocked.blobs.all())) == 2


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_that_was_set_wrong_purges_nothing_young(
    stocked: Registry, years: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Back: ages mean nothing, and nothing leaves the trash. Forward and back again: one look takes nothing."""
    stocked.delete("a:2")
    now = time.time()
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: now + years * 31_557_600)
        done = stocked.collect()
        assert (done.purged, "a:2" in done.reason) == ([], years > 0)
        assert stocked.verify(deep=True) == []
    stocked.collect()
    assert [model.id for model in stocked.models()] == ["a:1"]
    stocked.restore("a:2")


# ------------------------------------------------------------------------------------------------ a disk without space


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on no manifest fits on the disk; call the result to make room again."""
    put = Manifests._put

    def no_room(self: Manifests, path: Path, text: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    def room() -> None:
        monkeypatch.setattr(Manifests, "_put", put)

    monkeypatch.setattr(Manifests, "_put", no_room)
    return room


def test_what_frees_space_goes_on_and_is_written_later(stocked: Registry, request: pytest.FixtureRequest) -> None:
    room = request.getfixturevalue("full")
    stocked.delete("a:2")
    assert stocked.verify(deep=True) == [], "what is behind is known to be"
    room()
    stocked.collect()
    assert _lose(stocked).models(include_deleted=True)[0].deleted is not None


def test_a_number_is_not_given_again_though_its_name_could_not_be_written(
    stocked: Registry, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    stocked.delete("a:2")
    room = request.getfixturevalue("full")
    assert stocked.collect(0, trash_seconds=0).purged == ["a:2"]
    assert stocked.verify(deep=True) == []
    room()
    assert [model.id for model in stocked.models(include_deleted=True)] == ["a:1"], "purged all the same"
    again = _lose(stocked)
    play(again, tmp_path, [("register", "a", b"three", {}, {})])
    assert again.model("a").version == 3


def test_other_changes_are_refused_as_a_whole(
    stocked: Registry, request: pytest.FixtureRequest, refused: Refused
) -> None:
    before = everything(stocked)
    room = request.getfixturevalue("full")
    refused("disk-full", stocked.update, "a:1", description="new")
    refused("disk-full", stocked.changes.alias, "a:1", "champion")
    refused("disk-full", stocked.changes.favourite, "a", True)
    room()
    assert everything(stocked) == before
    assert stocked.verify(deep=True) == []
