"""New keys of a service: sent to its workers, and answered to whoever asked once the old ones open nothing any more."""

from __future__ import annotations

import dataclasses
import threading
from typing import Dict, List, Set

from scoredock_runtime import contract
from scoredock_runtime.parent.worker_process import WorkerProcess


@dataclasses.dataclass(frozen=True)
class KeyChange:
    """New keys that were sent to the workers."""

    done: threading.Event
    outstanding: Set[WorkerProcess]
    """Those that could let somebody in by the old keys still."""


class KeyChanges:
    """Those that are under way. Used by the parent's main thread only."""

    def __init__(self) -> None:
        self._changes: Dict[int, KeyChange] = {}
        self._count = 0

    def begin(self, done: threading.Event, keys: contract.Authentication, workers: List[WorkerProcess]) -> None:
        """Sends the keys to the workers; `done` is set once all of them use these alone, or have ended."""
        self._count += 1
        self._changes[self._count] = KeyChange(done, {worker for worker in workers if worker.hello})
        for worker in workers:
            worker.tell({"authentication": dataclasses.asdict(keys), "n": self._count})

    def taken_by(self, worker: WorkerProcess, number: int) -> None:
        """The worker lets nobody in any more by the keys before change `number`."""
        if number in self._changes:
            self._changes[number].outstanding.discard(worker)
        self.settle()

    def ended(self, worker: WorkerProcess) -> None:
        """The worker has ended."""
        for change in self._changes.values():
            change.outstanding.discard(worker)
        self.settle()

    def settle(self) -> None:
        """Answers whoever asked for a change that every worker has made."""
        for number, change in list(self._changes.items()):
            if not change.outstanding:
                del self._changes[number]
                change.done.set()

    def release(self) -> None:
        """Answers everybody: the parent ends."""
        for change in self._changes.values():
            change.done.set()
