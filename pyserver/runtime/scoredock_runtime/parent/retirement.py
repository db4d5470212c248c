"""The way of a service out of its port while another parent serves on the same one (see `POST /retire`)."""

from __future__ import annotations

import gc
import threading
import time
from typing import TYPE_CHECKING, List, Optional

from scoredock_runtime import contract
from scoredock_runtime.base import processes
from scoredock_runtime.parent.listeners import backlog_size, steer_to_newer
from scoredock_runtime.parent.rollout import REPLACE_LINGER

if TYPE_CHECKING:
    from scoredock_runtime.parent.restarts import RestartSchedule
    from scoredock_runtime.parent.rollout import Rollout
    from scoredock_runtime.parent.service import Service
    from scoredock_runtime.parent.worker_pool import WorkerPool
    from scoredock_runtime.template.template_keeper import TemplateKeeper

_LOOK = 0.02
_QUIET = 0.25
"""Seconds without anybody in the backlog: longer than a connection of this machine takes to be made."""


class Retirement:
    """Retirement of a service, from the request until the last worker has ended; used by the parent's main thread."""

    def __init__(
        self,
        service: Service,
        pool: WorkerPool,
        rollout: Rollout,
        restarts: RestartSchedule,
        templates: TemplateKeeper,
    ) -> None:
        self._service = service
        self._pool = pool
        self._rollout = rollout
        self._restarts = restarts
        self._templates = templates
        self._grace = 0.0
        self._waiters: List[threading.Event] = []
        self._closed = False
        """No connection comes here any more."""
        self._over = False
        self._next_look = 0.0
        self._quiet_since = 0.0
        self._until = 0.0

    @property
    def due(self) -> Optional[float]:
        """Time when `go_on` has something to do next, in monotonic seconds; None for never."""
        return self._next_look if self._service.retiring and not self._closed else None

    def request(self, completion: threading.Event, grace: float) -> None:
        """New connections go to the other parent from now on; `completion` is set at the end of it, or when there is
        none."""
        service = self._service
        if service.retiring:
            self._join(completion)
        elif service.stopping:
            completion.set()
        else:
            service.retiring = True
            self._grace = grace
            self._join(completion)
            self._rollout.give_up("The service has retired.")
            for worker in self._pool.candidates:
                self._pool.dismiss(worker, 0.0, 0.0)
            self._pool.candidates = []
            self._rollout.ignore_files()
            self._begin(time.monotonic())
            service.log.tell("The service retires: another one serves in its place.")

    def _begin(self, now: float) -> None:
        steer_to_newer(self._pool.listeners)
        self._quiet_since = now
        self._until = now + max(self._grace, _QUIET)
        self._next_look = now + _LOOK

    def stay(self) -> None:
        """Goes on as one whose retirement was over before this process started."""
        self._service.retiring = True
        self.release()

    def go_on(self, now: float) -> None:
        """Closes the sockets once nobody is on the way to them any more, and lets the workers end."""
        due = self.due
        if due is None or self._service.stopping or now < due:
            return
        if any(worker.ready for worker in self._pool.serving) and not self._may_close(now):
            return
        self._closed = True
        self._restarts.cancel()
        self._pool.dismiss_all(self._grace, REPLACE_LINGER)
        self._pool.close_sockets()
        self.end_if_left()

    def _may_close(self, now: float) -> bool:
        """True if nobody waits in the backlog any more, or has to be given up."""
        self._next_look = now + _LOOK
        if backlog_size(self._pool.listeners):
            self._quiet_since = now
        return now - self._quiet_since >= _QUIET or now >= self._until

    def end_if_left(self) -> None:
        """The service has retired once the last worker has ended."""
        service = self._service
        if not service.retiring or not self._closed or self._over or self._pool.all() or service.stopping:
            return
        self._templates.close()
        processes.reap_adopted([], kill=True)
        service.log.tell("The service has retired.")
        self._pool.publish(phase=contract.RETIRED)
        self.release()
        gc.collect()

    def _join(self, completion: threading.Event) -> None:
        self._waiters.append(completion)
        if self._over:
            completion.set()

    def release(self) -> None:
        """Answers whoever waits for the end of it."""
        self._closed = self._over = True
        for done in self._waiters:
            done.set()
