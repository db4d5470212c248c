"""History of a service as its parent writes it: how many requests, how they went, what workers use (contract_history).

Looked at each ten seconds, when the parent is awake anyway, and each two while requests come or somebody watches. A
request costs nothing: the numbers are those that its worker counts for `/metrics`.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Dict, List, NamedTuple, Optional, Tuple

from scoredock_runtime import contract_history
from scoredock_runtime.base import metric_slots, traffic_counts
from scoredock_runtime.base.counters import CounterFiles
from scoredock_runtime.base.processes import cpu_seconds
from scoredock_runtime.contract_history import ANSWER_KINDS, BOUNDS, FIRST, HistoryWriter, Row
from scoredock_runtime.parent.growth import resident_megabytes

if TYPE_CHECKING:
    from scoredock_runtime.parent.service import Service
    from scoredock_runtime.parent.worker_pool import WorkerPool

BUSY_PERIOD = 2.0
IDLE_PERIOD = 10.0
_EARLY = 0.1
"""A look that comes this much too early is taken, as another one would have to be waked up for."""
_WATCHED = 10.0
"""Seconds after which nobody who asked is taken to be watching any more."""


class _Counted(NamedTuple):
    """Numbers that workers have counted so far."""

    kinds: Tuple[int, ...]
    buckets: Tuple[int, ...]
    seconds: float
    in_flight: int = 0
    queued: int = 0
    cpu: float = 0.0
    """Less than they have used, as each of them notes it now and then."""


class _Use:
    """Processor time and memory that workers use."""

    def __init__(self, cpu: float) -> None:
        self.cpu = cpu
        """Seconds so far, of all there have been."""
        self.memory = 0
        """Resident bytes now."""
        self._cpu_of: Dict[int, float] = {}
        self._memory_until = 0.0

    def look(self, pids: List[int], counted: float) -> None:
        """At these processes, which have noted themselves that all there were used so much CPU."""
        now = {pid: cpu_seconds(pid) for pid in pids}
        since = sum(max(0.0, seconds - self._cpu_of.get(pid, 0.0)) for pid, seconds in now.items())
        self.cpu = max(self.cpu + since, counted)
        self._cpu_of = now
        # Where a program has to be asked for it, not more often than an idle service is looked at.
        if sys.platform != "darwin" or time.monotonic() >= self._memory_until:
            self._memory_until = time.monotonic() + IDLE_PERIOD
            self.memory = int(sum(resident_megabytes(pid) for pid in pids) * 1048576)


class History:
    """Used by the parent's main thread only, but for `unwritten`."""

    def __init__(self, service: Service, pool: WorkerPool) -> None:
        self._service = service
        self._pool = pool
        self._files = HistoryWriter(service.folder)
        newest = self._files.newest
        self._origin = newest.origin if newest is not None else int.from_bytes(os.urandom(4), "little")
        self._use = _Use(newest.cpu if newest is not None else 0.0)
        self._boot = contract_history.machine_start()
        self._revision = service.spec.revision
        self._counters = CounterFiles(service.folder, metric_slots.SLOTS, metric_slots.LAYOUT, metric_slots.NAMES)
        self._before: Optional[_Counted] = None
        self._clock = contract_history.machine_clock()
        self._looked = time.monotonic()
        self._watched_until = 0.0
        self._active = False
        self._full = False
        self._look(FIRST)

    def unwritten(self) -> List[Row]:
        """Rows that are not in the files yet."""
        return self._files.unwritten()

    def due(self) -> Optional[float]:
        """Time when a look is worth a wake-up of its own; None while the parent wakes up often enough for other
        reasons."""
        if self._active or self._looked < self._watched_until:
            return self._looked + BUSY_PERIOD
        return None if self._pool.looks else self._looked + IDLE_PERIOD

    def begin_revision(self) -> None:
        """Another revision serves from here on: a row ends what the one before has answered."""
        self._look(everywhere=True)
        self._revision = self._service.spec.revision

    def look(self, now: float) -> None:
        """Writes a row when it is time for one."""
        busy = self._active or now < self._watched_until
        if now - self._looked >= (BUSY_PERIOD if busy else IDLE_PERIOD) - _EARLY:
            self._look()

    def watch(self) -> None:
        """Somebody wants to see how it is now."""
        self._watched_until = time.monotonic() + _WATCHED
        self._look()

    def end(self) -> None:
        """The last row: no worker counts any more."""
        self._look(everywhere=True)

    def _look(self, flags: int = 0, *, everywhere: bool = False) -> None:
        now, clock = time.monotonic(), contract_history.machine_clock()
        counted = self._count()
        self._active = self._before is not None and counted[:-1] != self._before[:-1]
        self._before = counted
        self._use.look([pid for worker in self._pool.all() for pid in worker.pids], counted.cpu)
        newest = self._files.newest
        row = Row(
            number=1 if newest is None else newest.number + 1,
            wall=time.time(),
            clock=clock,
            elapsed=0.0 if flags & FIRST else max(0.0, clock - self._clock),
            boot=self._boot,
            origin=self._origin,
            revision=self._revision,
            workers=sum(worker.serves for worker in self._pool.serving),
            in_flight=counted.in_flight,
            queued=counted.queued,
            flags=flags,
            memory=self._use.memory,
            kinds=counted.kinds,
            buckets=counted.buckets,
            seconds=counted.seconds,
            cpu=self._use.cpu,
        )
        self._looked, self._clock = now, clock
        self._write(row, everywhere or bool(flags & FIRST))

    def _write(self, row: Row, everywhere: bool) -> None:
        fault = self._files.append(row, everywhere=everywhere)
        if fault is not None and not self._full:
            self._service.log.tell(
                f"The history of the service cannot be written, and is kept in memory: {fault}.", "W"
            )
        elif fault is None and self._full:
            self._service.log.tell("The history of the service is written again.")
        self._full = fault is not None

    def _count(self) -> _Counted:
        if self._service.spec.routes is not None:
            return _count_of_router(self._service.folder)
        return _count_of_workers(self._counters)


