"""What the parent of a service decides, in one loop.

It runs in the main thread on events that threads put in its queue: messages and ends of workers, control requests,
signals, changed files, deadlines. So there are no locks around decisions, and workers are started by the thread whose
end the kernel would report to them.
"""

from __future__ import annotations

import contextlib
import gc
import json
import signal
import sys
import threading
import time
from queue import Empty
from typing import Any, BinaryIO, Dict, Optional

from scoredock_runtime import contract
from scoredock_runtime.base import diagnosis, processes
from scoredock_runtime.parent.listeners import PortInUse
from scoredock_runtime.parent.replacement import RECYCLING, Replacement
from scoredock_runtime.parent.retirement import Retirement
from scoredock_runtime.parent.succession import REPLACE_LINGER, Succession
from scoredock_runtime.parent.worker_process import WorkerProcess

EXIT_LINGER = 0.8
"""Seconds that a drained worker has for its interpreter's own clean-up (atexit, threads of the script)."""

STOP_LINGER = 0.25

PROBE_SECONDS = 10.0
"""How long a new worker that says it is ready may take to answer its probe."""


class ParentLoop(Succession):
    """Built once the sockets and the log are there."""

    def hold(self, tether: BinaryIO) -> None:
        """Stop at once when the stream ends."""

        def wait() -> None:
            while tether.read(4096):
                continue
            self.events.put(("stop", None, 0.0))

        threading.Thread(target=wait, name="tether", daemon=True).start()

    # The loop

    def run(self) -> int:
        """0 after a stop, 1 after a failure."""
        self._take_signals()
        port = int(self.listeners[0].getsockname()[1])
        name = self.spec.name or "of the command line"
        self.log.tell(f"Service {name} revision {self.spec.revision} starts on {_told_place(self.spec, port)}.")
        try:
            self._files.follow(self.spec)
            for _ in range(max(1, self.spec.worker_count)):
                self._start_serving()
            # After the workers, so that they load while this process does.
            told = self._open_control(port)
            self._tell(phase=contract.STARTING, revision=self.spec.revision, port=port, control_port=told)
            self._go_on()
        except PortInUse as fault:
            self.failure = contract.Failure(contract.PORT_IN_USE, str(fault))
        except Exception as fault:
            self.failure = contract.Failure(contract.SERVICE_CRASHED, f"The parent process failed: {fault!r}.")
        return self._finish()

    def stay_retired(self, *, control: bool) -> int:
        """Instead of `run`, for a parent that was started again after it had retired: nothing is served."""
        self._take_signals()
        self.log.tell("The service stays retired: another one serves in its place.")
        try:
            port = self._open_control(0) if control else 0
            self._tell(phase=contract.RETIRED, revision=self.spec.revision, control_port=port)
            self.retirement = Retirement(0.0)
            self.retirement.end()
            self._go_on()
        except PortInUse as fault:
            self.failure = contract.Failure(contract.PORT_IN_USE, str(fault))
        return self._finish()

    def _open_control(self, port: int) -> int:
        from scoredock_runtime.parent.control_requests import ControlRequests
        from scoredock_runtime.parent.control_server import ControlServer

        requests = ControlRequests(
            self.folder, self.events, lambda: self.spec, lambda: self.teller.status, self.log, self.debug_tunnels
        )
        address = (self.spec.control_host, self.spec.control_port)
        if address[1] and address[1] == port:
            raise PortInUse(f"Port {port} cannot be the service's and its control endpoint's.")
        self._control = ControlServer(lambda: self.spec.nonce, requests.answer, address)
        return int(self._control.port)

    def _go_on(self) -> None:
        while not self._is_over():
            self._step()

    def _is_over(self) -> bool:
        return self.failure is not None or (self.stopping and not self.crew.all())

    def _step(self) -> None:
        with contextlib.suppress(Empty):
            kind, subject, detail = self.events.get(timeout=self._patience())
            if kind == "message":
                self._on_message(subject, detail)
            elif kind == "ended":
                self._on_end(subject)
            elif kind == "silent":
                self._on_silence(subject)
            elif kind == "template":
                self.templates.on_message(subject, detail, self.spec)
            elif kind == "replace":
                self._on_replace(subject)
            elif kind == "cancel":
                self._on_cancel(subject, detail)
            elif kind == "abandoned":
                self._on_abandoned(subject)
            elif kind == "open":
                self._on_open(subject)
            elif kind == "files":
                self._on_files(detail)
            elif kind == "authentication":
                self._on_authentication(subject, detail)
            elif kind == "stop":
                self._on_stop(subject, detail)
            elif kind == "retire":
                self._on_retire(subject, detail)
            elif kind == "release control" and self._control is not None:
                self._control.close()
                self._tell(control_port=0)
            elif kind == "child":
                known = [*(worker.pid for worker in self.crew.all()), *self.templates.pids]
                processes.reap_adopted(known, kill=False)
        if self.events.empty():
            # What was told in time counts, however late this process comes to it.
            self._meet_deadlines()

    def _patience(self) -> Optional[float]:
        moments = [worker.deadline for worker in self.crew.all() if worker.deadline is not None] + self.restart_at
        moments += self.crew.deadlines()
        if self.templates.deadline is not None:
            moments.append(self.templates.deadline)
        if self.retirement is not None and not self.retirement.closed:
            moments.append(self.retirement.due)
        return max(0.0, min(moments) - time.monotonic()) + 0.001 if moments else None

    def _meet_deadlines(self) -> None:
        now = time.monotonic()
        for worker in self.crew.all():
            if worker.deadline is None or worker.deadline > now:
                continue
            worker.deadline = None
            if worker.ready and not worker.stopping:
                worker.hung = True
            elif not worker.stopping and not worker.closed_channel:
                worker.timed_out = True
                worker.ask_where()
            worker.kill()
        self._go_on_retiring(now)
        self.templates.meet_deadline(now)
        self.crew.watch(now)
        while self.restart_at and self.restart_at[0] <= now:
            self.restart_at.pop(0)
            if not self.stopping:
                self._start_serving()
                self._tell()
        worn = self.crew.worn(now)
        if worn is not None and self.replacement is None and not self.stopping and self.retirement is None:
            self.log.tell(f"Worker {worn.pid} is replaced by a fresh one: {worn.worn}.")
            self._begin(Replacement(self.spec, RECYCLING, worn))

    def _take_signals(self) -> None:
        names = ["SIGTERM", "SIGINT"] + ([] if sys.platform == "win32" else ["SIGHUP", "SIGCHLD"])
        for name in names:
            kind = "child" if name == "SIGCHLD" else "stop"
            # SimpleQueue.put may be called from a handler that interrupts another put.
            signal.signal(getattr(signal, name), lambda *_, kind=kind: self.events.put((kind, None, None)))

    # Workers

    def _start_serving(self) -> None:
        failure = self._start(self.spec, self.crew.serving)
        if failure is not None:
            self._on_failed_start(failure, None)

    def _on_message(self, worker: WorkerProcess, message: Dict[str, Any]) -> None:
        event = message.get("event")
        if event == "hello":
            worker.hello = True
        elif event == "debugging" and not worker.stopping:
            worker.deadline = None
        elif event == "failed":
            worker.failure = diagnosis.told_failure(message.get("failure"))
        elif event == "closed":
            self._left(worker)
        elif event == "drained":
            worker.deadline = min(worker.deadline or 1e18, time.monotonic() + EXIT_LINGER)
        elif event == "answered":
            worker.answered = True
            self.restarts.clear()
        elif event == "authenticates":
            self._on_keys_taken(worker, int(message.get("n", 0)))
        elif event == "pong":
            worker.pulse.answered(int(message.get("n", 0)))
            worker.probed = True
            self._move_if_passed()
        elif event == "recycle" and not worker.stopping:
            worker.worn = str(message.get("why") or "it asked for that")
        elif event == "stuck" and not worker.stopping:
            self.log.tell(f"Worker {worker.pid} is killed: {message.get('why') or 'run() does not come back'}.", "W")
            worker.kill()
        elif event in ("ready", "unready") and worker.stopping:
            worker.told_while_stopping(ready=event == "ready")
        elif event == "ready":
            self._on_ready(worker, message)

    def _on_ready(self, worker: WorkerProcess, message: Dict[str, Any]) -> None:
        worker.became_ready(time.monotonic())
        self.crew.watch_growth(worker)
        how = ", forked" if worker.forked else ""
        self.log.tell(f"Worker {worker.pid} is ready (revision {worker.spec.revision}{how}).")
        self.templates.on_ready(worker.spec, [str(name) for name in message.get("modules") or []])
        if worker in self.crew.candidates:
            worker.tell({"ping": 0})
            if not worker.debugged:
                worker.deadline = time.monotonic() + PROBE_SECONDS
            self._move_if_passed()
        elif self.crew.serving and all(each.ready for each in self.crew.serving) and not self.restart_at:
            self.was_ready = True
            self._tell(phase=contract.PREPARED if self.crew.is_closed else contract.READY)

    def _move_if_passed(self) -> None:
        replacement = self.replacement
        if replacement is not None and replacement.passed():
            for worker in replacement.workers:
                worker.deadline = None
            self._accept(replacement)

    def _on_silence(self, worker: WorkerProcess) -> None:
        """Its channel closed while it lives: the script closed descriptors, or it is about to end."""
        worker.closed_channel = True
        worker.deadline = min(worker.deadline or 1e18, time.monotonic() + EXIT_LINGER)

    def _on_end(self, worker: WorkerProcess) -> None:
        worker.end()
        self._left(worker)
        self._on_end_of(worker)
        code = worker.process.returncode
        failure = worker.why_ended(code)
        why = diagnosis.exit_sentence(code)
        if code == diagnosis.KILLED and not worker.killed and self.memory_ends.another():
            why += ": there was no memory left for it, and the kernel ended it"
        self.log.tell(f"Worker {worker.pid} ended with {why}.", "I" if worker.stopping else "W")
        if worker in self.crew.leaving:
            self.crew.leaving.remove(worker)
            self._tell()
            self._end_retiring()
        elif self.replacement and worker in self.crew.candidates:
            self.crew.candidates.remove(worker)
            self._refuse(self.replacement, failure)
        elif worker in self.crew.serving:
            self.crew.serving.remove(worker)
            if self.stopping or (self.replacement is not None and self.replacement.old is worker):
                return  # a fresh one is on its way already
            if worker.ready or self.was_ready:
                self._on_crash(worker, code, failure)
            else:
                self._on_failed_start(failure, worker)

    def _on_failed_start(self, failure: contract.Failure, worker: Optional[WorkerProcess]) -> None:
        if self.was_ready:
            self._on_crash(worker, 1, failure)
        elif not self.replacement:
            # Else a newer revision is on its way already, and that one decides.
            self.failure = failure

    # Retiring

    def _on_retire(self, done: threading.Event, grace: float) -> None:
        if self.retirement is not None:
            self.retirement.join(done)
        elif self.stopping:
            done.set()
        else:
            self.retirement = Retirement(grace)
            self.retirement.join(done)
            self._give_up_replacement("The service has retired.")
            for worker in self.crew.candidates:
                self.crew.dismiss(worker, 0.0, 0.0)
            self.crew.candidates = []
            self._files.end()
            self.retirement.begin(self.listeners, time.monotonic())
            self.log.tell("The service retires: another one serves in its place.")

    def _go_on_retiring(self, now: float) -> None:
        retirement = self.retirement
        if retirement is None or retirement.closed or self.stopping or now < retirement.due:
            return
        if any(worker.ready for worker in self.crew.serving) and not retirement.may_close(self.listeners, now):
            return
        retirement.closed = True
        self.restart_at = []
        for worker in self.crew.all():
            self.crew.dismiss(worker, retirement.grace, REPLACE_LINGER)
        self.crew.serving, self.crew.candidates = [], []
        for listener in self.listeners:
            listener.close()
        self._end_retiring()

    def _end_retiring(self) -> None:
        retirement = self.retirement
        if retirement is None or not retirement.closed or retirement.over or self.crew.all() or self.stopping:
            return
        self.templates.close()
        processes.reap_adopted([], kill=True)
        self.log.tell("The service has retired.")
        self._tell(phase=contract.RETIRED)
        retirement.end()
        gc.collect()

    # The end

    def _on_stop(self, done: Optional[threading.Event], grace: Optional[float]) -> None:
        if done is not None:
            self.waiting.append(done)
        seconds = self.spec.stop_grace if grace is None else grace
        if not self.stopping:
            self.stopping = True
            self.log.tell("The service stops.")
            for listener in self.listeners:
                listener.close()
            self.restart_at = []
        self._give_up_replacement("The service is stopping.")
        for worker in self.crew.all():
            self.crew.dismiss(worker, seconds, STOP_LINGER)
        self.crew.serving, self.crew.candidates = [], []

    def _finish(self) -> int:
        self._files.end()
        self._give_up_replacement("The service has failed.")
        for worker in self.crew.all():
            worker.end()
        self.templates.close()
        processes.reap_adopted([], kill=True)
        for listener in self.listeners:
            listener.close()
        if self.failure is not None:
            self.log.tell(f"The service failed: {self.failure.message}", "E")
            self.teller.fail(self.teller.status.revision or self.spec.revision, self.failure)
        elif self.teller.status.phase == contract.RETIRED:
            self.log.tell("The retired service has stopped.")  # and stays retired, should it be started again
        else:
            self.log.tell("The service has stopped.")
            self.teller.tell(phase=contract.STOPPED, worker_pids=[], control_port=0)
        for done in [*self.waiting, *(change.done for change in self._key_changes.values())]:
            done.set()
        if self.retirement is not None:
            self.retirement.end()
        self.log.release()
        self._refuse_late_requests()
        if self._control is not None:
            self._control.await_idle(1.0)
        return 0 if self.failure is None else 1

    def _refuse_late_requests(self) -> None:
        """What was asked while the end was decided already."""
        while not self.events.empty():
            kind, subject, _detail = self.events.get()
            if kind == "replace":
                subject.decide(409, json.dumps({"error": "The service has ended."}))
            elif kind in ("stop", "authentication", "retire", "cancel", "open") and subject is not None:
                subject.set()


def _told_place(spec: contract.ServiceSpec, port: int) -> str:
    """A service that listens everywhere does so in a container, of which only what is published can be reached."""
    contained = spec.name and spec.host == "0.0.0.0"  # noqa: S104 (it is only told)
    return f"port {port} of its container" if contained else f"{spec.host}:{port}"
