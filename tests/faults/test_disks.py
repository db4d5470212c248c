"""Disks that are full, have no file numbers left, or become read-only while somebody works."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.registry import Registry

from crash import verbs
from crash.disk import available, make_image, mounted
from crash.oracle import damage, leftovers, state

pytestmark = pytest.mark.chance


@pytest.fixture
def disks(quick: Path, require: Callable[[object, str], None]) -> Path:
    require(available(quick), "ext4 in a file, mounted by a loop device (root)")
    verbs.make_sources(quick / "sources")
    return quick


def fill(folder: Path) -> None:
    """Not one byte is free afterwards, not even in blocks that are begun."""
    with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(1 << 16))
    for number in range(1 << 16):
        try:
            (folder / f"filler{number}").write_bytes(bytes(1024))
        except OSError:
            return


def refused(verb: str, workspace: Path, sources: Path) -> str:
    try:
        verbs.VERBS[verb](workspace, sources)
    except ScoredockError as error:
        return error.code
    return ""


def test_a_full_disk(disks: Path) -> None:
    """What adds is refused and changes nothing; what frees works with nothing left, and then adding works again."""
    sources = disks / "sources"
    image = make_image(disks / "full.img", 8)
    with mounted(image, disks / "full") as disk:
        workspace = disk / "workspace"
        verbs.stock_with_trash(workspace, sources)
        fill(disk)
        before = state(workspace)
        for verb in ("register", "register a tree", "tag", "alias"):
            assert refused(verb, workspace, sources) in ("disk-full", "io-failed"), verb
            assert state(workspace) == before, verb
            assert damage(workspace) == [], verb
        assert refused("delete", workspace, sources) == ""
        assert refused("purge", workspace, sources) == ""
        assert refused("gc", workspace, sources) == ""
        found = state(workspace)
        assert set(found.versions) == {"m:3", "other:1"}
        assert found.last == before.last
        assert leftovers(workspace) == []
        assert damage(workspace) == []
        assert refused("register", workspace, sources) == ""
        assert "m:5" in state(workspace).versions
        assert damage(workspace) == []


def test_no_number_for_another_file(disks: Path) -> None:
    sources = disks / "sources"
    image = make_image(disks / "names.img", 8, "-N", "96")
    with mounted(image, disks / "names") as disk:
        workspace = disk / "workspace"
        verbs.stock_with_trash(workspace, sources)
        for number in range(1000):
            try:
                (disk / f"filler{number}").touch()
            except OSError:
                break
        before = state(workspace)
        for verb in ("register", "tag", "alias"):
            assert refused(verb, workspace, sources) in ("disk-full", "io-failed"), verb
            assert state(workspace) == before, verb
        assert damage(workspace) == []
        for freeing in ("delete", "purge", "gc"):
            assert refused(freeing, workspace, sources) == "", freeing
        assert damage(workspace) == []


def test_a_disk_that_becomes_read_only(disks: Path) -> None:
    sources = disks / "sources"
    image = make_image(disks / "fixed.img", 8)
    with mounted(image, disks / "fixed") as disk:
        workspace = disk / "workspace"
        verbs.stock(workspace, sources)
        open_already = Registry(workspace)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for verb in ("register", "register a tree", "tag", "alias", "delete", "restore", "purge", "gc"):
            assert refused(verb, workspace, sources) == "workspace-read-only", verb
        with pytest.raises(ScoredockError) as caught:
            open_already.delete("m:1")
        assert caught.value.code == "workspace-read-only"
        assert damage(workspace) == []
        target = disks / "out"
        assert Registry(workspace).download("m:1", target).read_bytes() == bytes(40_000)
        open_already.store.close()
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        assert refused("register", workspace, sources) == ""
