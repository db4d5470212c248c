"""The parent of a service: holds the socket, starts and replaces workers, tells the status. No user code runs here.

One loop in the main thread decides everything, on events that threads put in its queue: messages and ends of workers,
control requests, signals, deadlines. So there are no locks around decisions, and workers are started by the thread
whose end the kernel would report to them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import sys
import threading
import time
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, Callable, Dict, List, Optional, Tuple

from scoredock_runtime import contract, diagnosis, processes
from scoredock_runtime.files import replace_text
from scoredock_runtime.listening import PortInUse, listen
from scoredock_runtime.lock import take
from scoredock_runtime.log_file import LogWriter
from scoredock_runtime.packaged import completed
from scoredock_runtime.replacement import Replacement
from scoredock_runtime.worker_process import Event, WorkerProcess

EXIT_LINGER = 0.8
"""Seconds that a drained worker has for its interpreter's own clean-up (atexit, threads of the script)."""

REPLACE_LINGER = 1.5
"""Seconds in which a replaced worker answers on connections it has, telling clients to come back on a new one."""

STOP_LINGER = 0.25


def serve(folder: str) -> int:
    """The parent in the foreground, where its log is printed. 0 after a stop, 1 after a failure.

    What the spec leaves open is filled in first (see packaged.py).
    """

    def first(text: str) -> None:
        failure = contract.status_from_json(text).failure
        if failure is not None:
            print(failure.message, file=sys.stderr, flush=True)

    return run(os.path.abspath(folder), first, foreground=True)


def run(
    folder: str, first_status: Callable[[str], None], *, foreground: bool = False, tether: Optional[BinaryIO] = None
) -> int:
    """The parent's whole life. `first_status` is called once, with the JSON of the first status; with the end of
    `tether` everything ends."""
    told = _Teller(folder, first_status, processes.start_time(os.getpid()))
    try:
        lock = take(folder)
        if lock is None:
            told.refuse("Another parent process runs this service already.")
            return 1
        spec = _read_spec(os.path.join(folder, contract.SPEC_FILE))
        if foreground:
            spec = completed(spec, folder)
    except (OSError, ValueError) as fault:
        told.fail(0, contract.Failure(contract.SERVICE_CRASHED, f"{contract.SPEC_FILE} cannot be read: {fault}."))
        return 1
    # Of a former parent that was killed: its workers end by themselves, what their scripts had started may not have.
    processes.end_marked(f"{folder}#")
    try:
        listener = listen(spec.host, spec.port, told.previous_port)
    except PortInUse as fault:
        told.fail(spec.revision, contract.Failure(contract.PORT_IN_USE, str(fault)))
        return 1
    try:
        shown = sys.stdout.buffer if foreground and sys.stdout is not None else None
        log = LogWriter(os.path.join(folder, contract.LOG_FOLDER), spec.log_file_bytes, spec.log_file_count, shown)
    except OSError as fault:
        listener.close()
        told.fail(spec.revision, contract.Failure(contract.SERVICE_CRASHED, f"The log cannot be written: {fault}."))
        return 1
    try:
        parent = Parent(folder, spec, listener, log, told)
        if tether is not None:
            parent.hold(tether)
        return parent.run()
    finally:
        log.close()
        os.close(lock)


def _read_spec(path: str) -> contract.ServiceSpec:
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    try:
        spec = contract.spec_from_json(text)
    except TypeError as fault:
        raise ValueError(str(fault)) from None
    if spec.contract_version > contract.CONTRACT_VERSION:
        raise ValueError(f"it is of version {spec.contract_version}, this runtime knows {contract.CONTRACT_VERSION}")
    if spec.host.startswith("["):
        spec = dataclasses.replace(spec, host=spec.host.strip("[]"))
    return spec


class _Teller:
    """Writes the status file and remembers what it says."""

    def __init__(self, folder: str, first_status: Callable[[str], None], parent_started: float) -> None:
        self._path = os.path.join(folder, contract.STATUS_FILE)
        self._first: Optional[Callable[[str], None]] = first_status
        self.previous_port = _previous_port(self._path)
        self.status = contract.ServiceStatus(
            phase=contract.STARTING,
            revision=0,
            parent_pid=os.getpid(),
            parent_started=parent_started,
            port=self.previous_port,
            since=time.time(),
        )

    def tell(self, **changes: Any) -> None:
        """Publishes the status with the changes; `since` follows the phase."""
        if changes.get("phase", self.status.phase) != self.status.phase:
            changes.setdefault("since", time.time())
        self.status = dataclasses.replace(self.status, **changes)
        text = contract.to_json(self.status)
        # On a full disk the control endpoint still knows, and the next change writes again.
        with contextlib.suppress(OSError):
            replace_text(self._path, text + "\n")
        if self._first is not None:
            first, self._first = self._first, None
            first(text)

    def refuse(self, sentence: str) -> None:
        """Tells the caller only: the status file belongs to the parent that runs."""
        failure = contract.Failure(contract.SERVICE_CRASHED, sentence)
        if self._first is not None:
            self._first(contract.to_json(dataclasses.replace(self.status, phase=contract.FAILED, failure=failure)))

    def fail(self, revision: int, failure: contract.Failure) -> None:
        """The last status of a service that does not run."""
        self.tell(phase=contract.FAILED, revision=revision, failure=failure, worker_pids=[], control_port=0)


