"""What a process has started, and what it uses. On Linux without psutil, as far as that goes: to import it takes as
long as scoring some thousand rows."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

_IS_LINUX = sys.platform == "linux"


@functools.cache
def boot() -> str:
    """Which boot of the machine this is; empty where nothing tells."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def is_childless(pid: int) -> bool:
    """Whether it surely has none; only Linux tells."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 (names only)
        return not any(Path(f"/proc/{pid}/task/{each}/children").read_bytes() for each in tasks)
    except OSError:
        return False


def family(pid: int) -> list[Callable[[], None]]:
    """What ends a process and each of its descendants."""
    import psutil

    def end(victim: psutil.Process) -> None:
        with contextlib.suppress(psutil.Error):
            victim.kill()

    try:
        root = psutil.Process(pid)
        return [functools.partial(end, each) for each in (root, *root.children(recursive=True))]
    except psutil.Error:
        return []


def usage_of(pid: int) -> tuple[int, float]:
    """Bytes of memory, and seconds of processor time; 0 of one that has ended."""
    if _IS_LINUX:
        return _usage_on_linux(pid)
    import psutil

    try:
        process = psutil.Process(pid)
        times = process.cpu_times()
        return process.memory_info().rss, round(times.user + times.system, 2)
    except psutil.Error:
        return 0, 0.0


def _usage_on_linux(pid: int) -> tuple[int, float]:
    """From proc(5)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        user, system, pages = (int(fields[number]) for number in (11, 12, 21))
    except (OSError, ValueError, IndexError):
        return 0, 0.0
    return pages * os.sysconf("SC_PAGE_SIZE"), round((user + system) / os.sysconf("SC_CLK_TCK"), 2)
