"""Metrics of a service in Prometheus' text format: any worker tells the sums of all (see counters.py)."""

from __future__ import annotations

import os
import sys
import time
from bisect import bisect_left
from typing import Callable, Dict, List, Sequence, Tuple

from scoredock_runtime import __version__
from scoredock_runtime.base.counters import Counters
from scoredock_runtime.base.metric_slots import (
    BESIDE_AT,
    BORN,
    CPU,
    DROPPED,
    DROPPED_AT,
    IN_FLIGHT,
    KINDS,
    KINDS_AT,
    LAYOUT,
    NAMES,
    PID,
    QUEUED,
    SCRIPT_PID,
    SECONDS,
    SLOTS,
    STARTS,
)
from scoredock_runtime.base.processes import cpu_seconds
from scoredock_runtime.contract_history import ANSWER_KINDS, BOUNDS, kind_of

_CPU_EVERY = 256
"""Requests between two looks at the CPU time, so that a worker that is killed leaves nearly all of it counted."""


class Metrics:
    """The counters of one worker; `number` is the worker's. All calls come from the thread that has the HTTP loop."""

    count_answer: Callable[[int, float], None]
    """`count_answer(status, seconds)`: a request was answered."""

    def __init__(self, folder: str, number: int) -> None:
        self.number = number
        self._counters = Counters(folder, SLOTS, LAYOUT, NAMES)
        values = self._values = self._counters.values
        values[PID], values[BORN], values[STARTS] = os.getpid(), time.time(), 1.0
        values[CPU] = time.process_time()
        self.count_answer = _counting(values)

    def has_script_process(self, pid: int) -> None:
        """The script runs in a process of its own."""
        self._values[SCRIPT_PID] = pid

    def count_beside(self, status: int, seconds: float) -> None:
        """An answer that was counted is none to a request to the service: somebody asked how it is."""
        values = self._values
        values[BESIDE_AT + ANSWER_KINDS.index(kind_of(status))] += 1.0
        values[BESIDE_AT + len(ANSWER_KINDS) + bisect_left(BOUNDS, seconds)] += 1.0
        values[BESIDE_AT + len(ANSWER_KINDS) + len(BOUNDS) + 1] += seconds

    def count_refusal(self, kind: str) -> None:
        """A request was refused; kinds that are not in `KINDS` count as malformed."""
        self._values[KINDS_AT + (KINDS.index(kind) if kind in KINDS else KINDS.index("malformed"))] += 1.0

    def count_drops(self, what: str, number: int) -> None:
        """So many records of collection or telemetry were lost."""
        self._values[DROPPED_AT + DROPPED.index(what)] += number

    def load(self, in_flight: int, queued: int) -> None:
        """Number of requests that this worker works on, and of those that wait."""
        self._values[IN_FLIGHT], self._values[QUEUED] = in_flight, queued

    def text(self) -> bytes:
        """All workers together, in the exposition format 0.0.4."""
        self._counters.fold()
        self._values[CPU] = time.process_time() + _of_script(self._values)
        self._counters.raise_others(CPU, lambda values: cpu_seconds(int(values[PID])) + _of_script(values))
        sums, living = self._counters.read()
        now = time.time()
        lines: List[str] = []
        _requests(lines, sums)
        _family(lines, "worker_starts_total", "counter", "Workers that have begun.", [("", sums.get("starts", 0.0))])
        _family(lines, "cpu_seconds_total", "counter", "CPU time of all workers.", [("", sums.get("cpu", 0.0))])
        _family(lines, "workers", "gauge", "Workers that live.", [("", float(len(living)))])
        for slot, name, help_text in (
            (IN_FLIGHT, "requests_in_flight", "Requests that workers work on."),
            (QUEUED, "requests_queued", "Requests that wait for a worker."),
        ):
            _family(lines, name, "gauge", help_text, [("", sum(values[slot] for values in living))])
        whole = sum(values[IN_FLIGHT] + values[QUEUED] for values in living)
        _family(lines, "requests_open", "gauge", "Requests that have no answer yet.", [("", whole)])
        born = min(values[BORN] for values in living)
        _family(lines, "uptime_seconds", "gauge", "Age of the oldest worker.", [("", max(0.0, now - born))])
        _processes(lines, [int(values[slot]) for values in living for slot in (PID, SCRIPT_PID) if values[slot]])
        _family(lines, "build_info", "gauge", "The runtime.", [(f'{{version="{__version__}"}}', 1.0)])
        return "".join(lines).encode()


