"""What a service takes of the machine, sample by sample, and whether that grows."""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

WARM_UP = 0.5
"""The first part of a run, in which caches fill, threads begin, and pages that a forked worker shares become its
own."""
GROWTH = 0.05


@dataclass(frozen=True)
class Sample:
    """The process tree of a service at one moment."""

    at: float
    memory: int
    """Bytes that its processes have made: anonymous and shared memory, pages shared between them counted once. Pages of
    files are the system's, and how they are shared depends on who else runs."""
    descriptors: int
    threads: int
    processes: int
    disk: int
    """Bytes of the service's folder."""


def made(pid: int) -> int:
    """Raises psutil.NoSuchProcess."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        raise psutil.NoSuchProcess(pid) from None
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:", "SwapPss:")))


def sample(parent_pid: int, folder: Path) -> Sample:
    """Raises psutil.NoSuchProcess when the service is gone."""
    parent = psutil.Process(parent_pid)
    memory = descriptors = threads = count = 0
    for process in [parent, *parent.children(recursive=True)]:
        try:
            with process.oneshot():
                memory += made(process.pid)
                descriptors += process.num_fds()
                threads += process.num_threads()
                count += 1
        except psutil.NoSuchProcess:
            continue
    disk = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Sample(time.time(), memory, descriptors, threads, count, disk)


def growth(samples: list[Sample], what: str) -> float:
    """How much larger the last third is than the one after the warm-up, by their medians: 0.05 for five per cent."""
    counted = samples[int(len(samples) * WARM_UP) :]
    third = max(1, len(counted) // 3)
    first = statistics.median(getattr(each, what) for each in counted[:third])
    last = statistics.median(getattr(each, what) for each in counted[-third:])
    return (last - first) / max(first, 1)


def write(samples: list[Sample], file: Path) -> None:
    """One JSON line each."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(asdict(each)) + "\n" for each in samples))
