"""The workers of a service by what they are there for, and what is watched about each."""

from __future__ import annotations

import socket
import sys
import time
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from scoredock_runtime import contract
from scoredock_runtime.base.limits import with_limit
from scoredock_runtime.parent.listeners import BACKLOG, steer_to_newer
from scoredock_runtime.parent.probes import HUNG, UNREADY
from scoredock_runtime.parent.worker_process import AT_ONCE, WHEN_LET_IN, WHEN_READY, WorkerProcess

if TYPE_CHECKING:
    from scoredock_runtime.parent.debug_ports import DebugPorts
    from scoredock_runtime.parent.service import Service
    from scoredock_runtime.template.template_keeper import TemplateKeeper

MEMORY_PERIOD = 1.0
PERIOD = 10.0
"""Seconds between looks at what workers have grown to, with and without a limit of memory."""

_AFTER_A_FAILURE = 60.0


class WorkerPool:
    """Used by the parent's main thread only."""

    def __init__(
        self, service: Service, listeners: List[socket.socket], templates: TemplateKeeper, debug_ports: DebugPorts
    ) -> None:
        self.serving: List[WorkerProcess] = []
        self.candidates: List[WorkerProcess] = []
        """Of the change under way."""
        self.leaving: List[WorkerProcess] = []
        self.listeners = listeners
        self.is_closed = service.spec.bind_late and bool(listeners)
        """Whether the sockets are only bound, as another parent takes what comes."""
        self._service = service
        self._templates = templates
        self._debug_ports = debug_ports
        self._started = 0
        self._next_look: Optional[float] = None
        self._no_recycling_until = 0.0
        self._recent_requests: Dict[WorkerProcess, contract.RecentRequests] = {}
        self._failed_at: Dict[WorkerProcess, float] = {}
        self._succeeded_at = 0.0

    def all(self) -> List[WorkerProcess]:
        """Every worker that has not been reaped."""
        return [*self.serving, *self.candidates, *self.leaving]

    def publish(self, **changes: Any) -> None:
        """The status of the service with these changes, and with the workers of now."""
        self._service.status_file.publish(
            worker_pids=[worker.pid for worker in self.all()],
            script_pids=[worker.script_pid for worker in self.all() if worker.script_pid],
            requests=self._requests(),
            **changes,
        )

    def note_requests(
        self, worker: WorkerProcess, requests: contract.RecentRequests, *, failed_at: float, succeeded_at: float
    ) -> None:
        """Notes how the newest requests of a worker went; when its last failure and its last success were, by the
        monotonic clock."""
        if worker not in self.serving:
            return
        self._recent_requests[worker] = requests
        self._failed_at[worker] = failed_at
        self._succeeded_at = max(self._succeeded_at, succeeded_at)
        if requests.failure is not None:
            for other in self.serving:
                if other is not worker:
                    other.tell({"watch": failed_at})
        self.publish()

    def _requests(self) -> contract.RecentRequests:
        """Recent requests of all workers that serve. A failure is reported until any of them has answered since."""
        self._recent_requests = {
            worker: requests for worker, requests in self._recent_requests.items() if worker in self.serving
        }
        self._failed_at = {worker: at for worker, at in self._failed_at.items() if worker in self._recent_requests}
        failures = [
            (self._failed_at[worker], requests.failure)
            for worker, requests in self._recent_requests.items()
            if requests.failure is not None and self._failed_at[worker] >= self._succeeded_at
        ]
        newest = max(failures, key=lambda each: each[0], default=(0.0, None))
        return contract.RecentRequests(
            sum(each.answered for each in self._recent_requests.values()),
            sum(each.failed for each in self._recent_requests.values()),
            newest[1],
        )

    def start(self, spec: contract.ServiceSpec, into: List[WorkerProcess]) -> Optional[contract.Failure]:
        """A new worker, forked where that is possible; why none could be started, or None. One that is not to serve at
        once takes no connections beside others until `let_in`: its change may be given up yet, and then nobody is to
        have met it."""
        candidate = into is not self.serving
        early = not self.is_closed and not any(worker.ready for worker in self.serving)
        late = self.is_closed or candidate
        when = AT_ONCE if early else WHEN_LET_IN if late else WHEN_READY
        if spec.readiness.failure_threshold > 0:
            when = WHEN_LET_IN
        try:
            spec_here = self._debug_ports.with_port(spec)
            self._started += 1
            into.append(
                WorkerProcess(
                    self._service,
                    spec_here,
                    self._started,
                    self.listeners,
                    template=self._templates.for_worker(spec_here),
                    takes_connections=when,
                )
            )
        except (OSError, ValueError) as fault:
            sentence = with_limit(f"{spec.python} could not be started: {fault}", spec.limit_names)
            return contract.Failure(contract.SERVICE_CRASHED, f"{sentence.rstrip('.')}.")
        return None

    def let_in(self, workers: List[WorkerProcess]) -> None:
        """They have become those that serve: they take connections, unless nobody does yet."""
        for worker in workers:
            if worker.late and not self.is_closed:
                worker.tell({"listen": True})

    def open(self) -> None:
        """Takes all connections from now on, where the sockets were only bound and another parent took them."""
        if not self.is_closed:
            return
        self.is_closed = False
        for listener in self.listeners:
            listener.listen(BACKLOG)
        # From here on nothing new goes to the other one, whether or not it retires.
        steer_to_newer(self.listeners)
        self.let_in([worker for worker in self.serving if worker.serves])

    def close_sockets(self) -> None:
        """No connection is taken here any more, but by workers that hold the sockets themselves."""
        for listener in self.listeners:
            listener.close()

    def dismiss(self, worker: WorkerProcess, grace: float, linger: float) -> None:
        """Lets a worker finish what is under way and end."""
        if worker not in self.leaving:
            self.leaving.append(worker)
        worker.drain(grace, linger)

    def dismiss_all(self, grace: float, linger: float) -> None:
        """Every worker finishes what is under way and ends."""
        for worker in self.all():
            self.dismiss(worker, grace, linger)
        self.serving, self.candidates = [], []

    # What is watched

    def deadlines(self) -> List[float]:
        """Times when `watch` has something to do next."""
        moments = [moment for worker in self.serving if (moment := worker.probes.liveness.due()) is not None]
        moments += [moment for worker in self._probed() if (moment := worker.probes.readiness.due()) is not None]
        if self._next_look is not None and self.serving:
            moments.append(self._next_look)
        return moments

    @property
    def looks(self) -> bool:
        """True if it wakes the parent up again and again."""
        return self._next_look is not None and bool(self.serving)

    def watch(self, now: float) -> None:
        """Pings who is due, kills who does not answer, and looks who has grown too much."""
        for worker in self.serving:
            ping = worker.probes.liveness.act(now)
            if ping == HUNG:
                self._service.log.tell(
                    f"Worker {worker.pid} has not answered {worker.spec.liveness.failure_threshold} times.", "W"
                )
                worker.hung = True
                worker.kill()
            elif ping is not None:
                worker.tell({"ping": ping})
        for worker in self._probed():
            self._watch_readiness(worker, now)
        if self._next_look is not None and now >= self._next_look:
            self._look(now)

    def _probed(self) -> List[WorkerProcess]:
        return [*self.serving, *self.candidates]

    def _watch_readiness(self, worker: WorkerProcess, now: float) -> None:
        ping = worker.probes.readiness.act(now)
        if isinstance(ping, int):
            worker.tell({"ping": -ping})
        elif ping == UNREADY:
            times = worker.spec.readiness.failure_threshold
            self._service.log.tell(
                f"Worker {worker.pid} has not answered its readiness probe {times} times, and gets no requests.", "W"
            )
            worker.tell({"listen": False})
            self.publish()

    def watch_growth(self, worker: WorkerProcess) -> None:
        """A worker has become ready."""
        if worker.growth is not None and worker.growth.warning:
            self._service.log.tell(worker.growth.warning, "W")
        if worker.spec.recycle_megabytes or sys.platform == "linux":
            self._next_look = time.monotonic() + (MEMORY_PERIOD if worker.spec.recycle_megabytes else PERIOD)

    def _look(self, now: float) -> None:
        self._next_look = None
        self._service.limits.look()
        for worker in self.serving:
            if worker.ready and not worker.worn and worker.growth is not None:
                worker.worn = worker.growth.why_recycle() or ""
            self._next_look = now + (MEMORY_PERIOD if worker.spec.recycle_megabytes else PERIOD)

    def worn(self, now: float) -> Optional[WorkerProcess]:
        """Worker whose place a fresh one should take now; None without one."""
        if now < self._no_recycling_until:
            return None
        return next((worker for worker in self.serving if worker.worn and worker.ready), None)

    def recycling_failed(self, now: float) -> None:
        """The next try comes later: what failed just now will hardly work at once."""
        self._no_recycling_until = now + _AFTER_A_FAILURE
        self._next_look = self._no_recycling_until
