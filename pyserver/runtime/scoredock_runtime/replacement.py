"""A request to serve another spec, from the moment it is made until whoever asked is answered."""

from __future__ import annotations

import threading
from typing import List, Tuple

from scoredock_runtime import contract
from scoredock_runtime.worker_process import WorkerProcess

MOVE_SECONDS = 2.0
"""How long the answer waits for the old workers to let go of the socket."""


class Replacement:
    """Decided by the parent's loop; `wait` is for the thread that took the request."""

    def __init__(self, spec: contract.ServiceSpec, path: str) -> None:
        self.spec = spec
        self.path = path
        self.workers: List[WorkerProcess] = []
        self.leaving: List[WorkerProcess] = []
        """Workers of the old revision that may still take new connections."""
        self._answer: Tuple[int, str] = (500, "{}")
        self._decided = threading.Event()
        self._moved = threading.Event()

    def decide(self, status: int, text: str) -> None:
        """What is answered, as soon as the workers in `leaving` have left."""
        self._answer = (status, text)
        if not self.leaving:
            self._moved.set()
        self._decided.set()

    def left(self, worker: WorkerProcess) -> None:
        """A worker takes no new connections any more."""
        if worker in self.leaving:
            self.leaving.remove(worker)
            if not self.leaving:
                self._moved.set()

    def wait(self) -> Tuple[int, str]:
        """Status and text of the answer. Whoever asked may send a request at once, and means the new revision."""
        self._decided.wait()
        self._moved.wait(MOVE_SECONDS)
        return self._answer
