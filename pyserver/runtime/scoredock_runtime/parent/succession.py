"""What a parent decides about its workers: the ones that serve, those that are to follow, and the restarts of crashed ones.

Used by the parent's main thread only, on the events of its loop (parent_loop.py).
"""

from __future__ import annotations

import dataclasses
import json
import socket
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Set

from scoredock_runtime import contract
from scoredock_runtime.base import diagnosis
from scoredock_runtime.log.log_writer import LogWriter
from scoredock_runtime.parent.file_watch import Follower
from scoredock_runtime.parent.oom_kills import MemoryEnds
from scoredock_runtime.parent.replacement import RECYCLING, RELOAD, REVISION, Replacement
from scoredock_runtime.parent.restarts import Restarts
from scoredock_runtime.parent.retirement import Retirement
from scoredock_runtime.parent.worker_pool import Crew
from scoredock_runtime.parent.worker_process import Event, WorkerProcess
from scoredock_runtime.service_folder.spec_file import write_spec
from scoredock_runtime.service_folder.status_file import Teller
from scoredock_runtime.template.template_keeper import TemplateKeeper

if TYPE_CHECKING:
    from scoredock_runtime.parent.debug_tunnel import DebugTunnels

REPLACE_LINGER = 1.5
"""Seconds in which a replaced worker answers on connections it has, telling clients to come back on a new one."""


@dataclasses.dataclass(frozen=True)
class KeyChange:
    """New keys that were told to the workers."""

    done: threading.Event
    waited_for: Set[WorkerProcess]
    """Those that could let somebody in by the old keys still."""


