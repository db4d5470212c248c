"""Whether the kernel has ended a process for lack of memory: by the counters of this process's own control group."""

from __future__ import annotations

import os
from typing import Iterator, Optional, Tuple

_ROOT = "/sys/fs/cgroup"


class OomKills:
    """Counts the ends that the kernel tells of; none where it tells nothing."""

    def __init__(self) -> None:
        self._path = next((path for path in _counters() if _ends(path) is not None), "")
        self._seen = self._count()

    def another(self) -> bool:
        """Whether there was one since this was asked last."""
        before, self._seen = self._seen, self._count()
        return self._seen > before

    def _count(self) -> int:
        return (_ends(self._path) or 0) if self._path else 0


def _counters() -> Iterator[str]:
    """Files that may hold the counter, of both versions of control groups, the nearest first."""
    try:
        with open("/proc/self/cgroup", encoding="ascii", errors="replace") as stream:
            lines = [line.rstrip("\n").split(":", 2) for line in stream]
    except OSError:
        return
    for line in lines:
        if len(line) != 3:
            continue
        controllers, place = line[1], line[2].lstrip("/")
        for folder, name in _places(controllers):
            # In a container its own group is at the top, whatever name it has outside.
            yield os.path.join(folder, place, name)
            yield os.path.join(folder, name)


def _places(controllers: str) -> Iterator[Tuple[str, str]]:
    if not controllers:
        yield _ROOT, "memory.events"
        yield os.path.join(_ROOT, "unified"), "memory.events"
    elif "memory" in controllers.split(","):
        yield os.path.join(_ROOT, "memory"), "memory.oom_control"


def _ends(path: str) -> Optional[int]:
    try:
        with open(path, encoding="ascii", errors="replace") as stream:
            found = [line.split() for line in stream]
    except OSError:
        return None
    for words in found:
        if len(words) == 2 and words[0] == "oom_kill" and words[1].isdigit():
            return int(words[1])
    return None
