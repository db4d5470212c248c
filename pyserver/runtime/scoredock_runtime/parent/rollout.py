"""The change of a service from workers that serve to fresh ones: a revision, a reload, or one worker that is worn out.

Used by the parent's main thread only, on the events of its loop (parent_loop.py).
"""

from __future__ import annotations

import dataclasses
import json
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from scoredock_runtime import contract
from scoredock_runtime.parent.file_watch import ReloadWatch
from scoredock_runtime.parent.replacement import RECYCLING, RELOAD, REVISION, Replacement

if TYPE_CHECKING:
    from scoredock_runtime.parent.restarts import RestartSchedule
    from scoredock_runtime.parent.service import Service
    from scoredock_runtime.parent.worker_pool import WorkerPool
    from scoredock_runtime.parent.worker_process import WorkerProcess

REPLACE_LINGER = 1.5
"""Seconds in which a replaced worker answers on connections it has, telling clients to come back on a new one."""


class Rollout:
    """Changes from workers that serve to fresh ones, one at a time; a newer one takes the place of a reload or of
    recycling."""

    def __init__(self, service: Service, pool: WorkerPool, restarts: RestartSchedule) -> None:
        self.current: Optional[Replacement] = None
        """The change under way."""
        self._service = service
        self._pool = pool
        self._restarts = restarts
        self._completed: Optional[Replacement] = None
        """The last one that succeeded."""
        self._files = ReloadWatch(lambda names: service.events.put(("files", None, names)))
        self._files_changed = False
        """Files changed while another revision was under way."""
        self._without_successor = 0
        """Workers that ended while a fresh one was to take their place, which a newer change then took the place of."""
        self._cancelled_revision = 0
        """The last revision that nobody wants any more: whoever had asked for it is gone."""
        self.on_revision: Callable[[], object] = lambda: None
        """Called when another revision serves, before anybody is notified."""

    # What is asked

    def request(self, replacement: Replacement) -> None:
        """Begins the change, or refuses it at once."""
        why = self._obstacle(replacement)
        if why:
            replacement.decide(409, json.dumps({"error": why}))
        else:
            self.begin(replacement)

    def _obstacle(self, replacement: Replacement) -> str:
        """Why the change cannot begin now; empty when it can."""
        if self._service.retiring:
            return "The service has retired."
        if self._pool.is_closed:
            return "The service does not serve yet."
        if replacement.kind == REVISION and replacement.spec.revision == self._cancelled_revision:
            return f"Revision {self._cancelled_revision} was given up."
        if self.current is not None and self.current.kind == REVISION:
            return "Another replacement is under way."
        return "The service is stopping." if self._service.stopping else ""

    def cancel(self, revision: int) -> None:
        """Nobody wants the revision any more, nor a change that is under way."""
        self._cancelled_revision = max(self._cancelled_revision, revision)
        if self.current is not None and self.current.kind != RECYCLING:
            self.refuse(self.current, contract.Failure(contract.CANCELLED, "The change was cancelled."))

    def abandon(self, replacement: Replacement) -> None:
        """Whoever asked for the change is gone, and it may not be decided yet."""
        if replacement is self.current:
            self.refuse(replacement, contract.Failure(contract.CANCELLED, "Whoever asked for the change is gone."))

    def reload_changed(self, names: List[str]) -> None:
        """Files of the service have changed."""
        service = self._service
        if service.stopping or service.retiring:
            return
        if self.current is not None and self.current.kind == REVISION:
            self._files_changed = True
            return
        service.log.tell(
            f"Changed: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}. New workers start beside the old."
        )
        self.begin(Replacement(service.spec, RELOAD))

    def recycle(self, worker: WorkerProcess) -> None:
        """A fresh worker takes the place of one that is worn out, unless a change is under way."""
        if self.current is None and not self._service.stopping and not self._service.retiring:
            self._service.log.tell(f"Worker {worker.pid} is replaced by a fresh one: {worker.worn}.")
            self.begin(Replacement(self._service.spec, RECYCLING, worker))

    def use_keys(self, keys: contract.Authentication) -> None:
        """The change under way keeps the keys of now."""
        if self.current is not None:
            self.current.spec = dataclasses.replace(self.current.spec, authentication=keys)

    # Its steps

    def begin(self, replacement: Replacement) -> None:
        """New files in place, and the new workers started."""
        if self.current is not None:
            self._supersede(self.current)
        self.current = replacement
        service = self._service
        if replacement.kind == REVISION:
            service.log.tell(f"{replacement.title} starts beside revision {service.spec.revision}.")
        if replacement.switch is not None:
            try:
                replacement.switch.make()
            except (OSError, ValueError) as fault:
                self.refuse(replacement, _not_moved(fault))
                return
        if replacement.kind == REVISION or replacement.switch is not None:
            self._files.follow(replacement.spec)
        self._pool.candidates = replacement.workers
        count = 1 if replacement.old is not None else max(1, replacement.spec.worker_count)
        for _ in range(count):
            failure = self._pool.start(replacement.spec, replacement.workers)
            if failure is not None:
                self.refuse(replacement, failure)
                return
        self._pool.publish()

    def accept_if_passed(self) -> None:
        """Once every new worker is ready and has answered its probe, they serve."""
        replacement = self.current
        if replacement is not None and replacement.passed():
            for worker in replacement.workers:
                worker.deadline = None
            self._accept(replacement)

    def _accept(self, replacement: Replacement) -> None:
        if replacement.switch is not None:
            try:
                replacement.switch.accept(replacement.spec)
            except OSError as fault:
                self.refuse(replacement, _not_moved(fault))
                return
        self._hand_over(replacement)
        if replacement.kind == RECYCLING:
            self._pool.publish()
            return
        service = self._service
        service.was_ready = True
        self._without_successor = 0
        self._restarts.cancel()
        self._restarts.was_useful()
        changes: Dict[str, Any] = {"reloads": service.status.reloads + 1}
        if replacement.kind == REVISION:
            service.spec = replacement.spec
            changes = {"revision": service.spec.revision, "code": service.spec.code}
            self.on_revision()
        unchanged = replacement.kind != REVISION and replacement.switch is None
        if unchanged or service.save_spec():
            replacement.keep_files()
        service.log.tell(f"{replacement.title} serves.")
        phase = contract.PREPARED if self._pool.is_closed else contract.READY
        self._pool.publish(phase=phase, failure=None, failed_revision=0, exhaustion=None, **changes)
        replacement.decide(200, contract.to_json(service.status))
        self._catch_up()

    def _hand_over(self, replacement: Replacement) -> None:
        """The new workers serve; the old ones finish what they are at, and end."""
        pool = self._pool
        meant = pool.serving if replacement.old is None else [replacement.old]
        old = [worker for worker in meant if worker in pool.serving]
        pool.serving = [worker for worker in pool.serving if worker not in old] + replacement.workers
        pool.candidates = []
        self.current = None
        self._completed = replacement
        replacement.leaving = [worker for worker in old if worker.ready]
        pool.let_in(replacement.workers)
        for worker in old:
            pool.dismiss(worker, worker.spec.stop_grace, REPLACE_LINGER)

    def refuse(self, replacement: Replacement, failure: contract.Failure) -> None:
        """The change has failed; what served goes on."""
        service = self._service
        self.current = None
        self._dismiss_candidates(replacement)
        service.log.tell(f"{replacement.title} failed: {failure.message}", "E")
        if replacement.kind == RECYCLING:
            self._pool.recycling_failed(time.monotonic())
            if replacement.old not in self._pool.serving:
                self._restarts.on_crash(None, 1, failure)
            self._pool.publish()
            return
        if self._without_successor:
            self._restarts.add(time.monotonic(), self._without_successor)
            self._without_successor = 0
        elif not self._pool.serving and self._restarts.next is None:
            service.failure = failure
        self._pool.publish(failure=failure, failed_revision=replacement.spec.revision)
        replacement.decide(200, contract.to_json(service.status))
        if replacement.kind == REVISION:
            self._files.follow(service.spec)
        self._catch_up()

    def _supersede(self, replacement: Replacement) -> None:
        """A newer change takes its place."""
        self.current = None
        if replacement.kind == RECYCLING and replacement.old not in self._pool.serving:
            self._without_successor += 1
        self._dismiss_candidates(replacement)
        replacement.decide(409, json.dumps({"error": "A newer change came."}))

    def give_up(self, why: str) -> None:
        """No change is under way any more, whatever becomes of its workers."""
        if self.current is not None:
            replacement, self.current = self.current, None
            self._move_back(replacement)
            replacement.decide(409, json.dumps({"error": why}))

    def left(self, worker: WorkerProcess) -> None:
        """A worker takes no new connections any more."""
        if self._completed is not None:
            self._completed.left(worker)

    def _dismiss_candidates(self, replacement: Replacement) -> None:
        self._pool.candidates = []
        for worker in replacement.workers:
            self._pool.dismiss(worker, 0.0, 0.0)
        self._move_back(replacement)

    # Files

    def follow_files(self) -> None:
        """Makes changed files of the revision that serves begin a reload, where its spec says so."""
        self._files.follow(self._service.spec)

    def ignore_files(self) -> None:
        """Changed files are of no interest any more."""
        self._files.end()

    def _move_back(self, replacement: Replacement) -> None:
        if replacement.switch is None:
            return
        fault = replacement.move_back()
        self._files.follow(self._service.spec)
        if fault is not None:
            self._service.log.tell(f"The files could not be moved back: {fault}. The next start tries it again.", "E")

    def _catch_up(self) -> None:
        """Files that changed while another revision was under way."""
        if self._files_changed:
            self._files_changed = False
            self._service.events.put(("files", None, ["files"]))


def _not_moved(fault: Exception) -> contract.Failure:
    return contract.Failure(contract.SERVICE_CRASHED, f"The new files could not be put in place: {fault}.")
