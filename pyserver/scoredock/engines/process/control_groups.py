"""Holds a service that is a process of this machine to cores and memory, by control groups of the kernel where this
account may make some: as root, or below a group that was delegated to it.

A group is named after the folder of its service, so that whoever ends the service finds it. As a program,
`FILE… -- COMMAND…` enters the groups of these files and becomes the command, so that all that this starts is in them
from its first byte.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from scoredock import l10n
from scoredock.containers.stats import divided_usage, kills_in, unified_usage
from scoredock.engines.base import ContainerOptions, MachineCapacity, ResourceUsage
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.run import become

_MOUNTED = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
_PERIOD = 100_000
_CONTROLLERS = ("cpu", "cpuacct", "memory")
_REMOVE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class GroupParents:
    """Folders in which groups can be made: one for each controller, or one for all under an empty name."""

    folders: dict[str, Path]

    @property
    def unified(self) -> bool:
        return "" in self.folders


def parents(mounted: Path | None = None, own: Path | None = None) -> GroupParents:
    """Raises ScoredockError `limits-unavailable` where this account may not make any."""
    mounted = mounted or _MOUNTED
    paths = _own_paths(own or _OWN)
    if (mounted / "cgroup.controllers").is_file():
        delegated = _delegated(mounted, paths.get("", "/"))
        if delegated is not None:
            return GroupParents({"": delegated})
    else:
        folders = {name: _writable(mounted / name, paths.get(name, "/")) for name in _CONTROLLERS}
        complete = {name: folder for name, folder in folders.items() if folder is not None}
        if len(complete) == len(_CONTROLLERS):
            return GroupParents(complete)
    raise ScoredockError(
        "limits-unavailable", l10n.t("This account may not limit the CPU and the memory of processes on this machine.")
    )


def _own_paths(own: Path) -> dict[str, str]:
    """Which group this process is in, by controller; of version 2 under an empty name."""
    try:
        lines = own.read_text("ascii").splitlines()
    except (OSError, ValueError):
        return {}
    parts = [line.split(":", 2) for line in lines if line.count(":") >= 2]
    return {controller: path for _, controllers, path in parts for controller in controllers.split(",")}


def _writable(mounted: Path, own: str) -> Path | None:
    """The group of this process, or the root where that is not seen here."""
    for folder in (mounted / own.lstrip("/"), mounted):
        if folder.is_dir() and os.access(folder, os.W_OK):
            return folder
    return None


def _delegated(mounted: Path, own: str) -> Path | None:
    """The nearest group above this process that this account may divide, and that passes on both controllers."""
    folder = (mounted / own.lstrip("/")).parent if own != "/" else mounted
    for each in (folder, *folder.parents):
        if not each.is_relative_to(mounted):
            return None
        with contextlib.suppress(OSError):
            passed_on = (each / "cgroup.subtree_control").read_text("ascii").split()
            if {"cpu", "memory"} <= set(passed_on) and os.access(each, os.W_OK):
                return each
    return None


def machine_size() -> MachineCapacity:
    """Capacity of this machine, or of the container or group that this program itself is limited to. Raises
    ScoredockError `limits-unavailable`."""
    where = parents()
    cpus, memory = float(psutil.cpu_count() or 1), int(psutil.virtual_memory().total)
    if hasattr(os, "sched_getaffinity"):
        cpus = min(cpus, float(len(os.sched_getaffinity(0))))
    return MachineCapacity(min(cpus, _cpus_of(where)), min(memory, _memory_of(where)))


def _cpus_of(where: GroupParents) -> float:
    """The quota of the group in which groups are made; no limit is infinite."""
    with contextlib.suppress(OSError, ValueError):
        if where.unified:
            quota, period = (where.folders[""] / "cpu.max").read_text("ascii").split()
        else:
            quota, period = (
                (where.folders["cpu"] / f"cpu.cfs_{each}_us").read_text("ascii").strip() for each in ("quota", "period")
            )
        if quota not in ("max", "-1"):
            return int(quota) / int(period)
    return math.inf


def _memory_of(where: GroupParents) -> int:
    file = where.folders[""] / "memory.max" if where.unified else where.folders["memory"] / "memory.limit_in_bytes"
    with contextlib.suppress(OSError, ValueError):
        return int(file.read_text("ascii"))  # version 2 says `max`, version 1 a number beyond every memory
    return sys.maxsize


def make_group(folder: Path, options: ContainerOptions) -> list[Path]:
    """The group of the service with this folder, with its limits; the files that take its processes. Raises
    ScoredockError `limits-unavailable`."""
    groups = _groups(folder)
    try:
        for group in groups.values():
            group.mkdir(exist_ok=True)
        if options.memory_bytes is not None:
            _limit_memory(groups, options.memory_bytes)
        if options.cpus is not None:
            set_cpus(folder, options.cpus)
    except OSError as error:
        remove_group(folder)
        raise _refused(error) from error
    return [group / "cgroup.procs" for group in groups.values()]


def set_cpus(folder: Path, cpus: float) -> None:
    """Raises ScoredockError `limits-unavailable`."""
    groups, quota = _groups(folder), round(cpus * _PERIOD)
    try:
        if "" in groups:
            (groups[""] / "cpu.max").write_text(f"{quota} {_PERIOD}")
        else:
            (groups["cpu"] / "cpu.cfs_period_us").write_text(str(_PERIOD))
            (groups["cpu"] / "cpu.cfs_quota_us").write_text(str(quota))
    except OSError as error:
        raise _refused(error) from error


def use_of(folder: Path) -> ResourceUsage | None:
    """Usage in the group of a service; None if there is none."""
    with contextlib.suppress(OSError, ValueError, KeyError, ScoredockError):
        groups = _groups(folder)
        memory = groups.get("", groups.get("memory", folder))
        used = unified_usage(memory) if "" in groups else divided_usage(groups["cpuacct"], memory)
        return ResourceUsage(*used, kills_in(memory))
    return None


def remove_group(folder: Path) -> None:
    """Once its processes have ended. Never raises."""
    with contextlib.suppress(ScoredockError):
        for group in _groups(folder).values():
            _remove(group)


def _remove(group: Path) -> None:
    deadline = time.monotonic() + _REMOVE_SECONDS
    while group.is_dir():
        try:
            group.rmdir()
        except OSError:  # a process of it still ends
            if time.monotonic() > deadline:
                return
            time.sleep(0.02)


def _groups(folder: Path) -> dict[str, Path]:
    name = f"scoredock-{hashlib.sha256(str(folder).encode()).hexdigest()[:24]}"
    return {controller: parent / name for controller, parent in parents().folders.items()}


def _limit_memory(groups: dict[str, Path], size: int) -> None:
    if "" in groups:
        (groups[""] / "memory.max").write_text(str(size))
        _write_where_it_is(((groups[""] / "memory.swap.max", "0"),))
        return
    (groups["memory"] / "memory.limit_in_bytes").write_text(str(size))
    _write_where_it_is(((groups["memory"] / "memory.memsw.limit_in_bytes", str(size)),))


def _write_where_it_is(values: Iterable[tuple[Path, str]]) -> None:
    """Swap is not counted by every kernel."""
    for file, value in values:
        if file.is_file():
            file.write_text(value)


def _refused(error: OSError) -> ScoredockError:
    return ScoredockError(
        "limits-unavailable",
        l10n.t("The kernel refuses to limit the CPU and the memory of a process: {error}.", error=error.strerror),
    )


def main(words: list[str]) -> int:
    """Exit code of the command, where it comes back."""
    end = words.index("--")
    for file in words[:end]:
        Path(file).write_text(str(os.getpid()))
    return become(words[end + 1 :], os.environ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