class Succession:
    """Built once the sockets and the log are there."""

    def __init__(
        self,
        folder: str,
        spec: contract.ServiceSpec,
        listeners: List[socket.socket],
        log: LogWriter,
        teller: Teller,
        events: SimpleQueue[Event],
        templates: TemplateKeeper,
    ) -> None:
        self.folder = folder
        self.spec = spec
        self.listeners = listeners
        self.log = log
        self.teller = teller
        self.events = events
        self.templates = templates
        late = spec.bind_late and bool(listeners)
        self.crew = Crew(folder, listeners, events, log, templates, closed=late)
        self.replacement: Optional[Replacement] = None
        self.accepted: Optional[Replacement] = None
        self.was_ready = False
        self.stopping = False
        self.waiting: List[threading.Event] = []
        """Those that asked for a stop."""
        self.failure: Optional[contract.Failure] = None
        self.restarts = Restarts()
        self.memory_ends = MemoryEnds()
        self.restart_at: List[float] = []
        self._control: Any = None
        self._files = Follower(lambda names: events.put(("files", None, names)))
        self._changed_meanwhile = False
        self._without_successor = 0
        """Workers that ended while a fresh one was to take their place, which a newer change then took the place of."""
        self.retirement: Optional[Retirement] = None
        self._given_up = 0
        """The last revision that nobody wants any more: whoever had asked for it is gone."""
        self._key_changes: Dict[int, KeyChange] = {}
        self._key_change_count = 0
        self._tunnels: Optional[DebugTunnels] = None
        self._tunnels_lock = threading.Lock()

    def _start(self, spec: contract.ServiceSpec, into: List[WorkerProcess]) -> Optional[contract.Failure]:
        try:
            into.append(self.crew.start(self._with_debug_port(spec), candidate=into is not self.crew.serving))
        except (OSError, ValueError) as fault:
            return contract.Failure(contract.SERVICE_CRASHED, f"{spec.python} could not be started: {fault}.")
        return None

    def debug_tunnels(self) -> DebugTunnels:
        """Imported when first needed, as few services are ever debugged."""
        with self._tunnels_lock:
            if self._tunnels is None:
                from scoredock_runtime.parent.debug_tunnel import DebugTunnels

                self._tunnels = DebugTunnels()
            return self._tunnels

    def _with_debug_port(self, spec: contract.ServiceSpec) -> contract.ServiceSpec:
        """Raises OSError."""
        if not spec.debug_token:
            return spec
        tunnel = self.debug_tunnels().of(spec.debug_token)
        if tunnel.over:
            return spec  # refused by the port that the person knows, where nobody listens in here
        return dataclasses.replace(
            spec, environment={**spec.environment, contract.DEBUG_PORT_VARIABLE: str(tunnel.port)}
        )

    def _on_crash(self, worker: Optional[WorkerProcess], code: int, failure: contract.Failure) -> None:
        now = time.monotonic()
        useful = worker is not None and worker.useful(now)
        limit, window = self.spec.restart_limit, self.spec.restart_window
        others = any(each.useful(now) for each in self.crew.serving)
        ready = worker is not None and worker.ready
        delay = self.restarts.ended(now, useful=useful, limit=limit, window=window, ready=ready, others=others)
        if delay is None:
            started = failure if worker is None or not worker.ready else None
            tail = worker.tail() if worker else []
            self.failure = diagnosis.crashed_too_often(self.restarts.count, window, code, started, tail)
            return
        self.restart_at = sorted([*self.restart_at, now + delay])
        self.log.tell(f"A new worker starts in {delay:g} seconds.", "W")
        self._tell(phase=contract.STARTING, restarts=self.teller.status.restarts + 1)

    def _on_replace(self, replacement: Replacement) -> None:
        busy = self.replacement is not None and self.replacement.kind == REVISION
        given_up = replacement.kind == REVISION and replacement.spec.revision == self._given_up
        closed = self.crew.is_closed
        if self.stopping or busy or self.retirement is not None or given_up or closed:
            why = "Another replacement is under way." if busy else "The service is stopping."
            why = f"Revision {self._given_up} was given up." if given_up else why
            why = "The service does not serve yet." if closed else why
            why = "The service has retired." if self.retirement is not None else why
            replacement.decide(409, json.dumps({"error": why}))
            return
        self._begin(replacement)

    def _on_cancel(self, done: threading.Event, revision: int) -> None:
        self._given_up = max(self._given_up, revision)
        if self.replacement is not None and self.replacement.kind != RECYCLING:
            self._refuse(self.replacement, contract.Failure(contract.CANCELLED, "The change was cancelled."))
        done.set()

    def _on_abandoned(self, replacement: Replacement) -> None:
        """Whoever wanted the change is gone, and it is not decided yet."""
        if replacement is self.replacement:
            self._refuse(replacement, contract.Failure(contract.CANCELLED, "Whoever asked for the change is gone."))

    def _on_open(self, done: threading.Event) -> None:
        """The port is ours from now on, also after a restart of this process; harmless when it was already."""
        if self.teller.status.phase == contract.PREPARED and self.crew.is_closed and not self.stopping:
            self.crew.open()
            self.spec = dataclasses.replace(self.spec, bind_late=False)
            self._save_spec()
            self.log.tell("The service takes the requests from now on.")
            self._tell(phase=contract.READY)
        done.set()

    def _on_files(self, names: List[str]) -> None:
        if self.stopping or self.retirement is not None:
            return
        if self.replacement is not None and self.replacement.kind == REVISION:
            self._changed_meanwhile = True
            return
        self.log.tell(
            f"Changed: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}. New workers start beside the old."
        )
        self._begin(Replacement(self.spec, RELOAD))

    def _begin(self, replacement: Replacement) -> None:
        if self.replacement is not None:
            self._abandon(self.replacement)
        self.replacement = replacement
        if replacement.kind == REVISION:
            self.log.tell(f"Revision {replacement.spec.revision} starts beside revision {self.spec.revision}.")
        if replacement.switch is not None:
            try:
                replacement.switch.make()
            except (OSError, ValueError) as fault:
                self._refuse(replacement, _not_moved(fault))
                return
        if replacement.kind == REVISION or replacement.switch is not None:
            self._files.follow(replacement.spec)
        self.crew.candidates = replacement.workers
        count = 1 if replacement.old is not None else max(1, replacement.spec.worker_count)
        for _ in range(count):
            failure = self._start(replacement.spec, replacement.workers)
            if failure is not None:
                self._refuse(replacement, failure)
                return
        self._tell()

    def _abandon(self, replacement: Replacement) -> None:
        """A newer change takes its place."""
        self.replacement = None
        if replacement.kind == RECYCLING and replacement.old not in self.crew.serving:
            self._without_successor += 1
        self._dismiss_candidates(replacement)
        replacement.decide(409, json.dumps({"error": "A newer change came."}))

    def _dismiss_candidates(self, replacement: Replacement) -> None:
        self.crew.candidates = []
        for worker in replacement.workers:
            self.crew.dismiss(worker, 0.0, 0.0)
        self._move_back(replacement)

    def _move_back(self, replacement: Replacement) -> None:
        if replacement.switch is None:
            return
        fault = replacement.move_back()
        self._files.follow(self.spec)
        if fault is not None:
            self.log.tell(f"The files could not be moved back: {fault}. The next start tries it again.", "E")

    def _accept(self, replacement: Replacement) -> None:
        if replacement.switch is not None:
            try:
                replacement.switch.accept(replacement.spec)
            except OSError as fault:
                self._refuse(replacement, _not_moved(fault))
                return
        meant = self.crew.serving if replacement.old is None else [replacement.old]
        old = [worker for worker in meant if worker in self.crew.serving]
        self.crew.serving = [worker for worker in self.crew.serving if worker not in old] + replacement.workers
        self.crew.candidates = []
        self.replacement = None
        self.accepted = replacement
        replacement.leaving = [worker for worker in old if worker.ready]
        self.crew.let_in(replacement.workers)
        for worker in old:
            self.crew.dismiss(worker, worker.spec.stop_grace, REPLACE_LINGER)
        if replacement.kind == RECYCLING:
            self._tell()
            return
        self.was_ready = True
        self._without_successor = 0
        self.restart_at = []
        self.restarts.clear()
        changes: Dict[str, Any] = {"reloads": self.teller.status.reloads + 1}
        if replacement.kind == REVISION:
            self.spec = replacement.spec
            changes = {"revision": self.spec.revision}
        if self._save_spec(needed=replacement.kind == REVISION or replacement.switch is not None):
            replacement.keep_files()
        self.log.tell(f"{replacement.title} serves.")
        phase = contract.PREPARED if self.crew.is_closed else contract.READY
        self._tell(phase=phase, failure=None, failed_revision=0, **changes)
        replacement.decide(200, contract.to_json(self.teller.status))
        self._catch_up()

    def _refuse(self, replacement: Replacement, failure: contract.Failure) -> None:
        self.replacement = None
        self._dismiss_candidates(replacement)
        self.log.tell(f"{replacement.title} failed: {failure.message}", "E")
        if replacement.kind == RECYCLING:
            self.crew.recycling_failed(time.monotonic())
            if replacement.old not in self.crew.serving:
                self._on_crash(None, 1, failure)
            self._tell()
            return
        if self._without_successor:
            self.restart_at = sorted([*self.restart_at, *[time.monotonic()] * self._without_successor])
            self._without_successor = 0
        elif not self.crew.serving and not self.restart_at:
            self.failure = failure
        self._tell(failure=failure, failed_revision=replacement.spec.revision)
        replacement.decide(200, contract.to_json(self.teller.status))
        if replacement.kind == REVISION:
            self._files.follow(self.spec)
        self._catch_up()

    def _catch_up(self) -> None:
        """Files that changed while another revision was under way."""
        if self._changed_meanwhile:
            self._changed_meanwhile = False
            self.events.put(("files", None, ["files"]))

    def _left(self, worker: WorkerProcess) -> None:
        """It takes no new connections any more."""
        if self.accepted is not None:
            self.accepted.left(worker)

    def _on_authentication(self, done: threading.Event, given: contract.Authentication) -> None:
        self.spec = dataclasses.replace(self.spec, authentication=given)
        self._save_spec()
        self._key_change_count += 1
        number = self._key_change_count
        change = KeyChange(done, {worker for worker in self.crew.all() if worker.hello})
        self._key_changes[number] = change
        for worker in self.crew.all():
            worker.tell({"authentication": dataclasses.asdict(given), "n": number})
        if self.replacement is not None:
            self.replacement.spec = dataclasses.replace(self.replacement.spec, authentication=given)
        self.log.tell("The keys of the service were changed.")
        self._settle_key_changes()

    def _on_keys_taken(self, worker: WorkerProcess, number: int) -> None:
        """The worker lets nobody in any more by the keys before change `number`."""
        if number in self._key_changes:
            self._key_changes[number].waited_for.discard(worker)
        self._settle_key_changes()

    def _on_end_of(self, worker: WorkerProcess) -> None:
        for change in self._key_changes.values():
            change.waited_for.discard(worker)
        self._settle_key_changes()

    def _settle_key_changes(self) -> None:
        """Whoever asked is answered once every worker has the keys, or has ended."""
        for number, change in list(self._key_changes.items()):
            if not change.waited_for:
                del self._key_changes[number]
                change.done.set()

    def _save_spec(self, *, needed: bool = True) -> bool:
        """Whether the stored one is that of now."""
        try:
            if needed:
                write_spec(self.folder, self.spec)
        except OSError as fault:
            self.log.tell(f"{contract.SPEC_FILE} could not be written: {fault}.", "E")
            return False
        return True

    def _give_up_replacement(self, why: str) -> None:
        if self.replacement is not None:
            replacement, self.replacement = self.replacement, None
            self._move_back(replacement)
            replacement.decide(409, json.dumps({"error": why}))

    def _tell(self, **changes: Any) -> None:
        self.teller.tell(worker_pids=[worker.pid for worker in self.crew.all()], **changes)


def _not_moved(fault: Exception) -> contract.Failure:
    return contract.Failure(contract.SERVICE_CRASHED, f"The new files could not be put in place: {fault}.")
