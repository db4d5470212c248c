"""Changes of workers that serve, new keys or routes: sent to them, and answered to whoever asked once all of them go by
it."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any, Dict, List, Set

from scoredock_runtime.parent.worker_process import WorkerProcess


@dataclasses.dataclass(frozen=True)
class LiveChange:
    """Something new that was sent to the workers."""

    completion: threading.Event
    outstanding: Set[WorkerProcess]
    """Those that could go by what was before still."""


class LiveChanges:
    """Changes that are under way. Used by the parent's main thread only."""

    def __init__(self) -> None:
        self._changes: Dict[int, LiveChange] = {}
        self._count = 0

    def begin(self, completion: threading.Event, message: Dict[str, Any], workers: List[WorkerProcess]) -> None:
        """Sends the message to the workers; `completion` is set once all of them go by it alone, or have ended."""
        self._count += 1
        self._changes[self._count] = LiveChange(completion, {worker for worker in workers if worker.hello})
        for worker in workers:
            worker.tell({**message, "n": self._count})

    def taken_by(self, worker: WorkerProcess, number: int) -> None:
        """The worker goes by change `number`, and by nothing that was before it."""
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
                change.completion.set()

    def release(self) -> None:
        """Answers everybody: the parent ends."""
        for change in self._changes.values():
            change.completion.set()
