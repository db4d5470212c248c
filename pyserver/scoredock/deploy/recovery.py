"""Finishes or rolls back what killed writers began, adopts what runs, tells crashes once."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scoredock.deploy.failures import failure_to_json
from scoredock.deploy.health import Health, running
from scoredock.deploy.ledger import Known, Ledger
from scoredock.deploy.staging import revision_folder, service_folder
from scoredock.deploy.view import FailureView, Notice
from scoredock.engines.base import Engine, Handle, Observation
from scoredock.environments import EnvironmentCache
from scoredock.error_codes import CODES
from scoredock.errors import ScoredockError
from scoredock.registry.records import Intent

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovery:
    """Run when a server starts, and for one service when somebody wants to change it."""

    workspace: Path
    ledger: Ledger
    engines: Mapping[str, Engine]
    environments: EnvironmentCache
    health: Health

    def all(self) -> list[Notice]:
        """Everything of the workspace; the notices that arose. Notices are also kept until they are taken."""
        notices: list[Notice] = []
        for intent in self.ledger.intents():
            notices += self.stale(intent)
        self.environments.sweep()
        notices += self._crashes()
        self._strays()
        return notices

    def stale(self, intent: Intent) -> list[Notice]:
        """Finish or roll back one change whose writer is gone; nothing when it lives or another one was faster."""
        if self.ledger.in_use(intent) or not self.ledger.take_over(intent):
            return []
        _log.info("service %s: %s of a writer that is gone, in phase %s", intent.service, intent.verb, intent.phase)
        try:
            known = self.ledger.one(intent.service)
            if known is None:
                # Killed before its first row, or after its last: only files can be left.
                self._stop(intent.service)
                shutil.rmtree(service_folder(self.workspace, intent.service), ignore_errors=True)
                return []
            if intent.verb == "delete":
                self._stop(intent.service)
                shutil.rmtree(service_folder(self.workspace, intent.service), ignore_errors=True)
                self.ledger.forget(intent.service)
                return []
            if intent.verb == "stop":
                self._stop(intent.service)
                self.ledger.set_state(intent.service, "Stopped")
                return []
            return self._interrupted(intent, known)
        finally:
            self.ledger.release(intent.service)

    def _interrupted(self, intent: Intent, known: Known) -> list[Notice]:
        """A start of some kind. What came up is adopted; what did not is rolled back and told."""
        name = intent.service
        handle = self._find(name)
        seen = self._engine(known).observe(handle) if handle is not None else None
        if handle is not None and seen is not None and running(seen):
            self._adopt(known, handle, seen, intent)
            return []
        if handle is not None:
            self._engine(known).stop(handle, 0)
        old = known.service.active_revision
        if intent.revision and intent.revision != old and old:
            shutil.rmtree(revision_folder(self.workspace, name, intent.revision), ignore_errors=True)
            self.ledger.drop_revision(name, intent.revision)
        elif intent.revision and intent.phase in ("", "staging"):
            shutil.rmtree(revision_folder(self.workspace, name, intent.revision), ignore_errors=True)
        message = f"The {intent.verb} of {name} was interrupted{f' ({intent.phase})' if intent.phase else ''}."
        failure = FailureView(
            "deploy-interrupted", message, CODES["deploy-interrupted"].next_step, revision=intent.revision
        )
        self.ledger.set_state(name, "Failed", handle=None, failure=failure_to_json(failure))
        return [self.ledger.add_notice(name, "deploy-interrupted", message)]

    def _adopt(self, known: Known, handle: Handle, seen: Observation, intent: Intent) -> None:
        name, old = known.service.name, known.service.active_revision
        active = seen.revision if any(each.revision == seen.revision for each in known.revisions) else old
        self.ledger.set_state(
            name, seen.state, seen.phase, port=seen.port, handle=handle, active_revision=active, failure=None
        )
        begun = intent.revision
        undecided = intent.phase in ("starting", "probing")
        if begun and begun not in (active, 0) and not undecided:
            # An update that had not reached the engine: the old revision serves, and nothing of the new one is needed.
            shutil.rmtree(revision_folder(self.workspace, name, begun), ignore_errors=True)
            self.ledger.drop_revision(name, begun)

    def _crashes(self) -> list[Notice]:
        notices: list[Notice] = []
        for known in self.ledger.all():
            seen = self.health.observe(known)
            if seen is None or not self.health.settle(known, seen) or seen.state != "Failed":
                continue
            reason = seen.failure.message if seen.failure else "for an unknown reason"
            notices.append(
                self.ledger.add_notice(
                    known.service.name,
                    "service-crashed",
                    f"The service {known.service.name} has ended while nobody looked: {reason}",
                )
            )
        return notices

    def _strays(self) -> None:
        """Processes and folders that no row names, and services that run although their row says otherwise."""
        known = {each.service.name: each for each in self.ledger.all()}
        busy = {intent.service for intent in self.ledger.intents()}
        for engine in self.engines.values():
            for handle in engine.find(str(self.workspace)):
                name = Path(str(handle["folder"])).name
                if name in busy:
                    continue
                if name not in known:
                    # Asked again: it may have been deployed since the list was made.
                    if self.ledger.one(name) is None:
                        engine.remove(handle)
                elif known[name].service.state in ("Stopped", "Failed"):
                    seen = engine.observe(handle)
                    if running(seen):
                        self.ledger.set_state(
                            name,
                            seen.state,
                            seen.phase,
                            port=seen.port,
                            handle=handle,
                            failure=None,
                            only_when_idle=True,
                        )
        services = self.workspace / "services"
        for folder in services.iterdir() if services.is_dir() else ():
            # Rows come before folders and go after them, so a folder without a row belongs to nobody.
            if folder.name not in known and folder.name not in busy and self.ledger.one(folder.name) is None:
                shutil.rmtree(folder, ignore_errors=True)

    def _stop(self, name: str) -> None:
        for engine in self.engines.values():
            for handle in engine.find(str(self.workspace)):
                if Path(str(handle["folder"])).name == name:
                    engine.stop(handle, 0)

    def _find(self, name: str) -> Handle | None:
        for engine in self.engines.values():
            for handle in engine.find(str(self.workspace)):
                if Path(str(handle["folder"])).name == name:
                    return handle
        return None

    def _engine(self, known: Known) -> Engine:
        engine = self.engines.get(known.service.engine)
        if engine is None:
            raise ScoredockError("engine-not-available", f"There is no engine {known.service.engine}.")
        return engine