def _previous_port(path: str) -> int:
    try:
        with open(path, encoding="utf-8") as stream:
            return contract.status_from_json(stream.read()).port
    except (OSError, ValueError, TypeError):
        return 0


class Parent:
    """Built once the socket and the log are there."""

    def __init__(self, folder: str, spec: contract.ServiceSpec, listener: Any, log: LogWriter, teller: _Teller) -> None:
        self.folder = folder
        self.spec = spec
        self.listener = listener
        self.log = log
        self.teller = teller
        self.events: SimpleQueue[Event] = SimpleQueue()
        self.workers: List[WorkerProcess] = []
        self.draining: List[WorkerProcess] = []
        self.replacement: Optional[Replacement] = None
        self.accepted: Optional[Replacement] = None
        self.was_ready = False
        self.stopping = False
        self.stop_requests: List[threading.Event] = []
        self.failure: Optional[contract.Failure] = None
        self.crashes: List[float] = []
        self.restart_at: List[float] = []
        self._started = 0
        self._control: Any = None

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
        port = int(self.listener.getsockname()[1])
        self.log.tell(f"Service {self.spec.name} revision {self.spec.revision} starts on {self.spec.host}:{port}.")
        try:
            for _ in range(max(1, self.spec.worker_count)):
                self._start_worker(self.spec, self.workers)
            # After the workers, so that they load while this process does.
            from scoredock_runtime.control import ControlServer

            self._control = ControlServer(lambda: self.spec.nonce, self._on_control)
            processes.become_subreaper()
            self._tell(phase=contract.STARTING, revision=self.spec.revision, port=port, control_port=self._control.port)
            while not self._is_over():
                self._step()
        except Exception as fault:
            self.failure = contract.Failure(contract.SERVICE_CRASHED, f"The parent process failed: {fault!r}.")
        return self._finish()

    def _is_over(self) -> bool:
        if self.failure is not None:
            return True
        return self.stopping and not self.workers and not self.draining

    def _step(self) -> None:
        try:
            kind, subject, detail = self.events.get(timeout=self._patience())
        except Empty:
            self._meet_deadlines()
            return
        if kind == "message":
            self._on_message(subject, detail)
        elif kind == "ended":
            self._on_end(subject)
        elif kind == "silent":
            self._on_silence(subject)
        elif kind == "replace":
            self._on_replace(subject)
        elif kind == "stop":
            self._on_stop(subject, detail)
        elif kind == "child":
            known = [worker.pid for worker in self._all()]
            processes.reap_adopted(known, kill=False)
        self._meet_deadlines()

    def _all(self) -> List[WorkerProcess]:
        candidates = self.replacement.workers if self.replacement else []
        return [*self.workers, *candidates, *self.draining]

    def _patience(self) -> Optional[float]:
        moments = [worker.deadline for worker in self._all() if worker.deadline is not None] + self.restart_at
        return max(0.0, min(moments) - time.monotonic()) + 0.001 if moments else None

    def _meet_deadlines(self) -> None:
        now = time.monotonic()
        for worker in self._all():
            if worker.deadline is None or worker.deadline > now:
                continue
            worker.deadline = None
            if not worker.ready and not worker.stopping and not worker.closed_channel:
                worker.timed_out = True
                worker.ask_where()
            worker.killed = True
            worker.process.kill()
        while self.restart_at and self.restart_at[0] <= now:
            self.restart_at.pop(0)
            if not self.stopping:
                self._start_worker(self.spec, self.workers)
                self._tell()

    def _take_signals(self) -> None:
        names = ["SIGTERM", "SIGINT"] + ([] if sys.platform == "win32" else ["SIGHUP", "SIGCHLD"])
        for name in names:
            kind = "child" if name == "SIGCHLD" else "stop"
            # SimpleQueue.put may be called from a handler that interrupts another put.
            signal.signal(getattr(signal, name), lambda *_, kind=kind: self.events.put((kind, None, None)))

    # Workers

    def _start_worker(self, spec: contract.ServiceSpec, into: List[WorkerProcess]) -> None:
        self._started += 1
        try:
            worker = WorkerProcess(spec, self._started, self.folder, self.listener, self.events, self.log)
        except (OSError, ValueError) as fault:
            failure = contract.Failure(contract.SERVICE_CRASHED, f"{spec.python} could not be started: {fault}.")
            self._on_failed_start(failure, None, into)
            return
        into.append(worker)

    def _on_message(self, worker: WorkerProcess, message: Dict[str, Any]) -> None:
        event = message.get("event")
        if event == "hello":
            worker.hello = True
        elif event == "debugging" and not worker.stopping:
            worker.deadline = None
        elif event == "failed":
            worker.failure = _failure(message.get("failure"))
        elif event == "closed":
            self._left(worker)
        elif event == "drained":
            worker.deadline = min(worker.deadline or 1e18, time.monotonic() + EXIT_LINGER)
        elif event == "ready" and not worker.stopping:
            worker.ready = True
            worker.deadline = None
            self.log.tell(f"Worker {worker.pid} is ready (revision {worker.spec.revision}).")
            replacement = self.replacement
            if replacement and worker in replacement.workers:
                if all(each.ready for each in replacement.workers):
                    self._accept(replacement)
            elif self.workers and all(each.ready for each in self.workers) and not self.restart_at:
                self.was_ready = True
                self._tell(phase=contract.READY)

    def _on_silence(self, worker: WorkerProcess) -> None:
        """Its channel closed while it lives: the script closed descriptors, or it is about to end."""
        worker.closed_channel = True
        worker.deadline = min(worker.deadline or 1e18, time.monotonic() + EXIT_LINGER)

    def _on_end(self, worker: WorkerProcess) -> None:
        worker.end()
        self._left(worker)
        code = worker.process.returncode
        failure = self._reason(worker, code)
        self.log.tell(
            f"Worker {worker.pid} ended with {diagnosis.exit_sentence(code)}.", "I" if worker.stopping else "W"
        )
        if worker in self.draining:
            self.draining.remove(worker)
            self._tell()
        elif self.replacement and worker in self.replacement.workers:
            self.replacement.workers.remove(worker)
            self._refuse(self.replacement, failure)
        elif worker in self.workers:
            self.workers.remove(worker)
            if self.stopping:
                return
            if worker.ready or self.was_ready:
                self._on_crash(worker, code, failure)
            else:
                self._on_failed_start(failure, worker, self.workers)

    def _reason(self, worker: WorkerProcess, code: int) -> contract.Failure:
        tail = worker.tail()
        if worker.failure is not None:
            return dataclasses.replace(worker.failure, log_lines=tail)
        if worker.timed_out:
            return diagnosis.start_timed_out(worker.spec, tail)
        if worker.closed_channel and worker.killed:
            code = diagnosis.CLOSED_DESCRIPTORS
        return diagnosis.ended_before_ready(code, worker.hello, worker.spec, tail)

    def _on_failed_start(
        self, failure: contract.Failure, worker: Optional[WorkerProcess], group: List[WorkerProcess]
    ) -> None:
        if self.replacement and group is self.replacement.workers:
            self._refuse(self.replacement, failure)
        elif self.was_ready:
            self._on_crash(worker, 1, failure)
        elif not self.replacement:
            # Else a newer revision is on its way already, and that one decides.
            self.failure = failure

    def _on_crash(self, worker: Optional[WorkerProcess], code: int, failure: contract.Failure) -> None:
        now = time.monotonic()
        self.crashes = [moment for moment in self.crashes if now - moment < self.spec.restart_window] + [now]
        if len(self.crashes) > self.spec.restart_limit:
            started = failure if worker is None or not worker.ready else None
            tail = worker.tail() if worker else []
            self.failure = diagnosis.crashed_too_often(len(self.crashes), self.spec.restart_window, code, started, tail)
            return
        # At once the first time, then 1, 2, 4 … 60 seconds: a service that merely stumbled is back before anyone waits.
        delay = 0.0 if len(self.crashes) == 1 else min(60.0, 2.0 ** (len(self.crashes) - 2))
        self.restart_at = sorted([*self.restart_at, now + delay])
        self.log.tell(f"A new worker starts in {delay:g} seconds.", "W")
        self._tell(phase=contract.STARTING, restarts=self.teller.status.restarts + 1)

    # Replacing

    def _on_replace(self, replacement: Replacement) -> None:
        if self.stopping or self.replacement is not None:
            why = "The service is stopping." if self.stopping else "Another replacement is under way."
            replacement.decide(409, json.dumps({"error": why}))
            return
        self.replacement = replacement
        self.log.tell(f"Revision {replacement.spec.revision} starts beside revision {self.spec.revision}.")
        for _ in range(max(1, replacement.spec.worker_count)):
            if self.replacement is replacement:
                self._start_worker(replacement.spec, replacement.workers)
        self._tell()

    def _accept(self, replacement: Replacement) -> None:
        old, self.workers = self.workers, replacement.workers
        self.replacement = None
        self.spec = replacement.spec
        self.was_ready = True
        self.restart_at, self.crashes = [], []
        self.accepted = replacement
        replacement.leaving = [worker for worker in old if worker.ready]
        for worker in old:
            self.draining.append(worker)
            worker.drain(worker.spec.stop_grace if worker.ready else 0.0, REPLACE_LINGER)
        target = os.path.join(self.folder, contract.SPEC_FILE)
        try:
            replace_text(target, contract.to_json(replacement.spec) + "\n")
        except OSError as fault:
            self.log.tell(f"{contract.SPEC_FILE} could not be written: {fault}.", "E")
        self.log.tell(f"Revision {self.spec.revision} serves.")
        self._tell(phase=contract.READY, revision=self.spec.revision, failure=None, failed_revision=0)
        replacement.decide(200, contract.to_json(self.teller.status))

    def _refuse(self, replacement: Replacement, failure: contract.Failure) -> None:
        self.replacement = None
        for worker in replacement.workers:
            self.draining.append(worker)
            worker.drain(0.0, 0.0)
        self.log.tell(f"Revision {replacement.spec.revision} failed: {failure.message}", "E")
        if not self.workers and not self.restart_at:
            self.failure = failure
        self._tell(failure=failure, failed_revision=replacement.spec.revision)
        replacement.decide(200, contract.to_json(self.teller.status))

    def _left(self, worker: WorkerProcess) -> None:
        """It takes no new connections any more."""
        if self.accepted is not None:
            self.accepted.left(worker)

    # Control requests; these run in threads of the control server

    def _on_control(self, route: str, body: Dict[str, Any]) -> Tuple[int, str]:
        if route == "replace":
            return self._control_replace(body)
        if route == "stop":
            grace = body.get("grace", self.spec.stop_grace)
            if isinstance(grace, bool) or not isinstance(grace, (int, float)) or not 0 <= grace <= 86400:
                return 400, json.dumps({"error": "grace is a number of seconds between 0 and 86400."})
            done = threading.Event()
            self.events.put(("stop", done, float(grace)))
            done.wait()
        return 200, contract.to_json(self.teller.status)

    def _control_replace(self, body: Dict[str, Any]) -> Tuple[int, str]:
        path = body.get("spec")
        if not isinstance(path, str) or not os.path.isabs(path):
            return 400, json.dumps({"error": "spec is the absolute path of a spec.json."})
        try:
            spec = _read_spec(path)
        except (OSError, ValueError) as fault:
            return 422, json.dumps({"error": f"{path} cannot be read: {fault}."})
        if spec.port not in (0, self.teller.status.port) or spec.host != self.spec.host:
            return 422, json.dumps(
                {"error": "Address and port hold for the life of a service; stop it to change them."}
            )
        replacement = Replacement(spec, path)
        self.events.put(("replace", replacement, None))
        return replacement.wait()

    # The end

    def _on_stop(self, done: Optional[threading.Event], grace: Optional[float]) -> None:
        if done is not None:
            self.stop_requests.append(done)
        seconds = self.spec.stop_grace if grace is None else grace
        if not self.stopping:
            self.stopping = True
            self.log.tell("The service stops.")
            self.listener.close()
            self.restart_at = []
        if self.replacement is not None:
            replacement, self.replacement = self.replacement, None
            self.draining += replacement.workers
            replacement.decide(409, json.dumps({"error": "The service is stopping."}))
        self.draining, self.workers = [*self.draining, *self.workers], []
        for worker in self.draining:
            worker.drain(seconds if worker.ready else 0.0, STOP_LINGER)

    def _finish(self) -> int:
        if self.replacement is not None:
            self.replacement.decide(409, json.dumps({"error": "The service has failed."}))
        for worker in self._all():
            worker.end()
        processes.reap_adopted([], kill=True)
        self.listener.close()
        if self.failure is not None:
            self.log.tell(f"The service failed: {self.failure.message}", "E")
            self.teller.fail(self.teller.status.revision or self.spec.revision, self.failure)
        else:
            self.log.tell("The service has stopped.")
            self.teller.tell(phase=contract.STOPPED, worker_pids=[], control_port=0)
        for done in self.stop_requests:
            done.set()
        if self._control is not None:
            self._control.await_idle(1.0)
        return 0 if self.failure is None else 1

    def _tell(self, **changes: Any) -> None:
        self.teller.tell(worker_pids=[worker.pid for worker in self._all()], **changes)


def _failure(raw: Any) -> Optional[contract.Failure]:
    if not isinstance(raw, dict):
        return None
    try:
        status = {"phase": "", "revision": 0, "parent_pid": 0, "parent_started": 0.0, "failure": raw}
        return contract.status_from_json(json.dumps(status)).failure
    except (ValueError, TypeError):
        return None
