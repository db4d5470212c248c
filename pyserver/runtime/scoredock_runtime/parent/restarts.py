"""Restarts of workers: when a new one starts after one has ended, and when a service is given up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, List, Optional

from scoredock_runtime import contract
from scoredock_runtime.base import diagnosis

if TYPE_CHECKING:
    from scoredock_runtime.parent.service import Service
    from scoredock_runtime.parent.worker_pool import WorkerPool
    from scoredock_runtime.parent.worker_process import WorkerProcess

LONG_LIFE = 30.0
"""Seconds after which a ready worker has shown that the script works, also when nobody has asked it anything."""

SOON = 1.0
"""Seconds that the place of one of several workers stays empty at most, when it got as far as being ready."""


class Restarts:
    """Pure: the caller tells the time. Counts workers that ended without having been of use. One that was of use, as it
    answered a request or lived for `LONG_LIFE`, wipes the count: it shows that the script works, so however many are
    killed, the service goes on."""

    def __init__(self) -> None:
        self._useless: List[float] = []

    @property
    def count(self) -> int:
        """Number of workers that ended within the window without having been of use."""
        return len(self._useless)

    def clear(self) -> None:
        """Another script, or a worker that has shown itself to be of use."""
        self._useless = []

    def ended(
        self, now: float, *, useful: bool, limit: int, window: float, ready: bool = False, others: bool = False
    ) -> Optional[float]:
        """Seconds until a new worker may start; None when there have been more than `limit` within `window` seconds.

        While `others` serve and are of use nothing is given up, and one that was `ready` already comes back soon."""
        if useful:
            self.clear()
            return 0.0
        self._useless = [moment for moment in self._useless if now - moment < window] + [now]
        if len(self._useless) > limit and not others:
            return None
        # At once the first time, then 1, 2, 4 … 60 seconds: a service that merely stumbled is back before anyone waits.
        delay = 0.0 if len(self._useless) == 1 else min(60.0, 2.0 ** min(10, len(self._useless) - 2))
        return min(delay, SOON) if others and ready else delay


class RestartSchedule:
    """The new workers that are due, in place of some that have ended. Used by the parent's main thread only."""

    def __init__(self, service: Service, pool: WorkerPool) -> None:
        self._service = service
        self._pool = pool
        self._restarts = Restarts()
        self._due: List[float] = []

    @property
    def next(self) -> Optional[float]:
        """Time when the next one is due, in monotonic seconds; None when none is."""
        return self._due[0] if self._due else None

    def take_due(self, now: float) -> bool:
        """True if one is due, which is then taken from the schedule."""
        if not self._due or self._due[0] > now:
            return False
        self._due.pop(0)
        return True

    def add(self, moment: float, count: int = 1) -> None:
        """So many workers are to start at a moment."""
        self._due = sorted([*self._due, *[moment] * count])

    def cancel(self) -> None:
        """Forgets all that were to start."""
        self._due = []

    def was_useful(self) -> None:
        """A worker, or another script, has shown itself to be of use."""
        self._restarts.clear()

    def on_crash(self, worker: Optional[WorkerProcess], code: int, failure: contract.Failure) -> None:
        """A worker that served has ended, or none could be started: another one, or the end of the service."""
        service = self._service
        now = time.monotonic()
        useful = worker is not None and worker.useful(now)
        limit, window = service.spec.restart_limit, service.spec.restart_window
        others = any(each.useful(now) for each in self._pool.serving)
        ready = worker is not None and worker.ready
        delay = self._restarts.ended(now, useful=useful, limit=limit, window=window, ready=ready, others=others)
        if delay is None:
            started = failure if worker is None or not worker.ready else None
            tail = worker.tail() if worker else []
            service.failure = diagnosis.crashed_too_often(self._restarts.count, window, code, started, tail)
            return
        self.add(now + delay)
        service.log.tell(f"A new worker starts in {delay:g} seconds.", "W")
        self._pool.publish(phase=contract.STARTING, restarts=service.status.restarts + 1)
