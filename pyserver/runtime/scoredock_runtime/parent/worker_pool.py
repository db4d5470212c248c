"""The workers of a service by what they are there for, and what is watched about each."""

from __future__ import annotations

import socket
import sys
import time
from queue import SimpleQueue
from typing import List, Optional

from scoredock_runtime import contract
from scoredock_runtime.log.log_writer import LogWriter
from scoredock_runtime.parent.listeners import BACKLOG, steer_to_newer
from scoredock_runtime.parent.liveness import HUNG
from scoredock_runtime.parent.worker_process import Event, WorkerProcess
from scoredock_runtime.template.template_keeper import TemplateKeeper

MEMORY_PERIOD = 1.0
PERIOD = 10.0
"""Seconds between looks at what workers have grown to, with and without a limit of memory."""

_AFTER_A_FAILURE = 60.0


class Crew:
    """Used by the parent's main thread only."""

    def __init__(
        self,
        folder: str,
        listeners: List[socket.socket],
        events: SimpleQueue[Event],
        log: LogWriter,
        templates: TemplateKeeper,
        *,
        closed: bool,
    ) -> None:
        """`closed` for sockets that do not listen yet."""
        self.serving: List[WorkerProcess] = []
        self.candidates: List[WorkerProcess] = []
        """Of the change under way."""
        self.leaving: List[WorkerProcess] = []
        self._folder = folder
        self._listeners = listeners
        self._events = events
        self._log = log
        self._templates = templates
        self._closed = closed
        self._started = 0
        self._next_look: Optional[float] = None
        self._no_recycling_until = 0.0

    def all(self) -> List[WorkerProcess]:
        """Every worker that has not been reaped."""
        return [*self.serving, *self.candidates, *self.leaving]

    def start(self, spec: contract.ServiceSpec, *, candidate: bool) -> WorkerProcess:
        """A new worker, forked where that is possible. A candidate beside workers that serve takes no connections until
        `let_in`: the change may be given up yet, and then nobody is to have met it. Raises OSError and ValueError."""
        self._started += 1
        early = not self._closed and not any(worker.ready for worker in self.serving)
        return WorkerProcess(
            spec, self._started, self._folder, self._listeners, self._events, self._log,
            template=self._templates.for_worker(spec), early=early, late=self._closed or (candidate and not early),
        )  # fmt: skip

    def let_in(self, workers: List[WorkerProcess]) -> None:
        """They have become those that serve: they take connections, unless nobody does yet."""
        for worker in workers:
            if worker.late and not self._closed:
                worker.tell({"listen": True})

    @property
    def is_closed(self) -> bool:
        """Whether the sockets are only bound."""
        return self._closed

    def open(self) -> None:
        """From now on all connections are taken, where the sockets were only bound and another parent took them."""
        if not self._closed:
            return
        self._closed = False
        for listener in self._listeners:
            listener.listen(BACKLOG)
        # From here on nothing new goes to the other one, whether or not it retires.
        steer_to_newer(self._listeners)
        self.let_in(self.serving)

    def dismiss(self, worker: WorkerProcess, grace: float, linger: float) -> None:
        """It finishes what is under way and ends."""
        if worker not in self.leaving:
            self.leaving.append(worker)
        worker.drain(grace, linger)

    # What is watched

    def deadlines(self) -> List[float]:
        """When `watch` has something to do next."""
        moments = [moment for worker in self.serving if (moment := worker.pulse.due()) is not None]
        if self._next_look is not None and self.serving:
            moments.append(self._next_look)
        return moments

    def watch(self, now: float) -> None:
        """Pings who is due, kills who does not answer, and looks who has grown too much."""
        for worker in self.serving:
            told = worker.pulse.act(now)
            if told == HUNG:
                self._log.tell(
                    f"Worker {worker.pid} has not answered {worker.spec.liveness.failure_threshold} times.", "W"
                )
                worker.hung = True
                worker.kill()
            elif told is not None:
                worker.tell({"ping": told})
        if self._next_look is not None and now >= self._next_look:
            self._look(now)

    def watch_growth(self, worker: WorkerProcess) -> None:
        """A worker has become ready."""
        if worker.growth is not None and worker.growth.warning:
            self._log.tell(worker.growth.warning, "W")
        if worker.spec.recycle_megabytes or sys.platform == "linux":
            self._next_look = time.monotonic() + (MEMORY_PERIOD if worker.spec.recycle_megabytes else PERIOD)

    def _look(self, now: float) -> None:
        self._next_look = None
        for worker in self.serving:
            if worker.ready and not worker.worn and worker.growth is not None:
                worker.worn = worker.growth.why_recycle() or ""
            self._next_look = now + (MEMORY_PERIOD if worker.spec.recycle_megabytes else PERIOD)

    def worn(self, now: float) -> Optional[WorkerProcess]:
        """One whose place a fresh worker should take now."""
        if now < self._no_recycling_until:
            return None
        return next((worker for worker in self.serving if worker.worn and worker.ready), None)

    def recycling_failed(self, now: float) -> None:
        """The next try comes later: what failed just now will hardly work at once."""
        self._no_recycling_until = now + _AFTER_A_FAILURE
        self._next_look = self._no_recycling_until
