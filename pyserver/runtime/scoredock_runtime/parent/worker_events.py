"""Reactions of a parent when one of its workers reports, falls silent or ends, or when its time is over."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional

from scoredock_runtime import contract
from scoredock_runtime.base import diagnosis

if TYPE_CHECKING:
    from scoredock_runtime.parent.live_changes import LiveChanges
    from scoredock_runtime.parent.restarts import RestartSchedule
    from scoredock_runtime.parent.retirement import Retirement
    from scoredock_runtime.parent.rollout import Rollout
    from scoredock_runtime.parent.service import Service
    from scoredock_runtime.parent.worker_pool import WorkerPool
    from scoredock_runtime.parent.worker_process import WorkerProcess
    from scoredock_runtime.template.template_keeper import TemplateKeeper

EXIT_LINGER = 0.8
"""Seconds that a drained worker has for its interpreter's own clean-up (atexit, threads of the script)."""

PROBE_SECONDS = 10.0
"""How long a new worker that says it is ready may take to answer its probe."""

_NEVER = 1e18

Message = Dict[str, Any]


class WorkerMessages:
    """Handlers of the messages of workers. Used by the parent's main thread only."""

    def __init__(
        self,
        service: Service,
        pool: WorkerPool,
        rollout: Rollout,
        restarts: RestartSchedule,
        changes: LiveChanges,
        templates: TemplateKeeper,
    ) -> None:
        self._service = service
        self._pool = pool
        self._rollout = rollout
        self._restarts = restarts
        self._changes = changes
        self._templates = templates
        self._handlers: Dict[str, Callable[[WorkerProcess, Message], None]] = {
            "hello": self._on_hello,
            "debugging": self._on_debugging,
            "script": self._on_script,
            "failed": self._on_failed,
            "closed": self._on_closed,
            "drained": self._on_drained,
            "answered": self._on_answered,
            "requests": self._on_requests,
            "authenticates": self._on_changed,
            "routes": self._on_changed,
            "pong": self._on_pong,
            "recycle": self._on_recycle,
            "stuck": self._on_stuck,
            "exhausted": self._on_exhausted,
            "ready": self._on_ready,
            "unready": self._on_unready,
        }

    def receive(self, worker: WorkerProcess, message: Message) -> None:
        """Acts on a message; one that this parent does not know is left alone."""
        handler = self._handlers.get(str(message.get("event")))
        if handler is not None:
            handler(worker, message)

    def _on_hello(self, worker: WorkerProcess, _: Message) -> None:
        worker.hello = True

    def _on_debugging(self, worker: WorkerProcess, _: Message) -> None:
        if not worker.stopping:
            worker.deadline = None

    def _on_script(self, worker: WorkerProcess, message: Message) -> None:
        worker.script_pid = int(message.get("pid", 0)) or None
        self._pool.publish()

    def _on_failed(self, worker: WorkerProcess, message: Message) -> None:
        worker.failure = diagnosis.failure_of_message(message.get("failure"))

    def _on_closed(self, worker: WorkerProcess, _: Message) -> None:
        self._rollout.left(worker)

    def _on_drained(self, worker: WorkerProcess, _: Message) -> None:
        worker.deadline = min(worker.deadline or _NEVER, time.monotonic() + EXIT_LINGER)

    def _on_answered(self, worker: WorkerProcess, _: Message) -> None:
        worker.answered = True
        self._restarts.was_useful()

    def _on_requests(self, worker: WorkerProcess, message: Message) -> None:
        with contextlib.suppress(KeyError, ValueError, TypeError):
            requests = contract.recent_requests_from(message.get("requests"))
            failed_at, succeeded_at = float(message["failed_at"]), float(message["succeeded_at"])
            self._pool.note_requests(worker, requests, failed_at=failed_at, succeeded_at=succeeded_at)

    def _on_exhausted(self, _: WorkerProcess, message: Message) -> None:
        self._service.limits.note(str(message.get("cause")), str(message.get("message")))

    def _on_changed(self, worker: WorkerProcess, message: Message) -> None:
        self._changes.taken_by(worker, int(message.get("n", 0)))

    def _on_pong(self, worker: WorkerProcess, message: Message) -> None:
        number = int(message.get("n", 0))
        worker.probed = True
        if number >= 0:
            worker.probes.liveness.answered(number)
        elif worker.probes.readiness.answered(-number):
            self._on_passed(worker)
        self._rollout.accept_if_passed()

    def _on_passed(self, worker: WorkerProcess) -> None:
        """It has answered its readiness probe often enough."""
        if not worker.ready:
            self._on_readiness(worker)
            return
        self._service.log.tell(f"Worker {worker.pid} answers its readiness probe again, and gets requests.")
        self._pool.let_in([worker])
        self._pool.publish()

    def _on_recycle(self, worker: WorkerProcess, message: Message) -> None:
        if not worker.stopping:
            worker.worn = str(message.get("why") or "it asked for that")

    def _on_stuck(self, worker: WorkerProcess, message: Message) -> None:
        if not worker.stopping:
            why = message.get("why") or "run() does not come back"
            self._service.log.tell(f"Worker {worker.pid} is killed: {why}.", "W")
            worker.kill()

    def _on_unready(self, worker: WorkerProcess, _: Message) -> None:
        if worker.stopping:
            worker.set_readiness_while_stopping(ready=False)

    def _on_ready(self, worker: WorkerProcess, message: Message) -> None:
        if worker.stopping:
            worker.set_readiness_while_stopping(ready=True)
            return
        worker.has_initialized(time.monotonic())
        self._templates.on_ready(worker.spec, [str(name) for name in message.get("modules") or []])
        if worker.probes.readiness.passed:
            self._on_readiness(worker)

    def _on_readiness(self, worker: WorkerProcess) -> None:
        """It may serve."""
        service, pool = self._service, self._pool
        worker.became_ready(time.monotonic())
        pool.watch_growth(worker)
        how = ", forked" if worker.forked else ""
        service.log.tell(f"Worker {worker.pid} is ready (revision {worker.spec.revision}{how}).")
        if worker in pool.candidates:
            worker.tell({"ping": 0})
            if not worker.debugged:
                worker.deadline = time.monotonic() + PROBE_SECONDS
            self._rollout.accept_if_passed()
            return
        if worker in pool.serving:
            pool.let_in([worker])
        if pool.serving and all(each.ready for each in pool.serving) and self._restarts.next is None:
            service.was_ready = True
            pool.publish(phase=contract.PREPARED if pool.is_closed else contract.READY)


