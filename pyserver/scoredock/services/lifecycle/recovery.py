"""After a kill: finishes or rolls back what killed writers began, adopts what runs, tells crashes once."""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import cast

from scoredock import l10n, threads
from scoredock.clusters.target import ClusterTarget
from scoredock.engine_table import DEFAULT_ENGINE, engine_kind
from scoredock.engines.base import ClusterEngine, Engine, Observation
from scoredock.engines.failure import INTERRUPTED
from scoredock.engines.handle import Handle
from scoredock.environments.cache import EnvironmentCache
from scoredock.errors import Cancelled, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.assets.compute_files import ComputeFiles
from scoredock.registry.origin import only_seen
from scoredock.registry.store.faults import storing
from scoredock.service import Notice
from scoredock.services.access.access_file import forget_former, restore_former
from scoredock.services.compute_targets import compute_of
from scoredock.services.folders import revision_folder, service_folder
from scoredock.services.ledger import Ledger, ServiceRows
from scoredock.services.ledger_rows import Intent
from scoredock.services.lifecycle.engines import require_ready
from scoredock.services.lifecycle.failures import failure_to_json, interruption
from scoredock.services.lifecycle.health import Health, running
from scoredock.services.lifecycle.preparation import ImageBuilder
from scoredock.state_table import is_at_rest

