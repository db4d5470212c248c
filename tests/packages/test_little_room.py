"""A model that is larger than what a disk has left, of the workspace or of the file: what was begun is gone again."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cli.conftest import Terminal
from oci_registry.real_registry import real_registry
from oci_registry.small_registry import small_registry
from packages.test_without_docker import base, project, words  # noqa: F401 (a fixture)
from parts import missing

MEGABYTE = 1 << 20
DISK = 72 * MEGABYTE
MODEL = 44 * MEGABYTE
"""Bytes that cannot be compressed: the disk has them once, beside the packages, and not twice."""


def mounted(folder: Path, options: str) -> Path:
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False).returncode:
        missing("the right to mount a tmpfs (root)")
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    disk = mounted(tmp_path / "small", f"size={DISK}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.fixture
def large_model(tmp_path: Path) -> Path:
    file = tmp_path / "large" / "factor.txt"
    file.parent.mkdir()
    file.write_bytes(random.Random(5).randbytes(MODEL))
    return file


@pytest.fixture
def crowded(small: Path, large_model: Path, tmp_path: Path, base: Path) -> Terminal:  # noqa: F811
    """A workspace on a small disk with a large model; its packages are made already."""
    terminal = replace(project(tmp_path / "project"), home=small / "home")
    terminal.ok("model", "register", "factor.txt", "--name", "factor")
    terminal.ok(*words(base, "--to", f"oci:{tmp_path / 'before'}"))
    terminal.ok("model", "register", str(large_model), "--name", "large")
    return terminal


def free_bytes(disk: Path) -> int:
    status = os.statvfs(disk)
    return status.f_bavail * status.f_frsize


def require_no_more(disk: Path, before: int) -> None:
    """Rows and logs may grow by a little; nothing of an image is there."""
    assert before - free_bytes(disk) < MEGABYTE
    assert [str(each) for each in disk.rglob("*") if ".scoredock-fresh-" in each.name or ".partial" in each.name] == []


def with_the_large_one(base: Path, *where: str) -> tuple[str, ...]:  # noqa: F811
    return tuple("large:1" if each == "factor:1" else each for each in words(base, *where))


@pytest.mark.long("an archive, a layout and an artifact are written without room at the gate")
def test_a_layer_that_the_workspace_has_no_room_for(
    crowded: Terminal,
    small: Path,
    base: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    before = free_bytes(small)
    assert before < MODEL
    with real_registry(tmp_path / "registry") as address:
        for where in (("--push", f"{address}/team/large:1"), ("--to", f"oci:{tmp_path / 'layout'}")):
            error = crowded.refused(*with_the_large_one(base, *where))
            assert (error["code"], str(small) in error["message"]) == ("disk-full", True), error
            require_no_more(small, before)
        error = crowded.refused("model", "push", "large:1", f"{address}/models/large:1")
        assert error["code"] == "disk-full"
        require_no_more(small, before)
        assert not list((tmp_path / "registry" / "data").rglob("_manifests"))
    assert not (tmp_path / "layout").exists()


def test_an_artifact_needs_no_room(crowded: Terminal, small: Path) -> None:
    before = free_bytes(small)
    with small_registry() as registry:
        crowded.ok("model", "push", "large:1", f"{registry.address}/models/large:1", "--as", "artifact")
        assert sorted(map(len, registry.blobs.values()))[-1] == MODEL
    require_no_more(small, before)


@pytest.mark.parametrize("kind", ["archive", "oci"])
def test_a_file_that_its_disk_has_no_room_for(
    small: Path,
    large_model: Path,
    tmp_path: Path,
    base: Path,  # noqa: F811
    kind: str,
) -> None:
    """The base and four such models have four times what there is room for."""
    terminal = project(tmp_path / "project")
    terminal.ok("model", "register", str(large_model), "--name", "large")
    before = free_bytes(small)
    error = terminal.refused(*with_the_large_one(base, "--to", f"{kind}:{small / 'image'}"))
    assert (error["code"], str(small) in error["message"]) == ("disk-full", True), error
    assert list(small.iterdir()) == []
    assert free_bytes(small) == before


def test_twenty_gigabytes_for_a_disk_of_five(tmp_path: Path) -> None:
    """Refused before a byte is copied: the file has holes, which nobody reads."""
    disk = mounted(tmp_path / "small", "size=5g")
    try:
        terminal = replace(project(tmp_path / "project"), home=disk / "home")
        terminal.ok("model", "register", "factor.txt", "--name", "factor")
        before = free_bytes(disk)
        with (tmp_path / "huge.bin").open("wb") as file:
            file.truncate(20 << 30)
        error = terminal.refused("model", "register", str(tmp_path / "huge.bin"), "--name", "huge")
        assert error["code"] == "disk-full"
        require_no_more(disk, before)
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