class WorkerEnds:
    """Silence, deadlines and ends of workers, and the start of those that serve. Used by the parent's main thread
    only."""

    def __init__(
        self,
        service: Service,
        pool: WorkerPool,
        rollout: Rollout,
        restarts: RestartSchedule,
        changes: LiveChanges,
        retirement: Retirement,
    ) -> None:
        self._service = service
        self._pool = pool
        self._rollout = rollout
        self._restarts = restarts
        self._changes = changes
        self._retirement = retirement

    def start_serving(self) -> None:
        """Starts one more worker that serves once it is ready."""
        failure = self._pool.start(self._service.spec, self._pool.serving)
        if failure is not None:
            self._on_failed_start(failure, None)

    def start_due(self, now: float) -> None:
        """Starts those that were to start in place of some that have ended."""
        while self._restarts.take_due(now):
            if not self._service.stopping:
                self.start_serving()
                self._pool.publish()

    def meet_deadlines(self, now: float) -> None:
        """Kills whoever takes too long to start, to answer or to end."""
        for worker in self._pool.all():
            if worker.deadline is None or worker.deadline > now:
                continue
            worker.deadline = None
            if worker.ready and not worker.stopping:
                worker.hung = True
            elif not worker.stopping and not worker.closed_channel:
                worker.timed_out = True
                worker.ask_where()
            worker.kill()

    def on_silence(self, worker: WorkerProcess) -> None:
        """Its channel closed while it lives: the script closed descriptors, or it is about to end."""
        worker.closed_channel = True
        worker.deadline = min(worker.deadline or _NEVER, time.monotonic() + EXIT_LINGER)

    def on_end(self, worker: WorkerProcess) -> None:
        """The process of a worker has ended, for whatever reason."""
        pool, rollout = self._pool, self._rollout
        worker.end()
        rollout.left(worker)
        self._changes.ended(worker)
        code = worker.process.returncode
        failure = worker.why_ended(code)
        self._log_end(worker, code)
        if worker in pool.leaving:
            pool.leaving.remove(worker)
            pool.publish()
            self._retirement.end_if_left()
        elif rollout.current and worker in pool.candidates:
            pool.candidates.remove(worker)
            rollout.refuse(rollout.current, failure)
        elif worker in pool.serving:
            pool.serving.remove(worker)
            self._on_end_of_serving(worker, code, failure)

    def _log_end(self, worker: WorkerProcess, code: int) -> None:
        why = diagnosis.exit_sentence(code)
        if code == diagnosis.KILLED and not worker.killed and self._service.limits.killed():
            why += ": there was no memory left for it, and the kernel ended it"
        self._service.log.tell(f"Worker {worker.pid} ended with {why}.", "I" if worker.stopping else "W")

    def _on_end_of_serving(self, worker: WorkerProcess, code: int, failure: contract.Failure) -> None:
        change = self._rollout.current
        if self._service.stopping or (change is not None and change.old is worker):
            return  # a fresh one is on its way already
        if worker.ready or self._service.was_ready:
            self._restarts.on_crash(worker, code, failure)
        else:
            self._on_failed_start(failure, worker)

    def _on_failed_start(self, failure: contract.Failure, worker: Optional[WorkerProcess]) -> None:
        if self._service.was_ready:
            self._restarts.on_crash(worker, 1, failure)
        elif not self._rollout.current:
            # Else a newer revision is on its way already, and that one decides.
            self._service.failure = failure
