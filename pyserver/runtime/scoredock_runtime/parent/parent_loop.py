"""Decisions of the parent of a service, in one loop: workers, reloads, signals, deadlines.

It runs in the main thread on events that threads put in its queue: messages and ends of workers, control requests,
signals, changed files, deadlines. So there are no locks around decisions, and workers are started by the thread whose
end the kernel would report to them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import signal
import socket
import sys
import threading
import time
from queue import Empty
from typing import TYPE_CHECKING, Any, BinaryIO, Callable, Dict, List, Optional

from scoredock_runtime import contract
from scoredock_runtime.base import processes, threads
from scoredock_runtime.base.limits import with_limit
from scoredock_runtime.parent.debug_ports import DebugPorts
from scoredock_runtime.parent.listeners import PortInUse
from scoredock_runtime.parent.live_changes import LiveChanges
from scoredock_runtime.parent.restarts import RestartSchedule
from scoredock_runtime.parent.retirement import Retirement
from scoredock_runtime.parent.rollout import Rollout
from scoredock_runtime.parent.route_changes import RouteChange, forget_other_differences, shares_of
from scoredock_runtime.parent.service import Service
from scoredock_runtime.parent.worker_events import WorkerEnds, WorkerMessages
from scoredock_runtime.parent.worker_pool import WorkerPool

if TYPE_CHECKING:
    from scoredock_runtime.contract_history import Row
    from scoredock_runtime.parent.control_server import ControlServer
    from scoredock_runtime.parent.history import History
    from scoredock_runtime.template.template_keeper import TemplateKeeper

STOP_LINGER = 0.25


class ParentLoop:
    """Built once the sockets and the log are there."""

    def __init__(self, service: Service, listeners: List[socket.socket], templates: TemplateKeeper) -> None:
        self._service = service
        self._templates = templates
        self._debug_ports = DebugPorts()
        self._pool = WorkerPool(service, listeners, templates, self._debug_ports)
        self._restarts = RestartSchedule(service, self._pool)
        self._rollout = Rollout(service, self._pool, self._restarts)
        self._changes = LiveChanges()
        self._retirement = Retirement(service, self._pool, self._rollout, self._restarts, templates)
        self._messages = WorkerMessages(service, self._pool, self._rollout, self._restarts, self._changes, templates)
        self._ends = WorkerEnds(service, self._pool, self._rollout, self._restarts, self._changes, self._retirement)
        self._control: Optional[ControlServer] = None
        self._history: Optional[History] = None
        self._stop_requests: List[threading.Event] = []
        self._handlers = self._event_handlers()

    def _event_handlers(self) -> Dict[str, Callable[[Any, Any], object]]:
        """By the kind of an event; each gets its subject and its detail."""
        return {
            "message": self._messages.receive,
            "ended": lambda worker, _: self._ends.on_end(worker),
            "silent": lambda worker, _: self._ends.on_silence(worker),
            "template": lambda template, message: self._templates.on_message(template, message, self._service.spec),
            "replace": lambda replacement, _: self._rollout.request(replacement),
            "cancel": self._on_cancel,
            "abandoned": lambda replacement, _: self._rollout.abandon(replacement),
            "open": self._on_open,
            "files": lambda _, names: self._rollout.reload_changed(names),
            "authentication": self._on_authentication,
            "routes": self._on_routes,
            "stop": self._on_stop,
            "retire": self._retirement.request,
            "release control": self._on_release_control,
            "child": self._on_child,
            "history": self._on_history,
            "limits": lambda _, __: self._service.limits.look(),
        }

    def hold(self, tether: BinaryIO) -> None:
        """Stop at once when the stream ends."""

        def wait() -> None:
            while tether.read(4096):
                continue
            stop()

        def stop(_: Optional[BaseException] = None) -> None:
            self._service.events.put(("stop", None, 0.0))

        threads.start(wait, name="tether", at_fault=stop)

    # The loop

    def run(self) -> int:
        """0 after a stop, 1 after a failure."""
        self._take_signals()
        service = self._service
        spec = service.spec
        port = int(self._pool.listeners[0].getsockname()[1])
        name = spec.name or "of the command line"
        code = f" with the code {spec.code}" if spec.code else ""
        service.log.tell(f"Service {name} revision {spec.revision}{code} starts on {_place_of(spec, port)}.")
        try:
            self._rollout.follow_files()
            for _ in range(max(1, spec.worker_count)):
                self._ends.start_serving()
            # After the workers, so that they load while this process does.
            control_port = self._open_control(port)
            ports = {"port": port, "control_port": control_port}
            self._pool.publish(phase=contract.STARTING, revision=spec.revision, code=spec.code, **ports)
            self._begin_history()
            self._go_on()
        except PortInUse as fault:
            service.failure = contract.Failure(contract.PORT_IN_USE, str(fault))
        except Exception as fault:
            sentence = with_limit(f"The parent process failed: {fault!r}.", spec.limit_names)
            service.failure = contract.Failure(contract.SERVICE_CRASHED, sentence)
        return self._finish()

    def stay_retired(self, *, control: bool) -> int:
        """Instead of `run`, for a parent that was started again after it had retired: nothing is served."""
        self._take_signals()
        service = self._service
        service.log.tell("The service stays retired: another one serves in its place.")
        try:
            port = self._open_control(0) if control else 0
            self._pool.publish(phase=contract.RETIRED, revision=service.spec.revision, control_port=port)
            self._retirement.stay()
            self._go_on()
        except PortInUse as fault:
            service.failure = contract.Failure(contract.PORT_IN_USE, str(fault))
        return self._finish()

    def _begin_history(self) -> None:
        """A service of the command line has no counters, and nobody who looks."""
        if self._service.spec.metrics or self._service.spec.routes is not None:
            from scoredock_runtime.parent.history import History

            self._history = History(self._service, self._pool)
            self._rollout.on_revision = self._history.begin_revision

    def _open_control(self, port: int) -> int:
        """Its port. Raises PortInUse."""
        from scoredock_runtime.parent.control_requests import ControlRequests
        from scoredock_runtime.parent.control_server import ControlServer

        service = self._service
        requests = ControlRequests(
            service.folder,
            service.events,
            lambda: service.spec,
            lambda: service.status,
            service.log,
            self._debug_ports.tunnels,
        )
        requests.unwritten = self._unwritten
        address = (service.spec.control_host, service.spec.control_port)
        if address[1] and address[1] == port:
            raise PortInUse(f"Port {port} cannot be the service's and its control endpoint's.")
        self._control = ControlServer(lambda: service.spec.nonce, requests.answer, address)
        return int(self._control.port)

    def _go_on(self) -> None:
        service = self._service
        while service.failure is None and not (service.stopping and not self._pool.all()):
            self._step()

    def _step(self) -> None:
        events = self._service.events
        with contextlib.suppress(Empty):
            kind, subject, detail = events.get(timeout=self._patience())
            handler = self._handlers.get(kind)
            if handler is not None:
                handler(subject, detail)
        if events.empty():
            # A message that came in time counts, however late this process comes to it.
            self._meet_deadlines()

    def _patience(self) -> Optional[float]:
        """Seconds until something is due whether anything happens or not; None for never."""
        due = [worker.deadline for worker in self._pool.all()]
        due += [self._restarts.next, self._templates.deadline, self._retirement.due]
        due += [] if self._history is None else [self._history.due()]
        moments = [moment for moment in due if moment is not None] + self._pool.deadlines()
        return max(0.0, min(moments) - time.monotonic()) + 0.001 if moments else None

    def _meet_deadlines(self) -> None:
        now = time.monotonic()
        self._ends.meet_deadlines(now)
        self._retirement.go_on(now)
        self._templates.meet_deadline(now)
        self._pool.watch(now)
        self._ends.start_due(now)
        worn = self._pool.worn(now)
        if worn is not None:
            self._rollout.recycle(worn)
        if self._history is not None:
            self._history.look(now)

    def _take_signals(self) -> None:
        names = ["SIGTERM", "SIGINT"] + ([] if sys.platform == "win32" else ["SIGHUP", "SIGCHLD"])
        events = self._service.events
        for name in names:
            kind = "child" if name == "SIGCHLD" else "stop"
            # SimpleQueue.put may be called from a handler that interrupts another put.
            signal.signal(getattr(signal, name), lambda *_, kind=kind: events.put((kind, None, None)))

    # What is asked

    def _on_cancel(self, completion: threading.Event, revision: int) -> None:
        self._rollout.cancel(revision)
        completion.set()

    def _on_open(self, completion: threading.Event, _: Any) -> None:
        """The port is ours from now on, also after a restart of this process; harmless when it was already."""
        service = self._service
        if service.status.phase == contract.PREPARED and self._pool.is_closed and not service.stopping:
            self._pool.open()
            service.spec = dataclasses.replace(service.spec, bind_late=False)
            service.save_spec()
            service.log.tell("The service takes the requests from now on.")
            self._pool.publish(phase=contract.READY)
        completion.set()

    def _on_authentication(self, completion: threading.Event, keys: contract.Authentication) -> None:
        service = self._service
        service.spec = dataclasses.replace(service.spec, authentication=keys)
        service.save_spec()
        self._changes.begin(completion, {"authentication": dataclasses.asdict(keys)}, self._pool.all())
        self._rollout.use_keys(keys)
        service.log.tell("The keys of the service were changed.")
        self._changes.settle()

    def _on_routes(self, completion: threading.Event, change: RouteChange) -> None:
        """In the spec first: a router that starts from now on goes by it, too."""
        service = self._service
        forget_other_differences(service.folder, service.spec.routes, change.routes)
        service.spec = dataclasses.replace(service.spec, routes=change.routes)
        service.save_spec()
        fields = {"routes": dataclasses.asdict(change.routes), "grace": change.grace}
        self._changes.begin(completion, fields, self._pool.all())
        service.log.tell(f"Requests go to {shares_of(change.routes)}.")
        self._changes.settle()

    def _on_release_control(self, _: Any, __: Any) -> None:
        if self._control is not None:
            self._control.close()
            self._pool.publish(control_port=0)

    def _on_child(self, _: Any, __: Any) -> None:
        """A process has ended whose parent this one is, or has become."""
        pids = [*(worker.pid for worker in self._pool.all()), *self._templates.pids]
        processes.reap_adopted(pids, kill=False)

    def _on_history(self, completion: threading.Event, _: Any) -> None:
        if self._history is not None:
            self._history.watch()
        completion.set()

    def _unwritten(self) -> List[Row]:
        return [] if self._history is None else self._history.unwritten()

    # The end

    def _on_stop(self, completion: Optional[threading.Event], grace: Optional[float]) -> None:
        service = self._service
        if completion is not None:
            self._stop_requests.append(completion)
        seconds = service.spec.stop_grace if grace is None else grace
        if not service.stopping:
            service.stopping = True
            service.log.tell("The service stops.")
            self._pool.close_sockets()
            self._restarts.cancel()
        self._rollout.give_up("The service is stopping.")
        self._pool.dismiss_all(seconds, STOP_LINGER)

    def _finish(self) -> int:
        self._rollout.ignore_files()
        self._rollout.give_up("The service has failed.")
        for worker in self._pool.all():
            worker.end()
        if self._history is not None:
            self._history.end()
        self._templates.close()
        processes.reap_adopted([], kill=True)
        self._pool.close_sockets()
        self._publish_end()
        for done in self._stop_requests:
            done.set()
        self._changes.release()
        self._retirement.release()
        self._service.log.release()
        self._refuse_late_requests()
        if self._control is not None:
            self._control.await_idle(1.0)
        return 0 if self._service.failure is None else 1

    def _publish_end(self) -> None:
        service = self._service
        if service.failure is not None:
            service.log.tell(f"The service failed: {service.failure.message}", "E")
            service.status_file.fail(service.status.revision or service.spec.revision, service.failure)
        elif service.status.phase == contract.RETIRED:
            service.log.tell("The retired service has stopped.")  # and stays retired, should it be started again
        else:
            service.log.tell("The service has stopped.")
            service.status_file.publish(phase=contract.STOPPED, worker_pids=[], script_pids=[], control_port=0)

    def _refuse_late_requests(self) -> None:
        """Refuse what was asked while the end was decided already."""
        events = self._service.events
        while not events.empty():
            kind, subject, _detail = events.get()
            if kind == "replace":
                subject.decide(409, json.dumps({"error": "The service has ended."}))
            elif (
                kind in ("stop", "authentication", "routes", "retire", "cancel", "open", "history")
                and subject is not None
            ):
                subject.set()


def _place_of(spec: contract.ServiceSpec, port: int) -> str:
    """A service that listens everywhere does so in a container, of which only what is published can be reached."""
    contained = spec.name and spec.host == "0.0.0.0"  # noqa: S104 (only compared)
    return f"port {port} of its container" if contained else f"{spec.host}:{port}"
