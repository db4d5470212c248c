"""Health of services: how they are right now as their engines say, with their addresses; keeps the ledger true."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import Future, wait
from contextvars import copy_context
from dataclasses import field, replace
from pathlib import Path

from scoredock import l10n, threads
from scoredock.data_folder import age
from scoredock.engine_table import engine_kind
from scoredock.engines.base import Engine, Observation
from scoredock.engines.log_files import log_path
from scoredock.environments.spec import shown_name
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.service import RecentRequests, Service, ServiceFailure, State
from scoredock.services.folders import service_folder
from scoredock.services.followed_files import returned_to
from scoredock.services.ledger import Ledger, ServiceRows
from scoredock.services.ledger_rows import same_row
from scoredock.services.lifecycle.address import base_uri
from scoredock.services.lifecycle.failures import (
    Origins,
    crash_view,
    failure_from_json,
    failure_to_json,
    interruption,
    recent_requests,
)
from scoredock.services.lifecycle.launch import origins_of
from scoredock.services.state_words import SILENT, phase_text
from scoredock.state_table import is_at_rest, is_running, state_kind
from scoredock.status import silence_since
from scoredock_runtime.contract import COLLECTED_FOLDER, DATA_FOLDER, EXHAUSTION_SECONDS, Failure

_AT_ONCE = 16
_LOOK_SECONDS = 3.0
"""A look takes milliseconds; at a daemon that hangs it takes as long as a call may."""
_CLUSTER_SECONDS = 1.0
"""The same for a cluster, where the next look says more."""
_WHOLE_SECONDS = 15.0
"""The same where there is no next one: looks end by themselves when a cluster is silent, and this only ends what hangs
before it is asked."""
_LAST_LOOK = "last-look"
"""In the folder of a service: its time is when its cluster said last how it is, its text revision and address there."""
_SLOW_SECONDS = 0.8
"""A cluster that took longer the last time is not waited for."""


@dataclass(frozen=True, slots=True)
class _ClusterLook:
    """At a service in a cluster, each of which is several calls over a network."""

    rows: ServiceRows
    service: Service
    began: float
    ended: float

    def is_good(self, rows: ServiceRows, seconds: float) -> bool:
        """True if it still holds, so many seconds long."""
        same = same_row(self.rows.service, rows.service) and self.rows.intent is None and rows.intent is None
        return same and time.monotonic() - self.ended < seconds

    @property
    def was_slow(self) -> bool:
        return self.ended - self.began > _SLOW_SECONDS


@dataclass(frozen=True, slots=True)
class Health:
    """Observes the services of one workspace."""

    workspace: Path
    ledger: Ledger
    engines: Mapping[str, Engine]
    _late: dict[str, Future[Service]] = field(default_factory=dict)
    """Looks that nobody waits for any more, by service."""
    _looks: dict[str, _ClusterLook] = field(default_factory=dict)
    """The last ones at services in clusters."""

    def views(self, good_for: float = 0.0) -> list[Service]:
        """All services, observed now, several at once. A look at a cluster is good for so many seconds.

        An engine that hangs does not hold up the others: of a look that takes long the one before is shown, or the
        ledger's state, until it has ended, and no other one is begun.
        """
        services = self.ledger.all()
        if not services:
            return []
        late = {name for name, look in dict(self._late).items() if not look.done()}
        # Of what rests there is nothing to ask, and each look would read its rows once more.
        known = {name for name, rows in _by_name(services) if _rests(rows) or self._has_good(rows, good_for)}
        pool = threads.pool(min(_AT_ONCE, len(services)), "observe")
        looks = {
            name: pool.submit(copy_context().run, self._looked, rows)
            for name, rows in _by_name(services)
            if name not in late | known
        }
        remote = {name for name, rows in _by_name(services) if _is_remote(rows)}
        under_way = self._waited(looks, remote, is_last=not good_for)
        pool.shutdown(wait=False, cancel_futures=True)
        for name, look in looks.items():
            if look in under_way:
                self._late[name] = look
                look.add_done_callback(threads.note_fault_of("observe"))
            else:
                self._late.pop(name, None)
        seen = {name: look.result() for name, look in looks.items() if look not in under_way}
        return [seen.get(name) or self._shown(rows) for name, rows in _by_name(services)]

    def _has_good(self, rows: ServiceRows, seconds: float) -> bool:
        kept = self._looks.get(rows.service.name)
        return kept is not None and seconds > 0 and kept.is_good(rows, seconds)

    def _looked(self, rows: ServiceRows) -> Service:
        began = time.monotonic()
        service = self.look(rows)
        if _is_remote(rows):
            now = self.ledger.one(rows.service.name) or rows
            self._looks[rows.service.name] = _ClusterLook(now, service, began, time.monotonic())
        return service

    def _waited(self, looks: Mapping[str, Future[Service]], remote: Set[str], *, is_last: bool) -> Set[Future[Service]]:
        """Those that have not ended after as long as each is waited for; `is_last` where nobody looks again."""
        slow = set[str]() if is_last else {name for name, kept in self._looks.items() if kept.was_slow}
        near = [look for name, look in looks.items() if name not in remote]
        far = [look for name, look in looks.items() if name in remote - slow]
        begun = time.monotonic()
        wait(near, _LOOK_SECONDS)
        wait(far, max(0.0, begun + (_WHOLE_SECONDS if is_last else _CLUSTER_SECONDS) - time.monotonic()))
        return {look for look in looks.values() if not look.done()}

    def _shown(self, rows: ServiceRows) -> Service:
        """View of a service that was not looked at now."""
        kept = None if _rests(rows) else self._looks.get(rows.service.name)
        return kept.service if kept is not None and kept.is_good(rows, math.inf) else self.view(rows, None)

    def look(self, rows: ServiceRows) -> Service:
        """One service, observed now."""
        observation = self.observe(rows)
        if observation is None:
            return self.view(rows, None)
        if _is_remote(rows) and observation.phase != SILENT:
            self._keep_look(rows, observation)
        recorded = self.settle(rows, observation)
        now = self.ledger.one(rows.service.name)
        if now is None:
            return self.view(rows, observation)
        # A look takes a while. What it saw says nothing of a service that was started anew meanwhile.
        return self.view(now, observation if recorded or same_row(rows.service, now.service) else None)

    def observe(self, rows: ServiceRows) -> Observation | None:
        """Observation of a service by its engine; None if it has no handle, is at rest or its engine is not there."""
        service = rows.service
        if service.handle is None or _rests(rows):
            return None
        engine = self.engines.get(service.engine)
        return engine.observe(service.handle) if engine is not None else None

    def settle(self, rows: ServiceRows, observation: Observation) -> bool:
        """Record what differs from the ledger, unless a change is under way or has ended since `rows` was read, or the
        cluster said nothing; whether anything was recorded."""
        service = rows.service
        if rows.intent is not None or self.ledger.store.read_only or observation.phase == SILENT:
            return False
        revision = observation.revision if observation.revision in rows.numbers else service.active_revision
        same = (observation.state, observation.phase, revision) == (
            service.state,
            service.phase,
            service.active_revision,
        ) and _port(observation) in (None, service.port)
        if same:
            return False
        failure = service.failure
        if observation.state == "Failed":
            failed = next((each for each in rows.revisions if each.number == revision), None)
            origins = origins_of(self.workspace, failed) if failed else Origins(self.workspace, "", "")
            failure = failure_to_json(crash_view(observation.failure, origins, revision))
        try:
            return self.ledger.set_state(
                service.name,
                observation.state,
                observation.phase,
                port=_port(observation),
                failure=failure,
                active_revision=revision,
                looked_at=service,
            )
        except ScoredockError:
            return False  # the next look records it; showing it does not depend on that

    def view(self, rows: ServiceRows, observation: Observation | None) -> Service:
        service, current = rows.service, rows.current
        changing = rows.intent.verb if rows.intent is not None and self.ledger.in_use(rows.intent) else ""
        undecided = rows.intent is not None and not changing and engine_kind(service.engine).in_cluster
        state: State = _state(service.state) if observation is None or changing else observation.state
        if undecided and observation is None:
            state = "Failed"
        port = _port(observation) or service.port
        outside = self.address_outside(rows, observation)
        uri = (outside or base_uri(service.handle, port)) if port and not is_at_rest(state) else ""
        former = service.handle.former_port if service.handle is not None and uri and not outside else 0
        spec = current.spec if current else None
        environment = shown_name(spec.environment.display_name) if spec else ""
        key = current.environment_key if current else ""
        folder = service_folder(self.workspace, service.name)
        file, data = log_path(folder), folder / DATA_FOLDER / COLLECTED_FOLDER
        return Service(
            name=service.name,
            workspace_id=self.workspace.name,
            engine=service.engine,
            state=state,
            phase=phase_text(service.phase) if observation is None or changing else self._phase(rows, observation),
            models=current.models if current else (),
            revision=self._revision(rows, observation),
            revisions=rows.numbers,
            created=service.created,
            updated=service.updated,
            port=port,
            scoring_uri=f"{uri}/score" if uri else "",
            swagger_uri=f"{uri}/swagger.json" if uri else "",
            former_scoring_uri=f"{base_uri(service.handle, former)}/score" if former else "",
            entry_script=str(spec.script.path) if spec else "",
            environment=f"{environment} ({key})" if key else environment,
            image=current.request.image if current else "",
            cpu_percent=observation.cpu_percent if observation else None,
            memory_bytes=observation.memory_bytes if observation else None,
            restarts=observation.restarts if observation else 0,
            compute=current.request.compute if current is not None else "",
            replicas=observation.replicas if observation else (),
            code=observation.code if observation else "",
            address_note=observation.address_note if observation is not None and uri else "",
            namespace=observation.namespace if observation else "",
            failure=self._undecided(rows, observation)
            if undecided
            else self._refused(rows, observation)
            if observation is not None and observation.refused_revision and not changing
            else failure_from_json(service.failure) or (None if changing else self._observed(rows, observation)),
            log_file=str(file) if file.exists() else "",
            data_folder=str(data) if data.is_dir() else "",
            description=service.description,
            tags=service.tags,
            authentication=spec.front.authentication if spec else "",
            reloaded=current.created if current and current.is_reload else 0.0,
            returned_to=returned_to(current, service.engine),
            changing=changing,
            requests=self._requests(rows, observation),
            network_holder=service.handle.holder if service.handle is not None and uri else "",
        )

    def _keep_look(self, rows: ServiceRows, observation: Observation) -> None:
        """When its cluster said how a service is, and the address of it there."""
        kept = service_folder(self.workspace, rows.service.name) / _LAST_LOOK
        with contextlib.suppress(OSError):  # it may be deleted just now
            kept.touch(mode=0o600)
            if observation.revision:
                kept.write_text(f"{observation.revision} {observation.address}", "utf-8")

    def _last_look(self, rows: ServiceRows) -> tuple[int, str]:
        """The revision that served then, and the address."""
        with contextlib.suppress(OSError, ValueError):
            text = (service_folder(self.workspace, rows.service.name) / _LAST_LOOK).read_text("utf-8")
            number, _, address = text.rpartition(" ")
            return int(number or 0), address
        return 0, ""

    def _revision(self, rows: ServiceRows, observation: Observation | None) -> int:
        """The revision that serves or served last. In a cluster another machine may have made it."""
        own = rows.service.active_revision
        if observation is None or not observation.namespace or is_at_rest(observation.state):
            return own
        number = observation.revision or max(own, self._last_look(rows)[0])
        return own if number in rows.numbers else number

    def address_outside(self, rows: ServiceRows, observation: Observation | None) -> str:
        """The address that a cluster gives a service, or gave it before it was silent; empty for one that runs here."""
        if observation is not None and observation.phase != SILENT:
            return observation.address
        return self._last_look(rows)[1] if _is_remote(rows) else ""

    def _phase(self, rows: ServiceRows, observation: Observation) -> str:
        """Phase, with the state at the last response of the cluster if that is silent now."""
        if observation.phase == SILENT:
            with contextlib.suppress(OSError):
                since = age(service_folder(self.workspace, rows.service.name) / _LAST_LOOK)
                return silence_since(_state(rows.service.state), since)
        return phase_text(observation.phase)

    def _undecided(self, rows: ServiceRows, observation: Observation | None) -> ServiceFailure | None:
        """Failure of a change in a cluster whose writer is gone: it was interrupted, and what keeps it from its end."""
        if rows.intent is None:
            return None
        failure = interruption(rows.intent)
        if rows.intent.revision and rows.service.active_revision not in (0, rows.intent.revision):
            fix = l10n.t(
                "The next change of {service} finishes it or takes it back: `{command}` takes it back now.",
                service=rows.service.name,
                command=f"service rollback {rows.service.name}",
            )
            failure = replace(failure, fix=fix)
        cause = observation.failure if observation is not None else None
        if cause is None or not rows.current:
            return failure
        shown = crash_view(cause, origins_of(self.workspace, rows.current), rows.intent.revision)
        return replace(shown, code=failure.code, message=f"{failure.message} {shown.message}", fix=failure.fix)

    def _refused(self, rows: ServiceRows, observation: Observation) -> ServiceFailure | None:
        """Failure of a rollout that no command here is at work on, and that does not come to its end: what keeps it
        from that, and how it is taken back."""
        if observation.failure is None or rows.current is None:
            return None
        name, refused = rows.service.name, observation.refused_revision
        view = crash_view(observation.failure, origins_of(self.workspace, rows.current), refused)
        if refused == observation.revision:
            reason = l10n.t("What was changed of the Deployment {name} in the cluster does not come up.", name=name)
            undo = f"kubectl rollout undo deployment/{name} --namespace {observation.namespace}"
            fix = l10n.t("Run `{command}`, or update the service.", command=undo)
        else:
            reason = l10n.t(
                "Revision {revision} of {service} does not come up, and no command of this machine is at work on it;"
                " revision {serving} serves.",
                revision=refused,
                service=name,
                serving=observation.revision,
            )
            fix = l10n.t(
                "Where another machine has begun it, its command takes it back when it gives up. `{command}` takes it"
                " back now.",
                command=f"service rollback {name}",
            )
        return replace(view, message=f"{reason} {view.message}", fix=fix)

    def _observed(self, rows: ServiceRows, observation: Observation | None) -> ServiceFailure | None:
        """Failure of a running service, by its engine: also if it continues, but ran out of something just now."""
        if observation is None or not rows.current:
            return None
        failure = observation.failure if observation.state != "Healthy" else None
        if failure is None and (exhaustion := observation.exhaustion) is not None and is_running(observation.state):
            is_new = time.time() - exhaustion.time < EXHAUSTION_SECONDS
            failure = Failure(exhaustion.cause, exhaustion.message) if is_new else None
        if failure is None:
            return None
        return crash_view(failure, origins_of(self.workspace, rows.current), observation.revision)

    def _requests(self, rows: ServiceRows, observation: Observation | None) -> RecentRequests:
        if observation is None or not observation.requests.failed or is_at_rest(observation.state):
            return RecentRequests()
        served = next((each for each in rows.revisions if each.number == observation.revision), rows.current)
        origins = origins_of(self.workspace, served) if served is not None else Origins(self.workspace, "", "")
        return recent_requests(observation.requests, origins)


def _port(observation: Observation | None) -> int | None:
    """The one that it has now; None where that is not seen. What has ended may have had another one at last than at its
    start."""
    return observation.port if running(observation) and observation is not None else None


def _rests(rows: ServiceRows) -> bool:
    """True if the ledger says all of it: nothing runs, and nothing is under way."""
    return is_at_rest(rows.service.state) and rows.intent is None


def _by_name(services: Sequence[ServiceRows]) -> Iterator[tuple[str, ServiceRows]]:
    return ((each.service.name, each) for each in services)


def _is_remote(rows: ServiceRows) -> bool:
    """True if each look at it goes over a network."""
    return engine_kind(rows.service.engine).needs_compute


def _state(text: str) -> State:
    return state_kind(text).name


def running(observation: Observation | None) -> bool:
    """True if a process serves or is about to."""
    return observation is not None and is_running(observation.state)
