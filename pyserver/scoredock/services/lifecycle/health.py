"""How services are right now: asks their engines, keeps the ledger true, and makes the views of both."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from pathlib import Path

from scoredock import threads
from scoredock.engines.base import Engine, Observation
from scoredock.engines.log_files import log_path
from scoredock.engines.probe import LOOPBACK
from scoredock.environments.spec import shown_name
from scoredock.errors import ScoredockError
from scoredock.service import RecentRequests, Service, State
from scoredock.services.folders import service_folder
from scoredock.services.ledger import Ledger, ServiceRows, same_row
from scoredock.services.lifecycle.failures import (
    Origins,
    crash_view,
    failure_from_json,
    failure_to_json,
    recent_requests,
)
from scoredock.services.lifecycle.launch import origins_of
from scoredock.services.state_words import phase_text
from scoredock.state_table import is_at_rest, is_running, state_kind
from scoredock_runtime.contract import COLLECTED_FOLDER, DATA_FOLDER

_AT_ONCE = 16
_LOOK_SECONDS = 3.0
"""A look takes milliseconds; at a daemon that hangs it takes as long as a call may."""


@dataclass(frozen=True, slots=True)
class Health:
    """Observes the services of one workspace."""

    workspace: Path
    ledger: Ledger
    engines: Mapping[str, Engine]
    _late: dict[str, Future[Service]] = field(default_factory=dict)
    """Looks that nobody waits for any more, by service."""

    def views(self) -> list[Service]:
        """All services, observed now, several at once.

        An engine that hangs does not hold up the others: of a look that takes long the ledger's state is shown until it
        has ended, and no other one is begun.
        """
        known = self.ledger.all()
        if not known:
            return []
        late = {name for name, look in dict(self._late).items() if not look.done()}
        pool = threads.pool(min(_AT_ONCE, len(known)), "observe")
        looks = {each.service.name: pool.submit(self.look, each) for each in known if each.service.name not in late}
        ended, under_way = wait(looks.values(), _LOOK_SECONDS)
        pool.shutdown(wait=False, cancel_futures=True)
        for name, look in looks.items():
            if look in under_way:
                self._late[name] = look
                look.add_done_callback(threads.note_fault_of("observe"))
            else:
                self._late.pop(name, None)
        seen = {name: look.result() for name, look in looks.items() if look in ended}
        return [seen.get(each.service.name) or self.view(each, None) for each in known]

    def look(self, known: ServiceRows) -> Service:
        """One service, observed now."""
        seen = self.observe(known)
        if seen is None:
            return self.view(known, None)
        recorded = self.settle(known, seen)
        now = self.ledger.one(known.service.name)
        if now is None:
            return self.view(known, seen)
        # A look takes a while. What it saw says nothing of a service that was started anew meanwhile.
        return self.view(now, seen if recorded or same_row(known.service, now.service) else None)

    def observe(self, known: ServiceRows) -> Observation | None:
        """What the engine says, or None where there is nothing to ask."""
        service = known.service
        if service.handle is None or (is_at_rest(service.state) and known.intent is None):
            return None
        engine = self.engines.get(service.engine)
        return engine.observe(service.handle) if engine is not None else None

    def settle(self, known: ServiceRows, seen: Observation) -> bool:
        """Record what differs from the ledger, unless a change is under way or has ended since `known` was read;
        whether anything was recorded."""
        service = known.service
        if known.intent is not None or self.ledger.store.read_only:
            return False
        revision = (
            seen.revision if any(each.number == seen.revision for each in known.revisions) else service.active_revision
        )
        same = (seen.state, seen.phase, revision) == (
            service.state,
            service.phase,
            service.active_revision,
        ) and seen.port in (None, service.port)
        if same:
            return False
        failure = service.failure
        if seen.state == "Failed":
            failed = next((each for each in known.revisions if each.number == revision), None)
            origins = origins_of(self.workspace, failed) if failed else Origins(self.workspace, "", "")
            failure = failure_to_json(crash_view(seen.failure, origins, revision))
        try:
            return self.ledger.set_state(
                service.name,
                seen.state,
                seen.phase,
                port=seen.port or service.port,
                failure=failure,
                active_revision=revision,
                looked_at=service,
            )
        except ScoredockError:
            return False  # the next look records it; showing it does not depend on that

    def view(self, known: ServiceRows, seen: Observation | None) -> Service:
        service, current = known.service, known.current
        changing = known.intent.verb if known.intent is not None and self.ledger.in_use(known.intent) else ""
        state: State = _state(service.state) if seen is None or changing else seen.state
        port = (seen.port if seen is not None else None) or service.port
        certificate = service.handle.certificate if service.handle is not None else ""
        uri = f"{'https' if certificate else 'http'}://{LOOPBACK}:{port}" if port and not is_at_rest(state) else ""
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
            phase=phase_text(service.phase if seen is None or changing else seen.phase),
            models=current.models if current else (),
            revision=service.active_revision,
            revisions=tuple(each.number for each in known.revisions),
            created=service.created,
            updated=service.updated,
            port=port,
            scoring_uri=f"{uri}/score" if uri else "",
            swagger_uri=f"{uri}/swagger.json" if uri else "",
            entry_script=str(spec.script.path) if spec else "",
            environment=f"{environment} ({key})" if key else environment,
            image=current.request.image if current else "",
            cpu_percent=seen.cpu_percent if seen else None,
            memory_bytes=seen.memory_bytes if seen else None,
            restarts=seen.restarts if seen else 0,
            failure=failure_from_json(service.failure),
            log_file=str(file) if file.exists() else "",
            data_folder=str(data) if data.is_dir() else "",
            description=service.description,
            tags=service.tags,
            authentication=spec.front.authentication if spec else "",
            reloaded=current.created if current and current.is_reload else 0.0,
            changing=changing,
            requests=self._requests(known, seen),
            network_holder=service.handle.holder if service.handle is not None and uri else "",
        )

    def _requests(self, known: ServiceRows, seen: Observation | None) -> RecentRequests:
        if seen is None or not seen.requests.failed or is_at_rest(seen.state):
            return RecentRequests()
        served = next((each for each in known.revisions if each.number == seen.revision), known.current)
        origins = origins_of(self.workspace, served) if served is not None else Origins(self.workspace, "", "")
        return recent_requests(seen.requests, origins)


def _state(text: str) -> State:
    return state_kind(text).name


def running(seen: Observation | None) -> bool:
    """Whether a process serves or is about to."""
    return seen is not None and is_running(seen.state)
