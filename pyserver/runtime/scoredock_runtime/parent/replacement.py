"""A change from workers that serve to fresh ones, from the moment it is wanted until whoever asked is answered."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, List, Optional, Tuple

from scoredock_runtime import contract
from scoredock_runtime.parent.worker_process import WorkerProcess

if TYPE_CHECKING:
    from scoredock_runtime.service_folder.file_switch import Switch

MOVE_SECONDS = 2.0
"""How long the answer waits for the old workers to let go of the socket."""

REVISION, RELOAD, RECYCLING = "revision", "reload", "recycling"
"""Another spec; the same spec because its files changed; the same because one worker is worn out."""


class Replacement:
    """Decided by the parent's loop; `wait` is for the thread that took the request."""

    def __init__(
        self,
        spec: contract.ServiceSpec,
        kind: str = REVISION,
        old: Optional[WorkerProcess] = None,
        switch: Optional[Switch] = None,
    ) -> None:
        self.spec = spec
        self.kind = kind
        self.switch = switch
        """New files that come in the place of the old ones."""
        self.old = old
        """The one worker that gives way; None for all that serve."""
        self.workers: List[WorkerProcess] = []
        self.leaving: List[WorkerProcess] = []
        """Old workers that may still take new connections."""
        self._answer: Tuple[int, str] = (500, "{}")
        self._decided = threading.Event()
        self._moved = threading.Event()

    @property
    def title(self) -> str:
        """Name of it in the log."""
        if self.kind == REVISION:
            return f"Revision {self.spec.revision}" + (f" with the code {self.spec.code}" if self.spec.code else "")
        return "The changed code" if self.kind == RELOAD else "A fresh worker"

    def passed(self) -> bool:
        """True if all new workers are ready and have answered a probe since."""
        # One that a person holds in a debugger answers when they let it.
        return bool(self.workers) and all(
            worker.ready and (worker.probed or worker.debugged) for worker in self.workers
        )

    def move_back(self) -> Optional[Exception]:
        """The old files are where they were, if others had come in their place; else why not."""
        switch, self.switch = self.switch, None
        try:
            if switch is not None and switch.made:
                switch.undo()
        except (OSError, ValueError) as fault:
            return fault
        return None

    def keep_files(self) -> None:
        """The new files stay."""
        switch, self.switch = self.switch, None
        if switch is not None:
            # Where it cannot, the next switch or the next start does it.
            with contextlib.suppress(OSError):
                switch.finish()

    def decide(self, status: int, text: str) -> None:
        """Decide what is answered, as soon as the workers in `leaving` have left."""
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

    def is_decided(self, seconds: float) -> bool:
        """True if that happens within so many seconds."""
        return self._decided.wait(seconds)

    def wait(self) -> Tuple[int, str]:
        """Status and text of the answer. Whoever asked may send a request at once, and means the new workers."""
        self._decided.wait()
        self._moved.wait(MOVE_SECONDS)
        return self._answer
