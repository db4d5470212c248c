"""What a worker on this machine uses. On Linux without psutil: to import it takes as long as scoring some thousand
rows."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_IS_LINUX = sys.platform == "linux"


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
