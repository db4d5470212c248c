"""Resources that a container uses right now: from one reading of the daemon, which may take up to a second to come, or
from the kernel.

The kernel answers only where this program and the container share it and the tree of control groups can be read:
Docker on Linux.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.containers.failures import docker_errors
from scoredock.late_dataclass import dataclass

_MOUNTED = Path("/sys/fs/cgroup")
_PROCESSES = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """One reading."""

    cpu_seconds: float
    """Since the container was started."""
    memory_bytes: int
    """Without the file cache that the kernel may drop at any time."""


def usage(docker: Docker, container: str) -> Usage | None:
    """Resources that a container uses; None when it does not run. Raises ScoredockError `docker-unavailable` or
    `docker-failed`."""
    with docker_errors(l10n.t("read the resource use of the container")):
        raw: Mapping[str, Any] = docker.api.stats(container, stream=False, one_shot=True)
    memory = raw.get("memory_stats") or {}
    used = memory.get("usage")
    seconds = ((raw.get("cpu_stats") or {}).get("cpu_usage") or {}).get("total_usage")
    if not isinstance(used, int) or not isinstance(seconds, int):
        return None
    details = memory.get("stats") or {}
    # The names of cgroup v1 and v2.
    cache = details.get("total_inactive_file", details.get("inactive_file", 0))
    return Usage(seconds / 1e9, max(0, used - (cache if isinstance(cache, int) else 0)))


def kernel_usage(container: str, pid: int) -> tuple[float, int] | None:
    """Processor seconds since its start, and bytes of memory without the file cache that may be dropped at any time.

    `pid` is its main process as the daemon numbers it. None where that cannot be read here. Never raises.
    """
    try:
        groups = (_PROCESSES / str(pid) / "cgroup").read_text("ascii").splitlines()
        folders = dict(_folders(groups, container))
        if "" in folders:
            return unified_usage(folders[""])
        return divided_usage(folders["cpuacct"], folders["memory"])
    except (OSError, ValueError, KeyError):
        return None


def memory_kills(container: str, pid: int) -> int:
    """Number of processes of a container that the kernel has ended for its memory; 0 where that cannot be read here."""
    try:
        groups = (_PROCESSES / str(pid) / "cgroup").read_text("ascii").splitlines()
        folders = dict(_folders(groups, container))
        return kills_in(folders[""] if "" in folders else folders["memory"])
    except (OSError, ValueError, KeyError):
        return 0


def is_out_of_processes(container: str, pid: int) -> bool:
    """True if a container has as many processes and threads as it may; False where that cannot be read here."""
    try:
        groups = (_PROCESSES / str(pid) / "cgroup").read_text("ascii").splitlines()
        folders = dict(_folders(groups, container))
        folder = folders[""] if "" in folders else folders["pids"]
        return int((folder / "pids.current").read_text("ascii")) >= int((folder / "pids.max").read_text("ascii"))
    except (OSError, ValueError, KeyError):
        return False


def kills_in(memory: Path) -> int:
    """The same of a control group, of either version. Raises OSError, ValueError."""
    events = memory / "memory.events"
    return _numbers(events if events.is_file() else memory / "memory.oom_control").get("oom_kill", 0)


def _folders(groups: list[str], container: str) -> Iterator[tuple[str, Path]]:
    """Folder of each controller, of the unified tree under an empty name; only those that are named after the
    container, as the number may be another process in the eyes of this program."""
    for line in groups:
        _, controllers, path = line.split(":", 2)
        if container not in path:
            continue
        for controller in controllers.split(","):
            folder = _MOUNTED / controller / path.lstrip("/")
            if controller or (folder / "memory.current").is_file():
                yield controller, folder


def unified_usage(folder: Path) -> tuple[float, int]:
    """The same of a control group of version 2. Raises OSError, ValueError, KeyError."""
    used = int((folder / "memory.current").read_text("ascii"))
    seconds = _numbers(folder / "cpu.stat")["usage_usec"] / 1e6
    return seconds, max(0, used - _numbers(folder / "memory.stat").get("inactive_file", 0))


def divided_usage(processor: Path, memory: Path) -> tuple[float, int]:
    """The same of version 1, where each controller has a tree of its own. Raises OSError, ValueError, KeyError."""
    used = int((memory / "memory.usage_in_bytes").read_text("ascii"))
    seconds = int((processor / "cpuacct.usage").read_text("ascii")) / 1e9
    return seconds, max(0, used - _numbers(memory / "memory.stat").get("total_inactive_file", 0))


def _numbers(file: Path) -> dict[str, int]:
    return {name: int(value) for name, value in (line.split(" ", 1) for line in file.read_text("ascii").splitlines())}
