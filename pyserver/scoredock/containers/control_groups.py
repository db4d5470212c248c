"""What a container uses, as the kernel tells it: the daemon takes up to a second to answer the same question.

Only where this program and the container share a kernel and the tree of control groups can be read: Docker on Linux.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_MOUNTED = Path("/sys/fs/cgroup")
_PROCESSES = Path("/proc")


def read(container: str, pid: int) -> tuple[float, int] | None:
    """Processor seconds since its start, and bytes of memory without the file cache that may be dropped at any time.

    `pid` is its main process as the daemon numbers it. None where that cannot be read here. Never raises.
    """
    try:
        groups = (_PROCESSES / str(pid) / "cgroup").read_text("ascii").splitlines()
        found = dict(_folders(groups, container))
        if "" in found:
            return _unified(found[""])
        return _divided(found["cpuacct"], found["memory"])
    except (OSError, ValueError, KeyError):
        return None


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


def _unified(folder: Path) -> tuple[float, int]:
    used = int((folder / "memory.current").read_text("ascii"))
    seconds = _numbers(folder / "cpu.stat")["usage_usec"] / 1e6
    return seconds, max(0, used - _numbers(folder / "memory.stat").get("inactive_file", 0))


def _divided(processor: Path, memory: Path) -> tuple[float, int]:
    """Version 1, where each controller has a tree of its own."""
    used = int((memory / "memory.usage_in_bytes").read_text("ascii"))
    seconds = int((processor / "cpuacct.usage").read_text("ascii")) / 1e9
    return seconds, max(0, used - _numbers(memory / "memory.stat").get("total_inactive_file", 0))


def _numbers(file: Path) -> dict[str, int]:
    return {name: int(value) for name, value in (line.split(" ", 1) for line in file.read_text("ascii").splitlines())}