def _count_of_workers(counters: CounterFiles) -> _Counted:
    """Without what was asked about the service: only requests to it."""
    reading = counters.read()
    sums = reading.sums
    kinds = dict.fromkeys(ANSWER_KINDS, 0.0)
    for name, value in sums.items():
        if name.startswith("code:"):
            kinds[contract_history.kind_of(int(name[5:]))] += value
    # These are answered before they have come whole, and are counted nowhere else.
    kinds["tooLarge"] += sums.get("refused:size", 0.0)
    kinds["badRequest"] += sums.get("refused:malformed", 0.0) + sums.get("refused:deadline", 0.0)
    beside = [sums.get(f"beside:{index}", 0.0) for index in range(metric_slots.BESIDE)]
    at = len(ANSWER_KINDS)
    buckets = [sums.get(f"le:{bound}", 0.0) for bound in (*BOUNDS, "+Inf")]
    return _Counted(
        tuple(int(max(0.0, value - less)) for value, less in zip(kinds.values(), beside)),
        tuple(int(max(0.0, value - less)) for value, less in zip(buckets, beside[at:])),
        max(0.0, sums.get("seconds", 0.0) - beside[-1]),
        int(sum(values[metric_slots.IN_FLIGHT] for values in reading.living)),
        int(sum(values[metric_slots.QUEUED] for values in reading.living)),
        sums.get("cpu", 0.0),
    )


def _count_of_router(folder: str) -> _Counted:
    """Count of all versions together; its coarser buckets count where their upper bounds are."""
    kinds = dict.fromkeys(ANSWER_KINDS, 0.0)
    buckets = dict.fromkeys((*BOUNDS, float("inf")), 0.0)
    seconds = 0.0
    for numbers in traffic_counts.read_counts(folder).values():
        kinds["succeeded"] += numbers[traffic_counts.SUCCEEDED]
        kinds["badRequest"] += numbers[traffic_counts.REFUSED]
        kinds["failed"] += numbers[traffic_counts.FAILED] + numbers[traffic_counts.LOST]
        seconds += numbers[traffic_counts.SECONDS]
        for index, bound in enumerate((*traffic_counts.BOUNDS, float("inf"))):
            buckets[bound] += numbers[traffic_counts.BUCKETS + index]
    return _Counted(tuple(map(int, kinds.values())), tuple(map(int, buckets.values())), seconds)
