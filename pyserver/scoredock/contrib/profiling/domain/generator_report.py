"""Reports if the program that sends requests kept up with the rate itself, so that a slow generator is not taken for a
slow service.
"""

from __future__ import annotations

import threading
import time

from scoredock import threads
from scoredock.contrib.profiling.domain.distribution import Latencies
from scoredock.late_dataclass import dataclass

_BEAT_SECONDS = 0.02
_STALL_SECONDS = 0.1
"""A beat that comes so much too late shows that this program did not run."""
_STALLED_SHARE = 0.01
_LATE_MS = 20.0
"""A request that is sent later than this, though a connection was free, counts as late."""
_BUSY_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class GeneratorReport:
    """Report on how the requests of a run were sent."""

    kept_up: bool = True
    lag_ms: float = 0.0
    """99 of 100 requests were sent at most so much too late although a connection was free."""
    longest_lag_ms: float = 0.0
    stalled_seconds: float = 0.0
    """For which this program did not run at all."""
    cpu: float = 0.0
    """Cores that this program used."""
    skipped: int = 0
    """Requests that were due and could not be sent."""


class Heartbeat:
    """Notices when this program does not run: it is stopped, or its processor is taken by others."""

    def __init__(self) -> None:
        self.stalled = 0.0
        self.cpu_seconds = 0.0
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._begun = 0.0

    def __enter__(self) -> Heartbeat:
        self._begun = time.process_time()
        self._thread = threads.start(self._beat, name="heartbeat", at_fault=threads.again)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self.cpu_seconds = time.process_time() - self._begun

    def _beat(self) -> None:
        before = time.monotonic()
        while not self._over.wait(_BEAT_SECONDS):
            now = time.monotonic()
            if now - before > _BEAT_SECONDS + _STALL_SECONDS:
                self.stalled += now - before - _BEAT_SECONDS
            before = now


def report_of(heartbeat: Heartbeat, lags: Latencies, seconds: float, skipped: int) -> GeneratorReport:
    """Report on a run that took `seconds`."""
    lag = lags.percentile(99) or 0.0
    cpu = heartbeat.cpu_seconds / seconds if seconds > 0 else 0.0
    stalled = heartbeat.stalled
    kept_up = lag <= _LATE_MS and stalled <= seconds * _STALLED_SHARE and cpu < _BUSY_SHARE
    return GeneratorReport(kept_up, round(lag, 3), round(lags.longest, 3), round(stalled, 3), round(cpu, 3), skipped)