_log = logging.getLogger(__name__)
PROFILE = "profile"
"""The change under whose lease a temporary service is measured; it has no row among the services."""
ENGINE_FILE = "engine"
"""In the folder of such a service: where it runs."""
_ENDINGS = ("stop", "delete", "keys")
"""Changes that nothing but a command brings to their end."""
_LOOK_SECONDS = 3.0
"""What is finished takes a moment or two; at an engine that hangs it takes as long as its calls may."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Run when a server starts, and for one service when somebody wants to change it."""

    workspace: Path
    ledger: Ledger
    engines: Mapping[str, Engine]
    environments: EnvironmentCache
    health: Health
    images: Callable[[], ImageBuilder]
    _finishing: dict[str, threading.Thread] = field(default_factory=dict)
    """By service, for whoever looks."""
    _logged_intents: set[Intent] = field(default_factory=set)
    """Changes of which the log says already that they could not be cleared."""

    def all(self) -> list[Notice]:
        """Everything of the workspace; the notices that arose. Notices are also kept until they are taken."""
        notices: list[Notice] = []
        for intent in self.ledger.intents():
            try:
                notices += self._at_a_look(intent)
            except ScoredockError as error:
                _log.warning("service %s: %s could not be cleared: %s", intent.service, intent.verb, error)
        self.environments.sweep()
        notices += self._crashes()
        self._strays()
        return notices

    def before_a_look(self, service: str = "", *, elsewhere: bool = False) -> None:
        """Finish or roll back what killed writers left, of one service or of all, as `stale`, but wait for seconds
        only: what takes longer goes on in the background, and holds up neither this look nor the next ones. In a
        cluster nothing is started or ended by that. With `elsewhere` what another home has started is taken up as well.
        Never raises for a change that fails."""
        new_threads = []
        for intent in self.ledger.intents():
            if service and intent.service != service:
                continue
            earlier = self._finishing.get(intent.service)
            if self.ledger.in_use(intent) or (earlier is not None and earlier.is_alive()):
                continue
            made = threads.start(self._finish, intent, name="finish", at_fault=threads.logged)
            self._finishing[intent.service] = made
            new_threads.append(made)
        deadline = time.monotonic() + _LOOK_SECONDS
        for thread in new_threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if elsewhere:
            self.take_up_elsewhere()

    def _at_a_look(self, intent: Intent) -> list[Notice]:
        """Finished or rolled back; in a cluster, where others serve by what one person looks at, only followed. Raises
        as `stale`."""
        if self.ledger.in_use(intent):
            return []
        rows = self.ledger.one(intent.service)
        engine = rows.service.engine if rows is not None else self._engine_of_temporary(intent.service).name
        if not engine_kind(engine).in_cluster:
            return self.stale(intent)
        if rows is not None and intent.verb not in _ENDINGS:
            self._follow(intent, rows)
        return []

    def _follow(self, intent: Intent, rows: ServiceRows) -> None:
        """Record a start of some kind that the cluster has brought to its end: one revision, and all of it serves. What
        has not come to an end stays as it is, for whoever changes the service next."""
        engine = self._engine(rows)
        require_ready(engine)
        handle = next(self._handles(engine, intent.service), None)
        now = engine.observe(handle) if handle is not None else None
        if handle is None or now is None or (now.state, now.phase) != ("Healthy", ""):
            return
        whole = {each.revision for each in now.replicas if each.state != "Ending"} == {now.revision}
        if whole and self.ledger.take_over(intent):
            try:
                self._adopt(rows, handle, now, intent.revision)
            finally:
                self.ledger.release(intent)

    def _finish(self, intent: Intent) -> None:
        try:
            self._at_a_look(intent)
        except ScoredockError as error:
            # What is left is cleared by a later look; what runs can be seen all the same.
            level = logging.DEBUG if intent in self._logged_intents else logging.WARNING  # views look all the time
            self._logged_intents.add(intent)
            _log.log(level, "service %s: %s could not be cleared: %s", intent.service, intent.verb, error)

    def remove(self, rows: ServiceRows, *, force: bool = False) -> None:
        """Everything of a service, its rows last. The lease is the caller's.

        With `force` an engine that cannot be asked is left out: what it holds goes once it is used again
        (`sweep_left`). Raises what the engine raises otherwise, and the faults of `storing`.
        """
        folder = service_folder(self.workspace, rows.service.name)
        with storing(folder):
            try:
                engine = self._engine(rows)
                if not force:
                    require_ready(engine)
                if rows.service.handle is not None:
                    engine.remove(rows.service.handle)
                elif (target := self._cluster_of(rows)) is not None:
                    cast(ClusterEngine, engine).clear_at(folder, target)
                engine.clear(folder, data=True)
            except ScoredockError as error:
                if not force or isinstance(error, Cancelled):
                    raise
                _log.warning("service %s is deleted without %s: %s", folder.name, rows.service.engine, error)
                self._remember_left(rows)
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(folder)
        self.ledger.forget(rows.service.name)

    def _cluster_of(self, rows: ServiceRows) -> ClusterTarget | None:
        """Cluster in which another home of the workspace may keep a service that rests. None for one that has never
        served, of which nothing stays, and where nothing is attached here under its name."""
        if not engine_kind(rows.service.engine).in_cluster or not rows.service.active_revision:
            return None
        try:
            target = ComputeFiles(self.workspace).read(compute_of(rows))
        except FileNotFoundError:
            return None
        return target if isinstance(target, ClusterTarget) else None

    def stale(self, intent: Intent, *, remove: bool = False) -> list[Notice]:
        """Finish or roll back one change whose writer is gone; nothing when it lives or another one was faster.

        With `remove` the service goes, as by `remove` with force, whatever the change was. Raises ScoredockError when
        the engine of the service cannot be asked now; it stays to be finished later then.
        """
        if self.ledger.in_use(intent):
            return []
        rows = self.ledger.one(intent.service)
        if rows is None:
            self._engine_of_temporary(intent.service)  # before the lease, which tells of it, is given up
        elif not remove:
            require_ready(self._engine(rows))
        if not self.ledger.take_over(intent):
            return []
        _log.info("service %s: %s of a writer that is gone, in phase %s", intent.service, intent.verb, intent.phase)
        try:
            with only_seen(not remove):
                return self._finished(intent, remove)
        finally:
            self.ledger.release(intent)

    def _finished(self, intent: Intent, remove: bool) -> list[Notice]:
        """Notices of an interrupted change that was finished. The lease is the caller's."""
        rows = self.ledger.one(intent.service)
        if rows is None:
            # Killed before its first row, or after its last: only files can be left. One that was only measured
            # never had a row.
            self._end(intent.service, self._engine_of_temporary(intent.service))
            return []
        if remove or intent.verb == "delete":
            self.remove(rows, force=remove)
            return []
        if intent.verb == "keys":
            return []  # asking for the same change again completes it
        if intent.verb == "stop":
            self._stop(rows)
            self.ledger.set_state(intent.service, "Stopped")
            return []
        return self._interrupted(intent, rows)

    def _interrupted(self, intent: Intent, rows: ServiceRows) -> list[Notice]:
        """A start of some kind. What came up is adopted; what did not is rolled back and reported."""
        name, engine = intent.service, self._engine(rows)
        engine.settle(service_folder(self.workspace, name), intent.revision)
        handle = next(self._handles(engine, name), None)
        observation = engine.observe(handle) if handle is not None else None
        if handle is not None and observation is not None and running(observation):
            self._adopt(rows, handle, observation, intent.revision)
            return []
        engine.clear(service_folder(self.workspace, name))
        old = rows.service.active_revision
        if intent.revision and intent.revision != old and old:
            self._discard(name, intent.revision)
        elif intent.revision and intent.phase in ("", "staging"):
            shutil.rmtree(revision_folder(self.workspace, name, intent.revision), ignore_errors=True)
        failure = interruption(intent)
        self.ledger.set_state(name, "Failed", handle=None, failure=failure_to_json(failure))
        return [self.ledger.add_notice(name, failure.code, failure.message)]

    def _adopt(self, rows: ServiceRows, handle: Handle, observation: Observation, new_revision: int) -> None:
        """Records what responds, and keeps nothing of a `new_revision` that does not."""
        name, old = rows.service.name, rows.service.active_revision
        active = observation.revision if observation.revision in rows.numbers else old
        self.ledger.set_state(
            name,
            observation.state,
            observation.phase,
            port=observation.port,
            handle=handle,
            active_revision=active,
            failure=None,
        )
        if new_revision not in (active, 0):
            self._discard(name, new_revision)
        elif new_revision:
            forget_former(revision_folder(self.workspace, name, new_revision))

    def _discard(self, name: str, revision: int) -> None:
        """Removes what a change left of a revision that does not serve, and the keys that it brought."""
        folder = revision_folder(self.workspace, name, revision)
        restore_former(service_folder(self.workspace, name), folder)
        shutil.rmtree(folder, ignore_errors=True)
        self.ledger.drop_revision(name, revision)

    def _crashes(self) -> list[Notice]:
        notices: list[Notice] = []
        for rows in self.ledger.all():
            observation = self.health.observe(rows)
            if observation is None or not self.health.settle(rows, observation) or observation.state != "Failed":
                continue
            reason = observation.failure.message if observation.failure else l10n.t("The reason is not known.")
            code = (
                INTERRUPTED
                if observation.failure is not None and observation.failure.cause == INTERRUPTED
                else "service-crashed"
            )
            text = l10n.t(
                "The service {service} ended while nothing was watching it: {reason}",
                service=rows.service.name,
                reason=reason,
            )
            notices.append(self.ledger.add_notice(rows.service.name, code, text))
        return notices

    def _strays(self) -> None:
        """Processes and folders that no row names, and services that run although their row says otherwise."""
        rows_by_service = {each.service.name: each for each in self.ledger.all()}
        busy = {intent.service for intent in self.ledger.intents()}
        for engine in self._in_use(rows_by_service.values()):
            try:
                self._strays_of(engine, rows_by_service, busy)
            except ScoredockError as error:  # it went away while it was asked
                _log.warning("%s could not be looked after: %s", engine.name, error)
        services = self.workspace / "services"
        for folder in services.iterdir() if services.is_dir() else ():
            # Rows come before folders and go after them, so a folder without a row belongs to nobody.
            if folder.name not in rows_by_service and folder.name not in busy and self.ledger.one(folder.name) is None:
                shutil.rmtree(folder, ignore_errors=True)

    def _strays_of(self, engine: Engine, rows_by_service: Mapping[str, ServiceRows], busy: Collection[str]) -> None:
        for handle in engine.find(str(self.workspace)):
            name = handle.folder.name
            if name in busy:
                continue
            if name not in rows_by_service:
                # Asked again: it may have been deployed since the list was made.
                if self.ledger.one(name) is None and not engine_kind(engine.name).in_cluster:
                    self._remove(engine, handle)
            elif rows_by_service[name].service.engine == engine.name and is_at_rest(
                rows_by_service[name].service.state
            ):
                self._take_up(engine, handle, rows_by_service[name])
        if not engine_kind(engine.name).in_cluster:  # there the next command does it
            self._sweep(engine, dict.fromkeys(("", *self._left(engine.name))))
        if engine_kind(engine.name).contained:
            self.images().sweep()

    def _take_up(self, engine: Engine, handle: Handle, rows: ServiceRows) -> None:
        """A service that runs although its row says otherwise."""
        observation = engine.observe(handle)
        if running(observation):
            self.ledger.set_state(
                rows.service.name,
                observation.state,
                observation.phase,
                port=observation.port,
                handle=handle,
                failure=None,
                looked_at=rows.service,
            )

    def take_up_elsewhere(self, service: str = "") -> None:
        """Takes over services that were restored as stopped but run in a cluster, deployed by another home of the
        workspace: one service, or all of those that have a pod. Never raises for an engine that does not answer."""
        if self.ledger.store.read_only:
            return
        names = {
            name
            for name, engine in self.ledger.without_handle()
            if service in ("", name) and engine_kind(engine).in_cluster
        }
        # Of many, all are read at once: each read alone is a transaction.
        rows = self.ledger.all() if len(names) > 1 else filter(None, map(self.ledger.one, names))
        resting = {
            each.service.name: each
            for each in rows
            if each.service.name in names
            and is_at_rest(each.service.state)
            and each.service.handle is None
            and each.intent is None
        }
        for name in dict.fromkeys(each.service.engine for each in resting.values()):
            engine = self.engines.get(name)
            if engine is None or not engine.ready().ready:
                continue
            try:
                for handle in cast(ClusterEngine, engine).find_named(str(self.workspace), resting):
                    self._take_up(engine, handle, resting[handle.folder.name])
            except ScoredockError as error:
                _log.warning("%s could not be looked at: %s", name, error)

    def _remove(self, engine: Engine, handle: Handle) -> None:
        """One stray that cannot be removed now must not keep the others from being looked after."""
        try:
            engine.remove(handle)
        except (ScoredockError, OSError) as error:
            _log.warning("%s runs without a service and could not be removed: %s", handle.folder, error)

    def _engine_of_temporary(self, name: str) -> Engine:
        """Engine of a service that has no row."""
        try:
            written = (service_folder(self.workspace, name) / ENGINE_FILE).read_text("utf-8")
        except (OSError, ValueError):
            written = DEFAULT_ENGINE
        engine = self.engines.get(written) or self.engines[DEFAULT_ENGINE]
        require_ready(engine)
        return engine

    def _stop(self, rows: ServiceRows) -> None:
        engine = self._engine(rows)
        for handle in self._handles(engine, rows.service.name):
            engine.stop(handle, 0)

    def _end(self, name: str, engine: Engine) -> None:
        folder = service_folder(self.workspace, name)
        engine.clear(folder)
        shutil.rmtree(folder, ignore_errors=True)

    def _handles(self, engine: Engine, name: str) -> Iterator[Handle]:
        """Handles of what runs of one service."""
        return (each for each in engine.find(str(self.workspace)) if each.folder.name == name)

    def sweep_left(self, engine: Engine) -> None:
        """Remove what an engine that answers still holds of services that were deleted without it. Never raises."""
        if left := self._left(engine.name):
            self._sweep(engine, left)

    def _sweep(self, engine: Engine, endpoints: Iterable[str]) -> None:
        """At each of the endpoints; what is reached there is not remembered any more."""
        swept = set()
        for endpoint in endpoints:
            namesakes: list[str] = []
            exists = partial(self._is_on, engine.name, endpoint, namesakes)
            if engine.sweep(str(self.workspace), exists, endpoint) and not namesakes:
                swept.add(endpoint)
        before = self._left(engine.name)
        after = [endpoint for endpoint in before if endpoint not in swept]
        with contextlib.suppress(OSError):  # it is swept once more then
            if before and not after:
                self._left_in(engine.name).unlink(missing_ok=True)
            elif after != before:
                self._left_in(engine.name).write_text("".join(f"{each}\n" for each in after), "utf-8")

    def _is_on(self, engine: str, endpoint: str, namesakes: list[str], name: str) -> bool:
        rows = self.ledger.one(name)
        if rows is None:
            return any(each.service == name and each.verb == PROFILE for each in self.ledger.intents())
        if rows.service.engine != engine:
            return False
        # What is found may be of an earlier one of this name. Only once this one has gone can the two be distinguished.
        if endpoint and _endpoint(rows) != endpoint:
            namesakes.append(name)
        return True

    def _left_in(self, engine: str) -> Path:
        """A file that is there while an engine may hold something of services that were deleted without it: one line
        for each endpoint that holds it, an empty one for the endpoint in use."""
        return self.workspace / f"left-in-{engine}"

    def _left(self, engine: str) -> list[str]:
        try:
            return list(dict.fromkeys(self._left_in(engine).read_text("utf-8").splitlines() or [""]))
        except OSError:
            return []

    def _remember_left(self, rows: ServiceRows) -> None:
        with self._left_in(rows.service.engine).open("a", encoding="utf-8") as file:
            file.write(f"{_endpoint(rows)}\n")

    def _in_use(self, services: Iterable[ServiceRows]) -> list[Engine]:
        """Processes, what services of this workspace run on, and what holds something of a deleted one; others are not
        even made for the look."""
        left = (name for name in self.engines if self._left_in(name).exists())
        names = dict.fromkeys((DEFAULT_ENGINE, *(each.service.engine for each in services), *left))
        found = (self.engines.get(name) for name in names)
        return [engine for engine in found if engine is not None and engine.ready().ready]

    def _engine(self, rows: ServiceRows) -> Engine:
        engine = self.engines.get(rows.service.engine)
        if engine is None:
            raise ScoredockError(
                "engine-not-available", l10n.t("There is no engine {engine}.", engine=rows.service.engine)
            )
        return engine


def _endpoint(rows: ServiceRows) -> str:
    """Place where its engine keeps it, by its handle; empty if that is not known."""
    return rows.service.handle.endpoint if rows.service.handle is not None else ""
