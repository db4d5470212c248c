"""State that the views show, kept current: compares the stores and services with what was last told, and tells the
difference."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path

from scoredock import threads
from scoredock.containers.container_events import ContainerEvents
from scoredock.context import Context, Operation, absolute
from scoredock.engine_table import engine_kind
from scoredock.engines.failure import INTERRUPTED
from scoredock.errors import ScoredockError
from scoredock.features.contribution import FolderWatch, state_topics
from scoredock.features.endpoints import endpoints
from scoredock.features.workspaces import workspaces
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Silent
from scoredock.protocol import messages
from scoredock.protocol.messages.endpoints import EndpointChanged
from scoredock.protocol.messages.state import RegistryChanged, ServiceChanged, WorkspaceChanged
from scoredock.registry.audit.log import log_stamp
from scoredock.registry.store.store import Store
from scoredock.services.pod_changes import PodChanges
from scoredock.verb import verb

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
METRIC_ROUNDS = 10
"""CPU and memory alone are told only every so many polls."""
TIDY_ROUNDS = 120
"""Polls before the workspace is tidied, once per server: the start belongs to the person."""

CLUSTER_SECONDS = 2.0
"""So long a look at a service in a cluster is good while nothing is heard of its pods."""

_TOPICS = ("models", "assets", "runs", "jobs", "rules", "events", "audit")
"""What a client shows and may be old."""

_GRACE = 86_400.0
"""Seconds that a script lies unused before it goes."""

Push = WorkspaceChanged | RegistryChanged | ServiceChanged | EndpointChanged


@dataclass
class _Listing:
    """State of one workspace as the client has been told it."""

    counter: int | None = None
    changes: dict[str, int] = field(default_factory=dict)
    """Topic → its number when it was last told."""
    of_contributions: Mapping[str, FolderWatch] = field(default_factory=state_topics)
    """By topic."""
    audit: int = 0
    """The stamp of the audit log."""
    services: dict[str, messages.Service] = field(default_factory=dict)
    looks: endpoints.ShownEndpoints = field(default_factory=endpoints.ShownEndpoints)
    """At the endpoints, some of which are kept."""
    endpoints: list[messages.EndpointDetails] = field(default_factory=list)


class Board:
    """One per client. Only watches once the client has asked for the state; then tells every difference once."""

    def __init__(self, context: Context, tell: Callable[[Push], None]) -> None:
        self._context = context
        self._tell = tell
        self._lock = threading.Lock()
        self._sequence = 0
        self._active = ""
        self._shown = _Listing()
        self._workspaces: tuple[list[messages.Workspace], list[messages.ConnectOffer]] = ([], [])
        self._watching = False
        self._rounds = 0
        self._told = ""
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._recovered: set[str] = set()
        self._nudged_at = 0.0
        self._followed = ContainerEvents(self.nudge), PodChanges(self.nudge)

    @verb("state/list")
    def state(
        self, params: messages.StateListParams, context: Context, operation: Operation
    ) -> messages.StateListResult:
        """Everything at once, and from now on the differences."""
        context.folders = tuple(absolute(folder) for folder in params.folders)
        with self._lock:
            if not self._watching:
                # Models can be listed while the services are looked at, which takes longer.
                self._refresh_workspaces()
                self._tell(WorkspaceChanged(self._next(), *self._workspaces))
            notices = self._begin(context)
            if params.opening and context.settings.get("scoredock.services.startOnOpen"):
                self._start_on_open(context)
            start = not self._watching
            self._watching = True
            result = messages.StateListResult(
                sequence=self._sequence,
                workspaces=self._workspaces[0],
                offers=self._workspaces[1],
                services=list(self._shown.services.values()),
                endpoints=self._shown.endpoints,
                notices=notices,
                home=str(context.home),
            )
        if start:
            threads.start(self._watch, name="scoredock-watch", at_fault=threads.again)
        return result

    def services(self) -> list[messages.Service]:
        """Services of the active workspace, as last told."""
        return list(self._shown.services.values())

    def nudge(self) -> None:
        """Something was just changed here: look now instead of at the next poll."""
        self._wake.set()

    def stop(self) -> None:
        """No more pushes."""
        for each in self._followed:
            each.stop()
        self._stop.set()
        self._wake.set()

    def _begin(self, context: Context) -> list[messages.Notice]:
        """Recovers and reads; what cannot be read becomes a notice, so that the person can switch to another
        workspace."""
        active = context.active().id
        notices: list[messages.Notice] = []
        try:
            if active not in self._recovered and not context.workspaces.open(active).read_only:
                # Once per workspace: finish or undo what a killed process left half done, before it is shown.
                self._recovered.add(active)
                context.deployments(active).recover()
                threads.start(self._settle_endpoints, context, active, name="settle", at_fault=threads.logged)
                if context.settings.get("scoredock.services.startAgain"):
                    threads.start(self._start_again, context, active, name="start-again", at_fault=threads.logged)
            notices = context.deployments(active).take_notices()
            if context.settings.get("scoredock.services.startAgain"):
                notices = [notice for notice in notices if notice.code != INTERRUPTED]
        except ScoredockError as error:
            notices = [messages.Notice("", error.code, str(error), time.time())]
        self._refresh()
        return notices

    def _settle_endpoints(self, context: Context, workspace_id: str) -> None:
        """Routers that a restart of the machine ended start again, where nobody waits for them."""
        try:
            endpoints.list_endpoints(messages.EndpointListParams(workspace_id=workspace_id), context, Operation())
        except ScoredockError as error:
            logger.warning("the endpoints could not be brought in line: %s", error)

    def _start_again(self, context: Context, workspace_id: str) -> None:
        """Start what ran when the machine or Docker was restarted; whoever has set that is not asked."""
        try:
            names = context.deployments(workspace_id).interrupted()
        except ScoredockError as error:
            logger.warning("what ran before could not be started again: %s", error)
            return
        self._start(names, context, workspace_id)

    def _start_on_open(self, context: Context) -> None:
        """Start the services of the open folders that were stopped."""
        names = [
            service.name
            for service in self._shown.services.values()
            if service.state == "Stopped"
            and any(folder in Path(service.entry_script).parents for folder in context.folders)
        ]
        if names:
            active = context.active().id
            threads.start(self._start, names, context, active, name="scoredock-start", at_fault=threads.logged)

    def _start(self, names: list[str], context: Context, workspace_id: str) -> None:
        """Each that does not start shows why at its row."""
        for name in names:
            try:
                context.deployments(workspace_id).start(name, Silent(), CancelToken())
            except ScoredockError as error:
                logger.warning("service %s could not be started: %s", name, error)

    def _watch(self) -> None:
        while not self._stop.is_set():
            if self._wake.wait(POLL_SECONDS):
                self._nudged_at = time.monotonic()
            self._wake.clear()
            if self._stop.is_set():
                break
            try:
                with self._lock:
                    self._refresh()
                if self._rounds == TIDY_ROUNDS:
                    self._tidy()
            except ScoredockError as error:
                logger.warning("the state could not be read: %s", error)
            except Exception:
                logger.exception("the state could not be read")
        for each in self._followed:  # a look that was under way at the stop has followed anew
            each.stop()

    def _tidy(self) -> None:
        """Removes what killed registrations and the emptied trash left, looks into pickles, where nobody waits for
        it."""
        from scoredock.no_code.unused import collect

        registry = self._context.workspaces.open(self._active)
        if registry.store.awaits_change:
            return
        if not registry.read_only and (removed := registry.collect_garbage() + collect(registry, _GRACE)[0]):
            logger.info("workspace %s: removed %d leftover files", self._active, removed)
        if not registry.read_only and (looked := registry.scan_unread()):
            logger.info("workspace %s: looked into the pickles of %d older versions", self._active, looked)

    def _refresh(self) -> None:
        """Reads what changed and tells it; holds the lock."""
        self._rounds += 1
        active = self._context.active().id
        if active != self._active:
            self._active, self._shown = active, _Listing()
        try:
            self._refresh_registry()
            self._refresh_services()
        except ScoredockError as error:
            if str(error) != self._told:  # once, not twice a second
                self._told = str(error)
                logger.warning("the workspace %s could not be read: %s", active, error)
        else:
            self._told = ""
        if self._refresh_workspaces():
            self._push(WorkspaceChanged(self._next(), *self._workspaces))

    def _refresh_workspaces(self) -> bool:
        """Reads them; whether they are others now."""
        before = self._workspaces
        self._workspaces = (workspaces.records(self._context), workspaces.offers(self._context))
        return self._workspaces != before

    def _refresh_registry(self) -> None:
        registry = self._context.workspaces.open(self._active)
        moved = self._changed_topics(registry.store)
        moved |= {topic for topic, watch in self._shown.of_contributions.items() if watch.has_changed(registry.folder)}
        stamp = log_stamp(registry.folder)
        if stamp != self._shown.audit:
            self._shown.audit = stamp
            moved.add("audit")
        if moved:
            which = {each: each in moved for each in _TOPICS}
            others = sorted(moved.difference(_TOPICS))
            self._push(RegistryChanged(self._next(), self._active, **which, others=others))

    def _changed_topics(self, store: Store) -> set[str]:
        counter = store.change_counter()
        if counter == self._shown.counter:
            return set()
        before, now = self._shown.changes, store.changes()
        self._shown.counter, self._shown.changes = counter, now
        return {topic for topic, count in now.items() if before.get(topic) != count}

    def _refresh_services(self) -> None:
        deployments = self._context.deployments(self._active)
        # What follows from a change, as the state of a Deployment from that of its pods, follows within a second.
        good_for = CLUSTER_SECONDS if time.monotonic() - self._nudged_at > 1 else 0.0
        views = {view.name: view for view in deployments.services(good_for)}
        self._follow(deployments.registry.folder, list(views.values()))
        quiet = self._rounds % METRIC_ROUNDS != 0
        told = (
            {name: _settled(record) for name, record in self._shown.services.items()} if quiet else self._shown.services
        )
        seen = {name: _settled(record) for name, record in views.items()} if quiet else views
        self._refresh_endpoints(list(views.values()), quiet, good_for)
        changed, removed = _difference(told, seen)
        if not (changed or removed):
            return
        records = [views[record.name] for record in changed]
        self._shown.services = {
            **{n: s for n, s in self._shown.services.items() if n in views},
            **{r.name: r for r in records},
        }
        self._push(ServiceChanged(self._next(), self._active, records, removed))

    def _follow(self, folder: Path, services: list[messages.Service]) -> None:
        """Follow the containers and pods of services, so that changes there are met as they happen."""
        kinds = {each.name: engine_kind(each.engine) for each in services} if not self._stop.is_set() else {}
        containers, pods = self._followed
        follow = any(kind.needs_docker for kind in kinds.values())
        containers.follow(str(folder) if follow else "", self._context.docker_settings())
        pods.follow(folder, [name for name, kind in kinds.items() if kind.in_cluster])

    def _refresh_endpoints(self, services: list[messages.Service], quiet: bool, good_for: float) -> None:
        found = self._shown.looks.details(self._context, self._active, services, good_for)
        before = self._shown.endpoints
        same = [_calm(each) for each in before] == [_calm(each) for each in found] if quiet else before == found
        if not same:
            self._shown.endpoints = found
            self._push(EndpointChanged(self._next(), self._active, found))

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    def _push(self, push: Push) -> None:
        if self._watching:
            self._tell(push)


def _difference(
    before: dict[str, messages.Service], after: dict[str, messages.Service]
) -> tuple[list[messages.Service], list[str]]:
    changed = [record for key, record in after.items() if before.get(key) != record]
    return changed, [key for key in before if key not in after]


def _settled(record: messages.Service) -> messages.Service:
    """Without what moves all the time."""
    return dataclasses.replace(record, cpu_percent=None, memory_bytes=None)


def _calm(endpoint: messages.EndpointDetails) -> messages.EndpointDetails:
    """Without what each request moves."""
    versions = [
        dataclasses.replace(each, answered=0, mean_ms=None, copied=0, copy_mean_ms=None, compared_mean_ms=None)
        for each in endpoint.versions
    ]
    return dataclasses.replace(endpoint, versions=versions, unanswered=0)