def _counting(values: memoryview[float]) -> Callable[[int, float], None]:
    """A closure costs half of what a method with attributes does, and this is called for every request."""

    def count_answer(
        status: int,
        seconds: float,
        _find: Callable[[Sequence[float], float], int] = bisect_left,
        _bounds: Tuple[float, ...] = BOUNDS,
    ) -> None:
        if not 100 <= status <= 999:
            status = 999
        count = values[status] + 1.0
        values[status] = count
        values[_find(_bounds, seconds) + 1000] += 1.0
        values[SECONDS] += seconds
        if not count % _CPU_EVERY:
            values[CPU] = time.process_time()

    return count_answer


def _of_script(values: Sequence[float]) -> float:
    """CPU time of a script that has a process of its own."""
    return cpu_seconds(int(values[SCRIPT_PID])) if values[SCRIPT_PID] else 0.0


def _requests(lines: List[str], sums: Dict[str, float]) -> None:
    codes = [(int(name[5:]), value) for name, value in sums.items() if name.startswith("code:")]
    _family(
        lines,
        "requests_total",
        "counter",
        "Requests answered, by status code.",
        [(f'{{code="{code}",class="{code // 100}xx"}}', value) for code, value in sorted(codes)],
    )
    buckets: List[Tuple[str, float]] = []
    total = 0.0
    for bound in (*BOUNDS, "+Inf"):
        total += sums.get(f"le:{bound}", 0.0)
        buckets.append((f'_bucket{{le="{bound}"}}', total))
    _family(
        lines,
        "request_duration_seconds",
        "histogram",
        "From the whole request to its answer.",
        [*buckets, ("_sum", sums.get("seconds", 0.0)), ("_count", total)],
    )
    _family(
        lines,
        "refused_total",
        "counter",
        "Requests refused, by reason.",
        [(f'{{kind="{kind}"}}', sums.get(f"refused:{kind}", 0.0)) for kind in KINDS],
    )
    _family(
        lines,
        "records_dropped_total",
        "counter",
        "Records lost because they came faster than they could be kept.",
        [(f'{{of="{what}"}}', sums.get(f"dropped:{what}", 0.0)) for what in DROPPED],
    )


def _processes(lines: List[str], pids: List[int]) -> None:
    resident = sum(map(_resident, pids))
    if resident:
        _family(
            lines,
            "resident_memory_bytes",
            "gauge",
            "Memory of all workers and their script processes.",
            [("", float(resident))],
        )
    files = sum(map(_open_files, pids))
    if files:
        _family(
            lines,
            "open_fds",
            "gauge",
            "Open file descriptors of all workers and their script processes.",
            [("", float(files))],
        )


def _family(lines: List[str], name: str, kind: str, help_text: str, samples: Sequence[Tuple[str, float]]) -> None:
    lines.append(f"# HELP scoredock_{name} {help_text}\n# TYPE scoredock_{name} {kind}\n")
    lines.extend(f"scoredock_{name}{labels} {_number(value)}\n" for labels, value in samples)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def _resident(pid: int) -> int:
    """Bytes; 0 when they cannot be determined."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as stream:
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        pass
    if pid != os.getpid() or sys.platform == "win32":
        return 0
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # the peak, as there is nothing better
    return most if sys.platform == "darwin" else most * 1024


def _open_files(pid: int) -> int:
    for folder in (f"/proc/{pid}/fd", "/dev/fd" if pid == os.getpid() else ""):
        try:
            return len(os.listdir(folder)) - (pid == os.getpid())
        except OSError:
            continue
    return 0
