"""Where groups can be made is read from the kernel's own files, of either version, and never taken for granted."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoredock.engines.base import ContainerOptions
from scoredock.engines.process import control_groups
from scoredock.engines.process.control_groups import make_group, parents, remove_group, set_cpus
from scoredock.errors import ScoredockError

OWN = "/user.slice/user-1000.slice/user@1000.service/app.slice/vscode.scope"
DELEGATED = "user.slice/user-1000.slice/user@1000.service/app.slice"


@pytest.fixture
def unified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of version 2 in which systemd has delegated both controllers to an account, and this process in it."""
    mounted = tmp_path / "cgroup"
    (mounted / OWN.lstrip("/")).mkdir(parents=True)
    (mounted / "cgroup.controllers").write_text("cpu memory pids")
    for folder in (mounted / OWN.lstrip("/"), *(mounted / OWN.lstrip("/")).parents):
        if folder.is_relative_to(mounted):
            (folder / "cgroup.subtree_control").write_text("memory pids\n")
    (mounted / DELEGATED / "cgroup.subtree_control").write_text("cpu memory pids\n")
    own = tmp_path / "own"
    own.write_text(f"0::{OWN}\n")
    monkeypatch.setattr(control_groups, "_MOUNTED", mounted)
    monkeypatch.setattr(control_groups, "_OWN", own)
    return mounted


def test_the_nearest_group_that_passes_both_controllers_on(unified: Path) -> None:
    assert parents().folders == {"": unified / DELEGATED}


def test_a_group_has_its_limits_and_goes(unified: Path, tmp_path: Path) -> None:
    folder = tmp_path / "services" / "profile-1"
    (procs,) = make_group(folder, ContainerOptions(cpus=0.3, memory_bytes=1 << 28))
    group = procs.parent
    assert group.parent == unified / DELEGATED
    assert (group / "cpu.max").read_text() == "30000 100000"
    assert (group / "memory.max").read_text() == str(1 << 28)
    set_cpus(folder, 1.5)
    assert (group / "cpu.max").read_text() == "150000 100000"
    for each in group.iterdir():  # the kernel's own files go with their group
        each.unlink()
    remove_group(folder)
    assert not group.exists()


def test_what_this_program_is_held_to_is_all_that_services_get(unified: Path) -> None:
    (unified / DELEGATED / "cpu.max").write_text("50000 100000\n")
    (unified / DELEGATED / "memory.max").write_text(str(1 << 30))
    size = control_groups.machine_size()
    assert (size.cpus, size.memory_bytes) == (0.5, 1 << 30)


@pytest.mark.parametrize("passed_on", ["memory pids", "cpu pids", ""])
def test_without_both_controllers_nothing_is_limited(unified: Path, passed_on: str) -> None:
    (unified / DELEGATED / "cgroup.subtree_control").write_text(passed_on)
    with pytest.raises(ScoredockError) as refused:
        parents()
    assert refused.value.code == "limits-unavailable"


@pytest.mark.parametrize("text", ["", "nonsense", "0::/", "1:cpu:/a\n2:memory"])
def test_a_machine_without_control_groups(tmp_path: Path, text: str) -> None:
    own = tmp_path / "own"
    own.write_text(text)
    with pytest.raises(ScoredockError) as refused:
        parents(tmp_path / "none", own)
    assert refused.value.code == "limits-unavailable"


def test_version_1_takes_the_group_of_this_process_or_the_root_where_that_is_not_seen(tmp_path: Path) -> None:
    mounted, own = tmp_path / "cgroup", tmp_path / "own"
    for controller in ("cpu", "cpuacct", "memory"):
        (mounted / controller).mkdir(parents=True)
    (mounted / "memory" / "a" / "b").mkdir(parents=True)
    own.write_text("4:memory:/a/b\n3:cpu,cpuacct:/elsewhere\n0::/\n")
    assert parents(mounted, own).folders == {
        "cpu": mounted / "cpu",
        "cpuacct": mounted / "cpuacct",
        "memory": mounted / "memory" / "a" / "b",
    }
