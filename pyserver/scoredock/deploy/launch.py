"""Brings one revision of a service up: staging, environment, starting, probing; beside the old one where one serves."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoredock.deploy.adoption import write_revision
from scoredock.deploy.debug import DebugStart, start_seconds
from scoredock.deploy.deploy_log import DeployLog
from scoredock.deploy.failures import Origins, advised, failure_to_json, located, view_of
from scoredock.deploy.ledger import Known, Ledger
from scoredock.deploy.plan import Plan, environment_from_json, resolved_to_json
from scoredock.deploy.request import DeployRequest, DeploySettings
from scoredock.deploy.staging import app_root, revision_folder, service_folder, stage
from scoredock.engines.base import Engine, Handle, Launch, Observation
from scoredock.engines.failure import LaunchFailed
from scoredock.environments import BuiltEnvironment, EnvironmentCache, EnvironmentSpec
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Progress
from scoredock.registry import Registry
from scoredock.registry.faults import storing
from scoredock.registry.records import RevisionRecord
from scoredock_runtime.contract import INIT_TIMEOUT, SERVICE_CRASHED, Failure

_PROOF_SECONDS = 10.0
"""A revision that says it is ready must answer its self-check within this."""
_MARGIN_SECONDS = 15.0
"""Beyond the start time-out, for an engine that keeps it itself."""


def origins_of(workspace: Path, revision: RevisionRecord) -> Origins:
    """Where the staged files of a revision come from."""
    resolved = revision.request.get("resolved")
    told: Mapping[str, Any] = resolved if isinstance(resolved, dict) else {}
    root = app_root(workspace, revision.service, revision.revision)
    return Origins(root, str(told.get("entry_script", "")), str(told.get("source_directory", "")))


@dataclass(frozen=True, slots=True)
class Launcher:
    """Does the work of one change; whoever calls it holds the lease of the service."""

    registry: Registry
    ledger: Ledger
    engine: Engine
    environments: EnvironmentCache
    settings: DeploySettings
    debugger: DebugStart | None = None

    # ------------------------------------------------------------------------------------------ a new revision

    def fresh(
        self, before: Known | None, request: DeployRequest, plan: Plan, progress: Progress, cancel: CancelToken
    ) -> None:
        """Start a revision where none serves.

        On failure the service stays with its cause and its log; on cancel everything is as before. Raises ScoredockError.
        """
        name = plan.service
        revision = self.ledger.begin(request, plan, serving=False)
        origins = self._origins(plan, revision)
        folder = service_folder(self.registry.folder, name)
        handle: Handle | None = None
        try:
            with storing(folder), DeployLog(folder, progress) as log:
                environment = self._prepare(plan, revision, log, cancel)
            launch = self._launch(name, revision, resolved_to_json(plan), environment, secrets.token_hex(32))
            handle = self._start(launch, progress, cancel)
            seen = self._await_health(name, handle, launch, cancel)
        except BaseException as error:
            if handle is not None:
                self.engine.stop(handle, 0)
            if not isinstance(error, Exception) or (isinstance(error, ScoredockError) and error.code == "cancelled"):
                self._undo(before, name, revision)
                raise
            raise self._fail(name, revision, origins, error, plan.environment) from error
        self.ledger.set_state(
            name, "Healthy", port=seen.port, handle=handle, failure=None, active_revision=revision, release=True
        )
        self._prune(name, revision, keep=1)

    def beside(
        self, before: Known, request: DeployRequest, plan: Plan, progress: Progress, cancel: CancelToken
    ) -> None:
        """Replace the revision that serves; it goes on serving until the new one is healthy, and when that fails.

        Raises ScoredockError with the cause; the failure is also recorded beside the healthy state.
        """
        name = plan.service
        revision = self.ledger.begin(request, plan, serving=True)
        origins = self._origins(plan, revision)
        state = before.service.state
        old = before.service.handle or {}
        try:
            with storing(service_folder(self.registry.folder, name)):
                environment = self._prepare(plan, revision, progress, cancel)
                launch = self._launch(name, revision, resolved_to_json(plan), environment, str(old.get("nonce", "")))
                self.ledger.set_phase(name, "starting")
                progress.report(f"Starting revision {revision} beside revision {before.service.active_revision}")
                handle = self.engine.replace(old, launch, progress, cancel)
        except BaseException as error:
            shutil.rmtree(revision_folder(self.registry.folder, name, revision), ignore_errors=True)
            self.ledger.drop_revision(name, revision)
            if not isinstance(error, Exception) or (isinstance(error, ScoredockError) and error.code == "cancelled"):
                self.ledger.set_state(name, state, release=True)
                raise
            known = advised(_as_known(error), plan.environment)
            told = view_of(known, origins, revision)
            self.ledger.set_state(name, state, failure=failure_to_json(told), release=True)
            raise located(known, told) from error
        self.ledger.set_phase(name, "probing")
        seen = self.engine.observe(handle)
        self.ledger.set_state(
            name,
            seen.state,
            seen.phase,
            port=seen.port,
            handle=handle,
            failure=None,
            active_revision=revision,
            release=True,
        )
        self._prune(name, revision, keep=self.settings.kept_revisions)

    # ------------------------------------------------------------------------------------------ a staged revision again

    def again(self, known: Known, progress: Progress, cancel: CancelToken) -> None:
        """Start the current revision from its staged files.

        Raises ScoredockError; `service-state-invalid` when its files were never staged completely.
        """
        name = known.service.name
        revision = known.current
        resolved = revision.request.get("resolved") if revision else None
        if revision is None or not isinstance(resolved, dict) or not self._is_staged(revision, resolved):
            raise ScoredockError(
                "service-state-invalid", f"The service {name} has no staged revision to start.", "Deploy it again."
            )
        origins = origins_of(self.registry.folder, revision)
        wanted = environment_from_json(resolved["environment"])
        folder = service_folder(self.registry.folder, name)
        handle: Handle | None = None
        self.ledger.set_state(name, "Transitioning", "environment")
        try:
            with storing(folder), DeployLog(folder, progress) as log:
                environment = self.environments.prepare(self._with_debugger(wanted), log, cancel)
            self.ledger.set_environment(name, revision.revision, environment.key, str(environment.python))
            launch = self._launch(name, revision.revision, resolved, environment, secrets.token_hex(32))
            handle = self._start(launch, progress, cancel)
            seen = self._await_health(name, handle, launch, cancel)
        except BaseException as error:
            if handle is not None:
                self.engine.stop(handle, 0)
            if not isinstance(error, Exception) or (isinstance(error, ScoredockError) and error.code == "cancelled"):
                back = known.service.state if known.service.state in ("Stopped", "Failed") else "Stopped"
                self.ledger.set_state(name, back, release=True)
                raise
            raise self._fail(name, revision.revision, origins, error, wanted) from error
        self.ledger.set_state(
            name,
            "Healthy",
            port=seen.port,
            handle=handle,
            failure=None,
            active_revision=revision.revision,
            release=True,
        )

    # ------------------------------------------------------------------------------------------ steps

    def _prepare(self, plan: Plan, revision: int, progress: Progress, cancel: CancelToken) -> BuiltEnvironment:
        for note in plan.notes:
            progress.report(note)
        root = app_root(self.registry.folder, plan.service, revision)
        stage(plan, self.registry, root, self.settings, progress, cancel)
        self.ledger.set_phase(plan.service, "environment")
        environment = self.environments.prepare(self._with_debugger(plan.environment), progress, cancel)
        self.ledger.set_environment(plan.service, revision, environment.key, str(environment.python))
        write_revision(self.registry.folder, self.ledger.require(plan.service), revision)
        cancel.raise_if_cancelled()
        return environment

    def _with_debugger(self, spec: EnvironmentSpec) -> EnvironmentSpec:
        return self.debugger.environment(spec) if self.debugger else spec

    def _launch(
        self, name: str, revision: int, resolved: Mapping[str, Any], environment: BuiltEnvironment, nonce: str
    ) -> Launch:
        root = app_root(self.registry.folder, name, revision)
        source = str(resolved["source_directory"])
        variables = dict(resolved["variables"])
        if self.debugger:
            variables = self.debugger.variables(variables)
        return Launch(
            service=name,
            workspace=self.registry.folder.name,
            revision=revision,
            folder=service_folder(self.registry.folder, name),
            app_root=root,
            entry_script=str(resolved["staged_script"]),
            source_directory=Path(source).name if source else None,
            model_dir=str(root / str(resolved["model_dir"])),
            python=environment.python,
            port=resolved["port"],
            nonce=nonce,
            environment=variables,
            start_timeout=start_seconds(variables, self.settings.start_timeout),
        )

    def _start(self, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:
        # Recorded before it is done, so that a killed writer's service is looked for.
        self.ledger.set_phase(launch.service, "starting")
        progress.report("Starting the service")
        with storing(launch.folder):
            return self.engine.start(launch, progress, cancel)

    def _await_health(self, name: str, handle: Handle, launch: Launch, cancel: CancelToken) -> Observation:
        """Until init() has returned and a self-check was answered with proof. Raises LaunchFailed, `cancelled`."""
        deadline = time.monotonic() + launch.start_timeout + _MARGIN_SECONDS
        probing = False
        pause = 0.01
        while True:
            seen = self.engine.observe(handle)
            if seen.state in ("Failed", "Stopped"):
                raise LaunchFailed(seen.failure or Failure(SERVICE_CRASHED, "The service ended while it started."))
            if seen.state != "Transitioning":
                if not probing:
                    probing = True
                    self.ledger.set_phase(name, "probing")
                    deadline = time.monotonic() + _PROOF_SECONDS
                elif seen.state == "Healthy":
                    return seen
            if time.monotonic() > deadline:
                cause = Failure(
                    SERVICE_CRASHED, f"The service started but does not answer its self-check ({seen.phase})."
                )
                raise LaunchFailed(
                    cause
                    if probing
                    else Failure(INIT_TIMEOUT, f"init() did not end within {launch.start_timeout:g} s.")
                )
            if cancel.wait(pause if not probing or seen.state != "Healthy" else 0):
                cancel.raise_if_cancelled()
            pause = min(0.1, pause * 1.2)

    # ------------------------------------------------------------------------------------------ endings

    def _fail(
        self, name: str, revision: int, origins: Origins, error: BaseException, environment: EnvironmentSpec
    ) -> ScoredockError:
        """Record why it failed; the service stays to be looked at."""
        known = advised(_as_known(error), environment)
        told = view_of(known, origins, revision)
        self.ledger.set_state(name, "Failed", handle=None, failure=failure_to_json(told), release=True)
        self._prune(name, revision, keep=1)
        return located(known, told)

    def _undo(self, before: Known | None, name: str, revision: int) -> None:
        """As if the revision had never been asked for."""
        if before is None:
            shutil.rmtree(service_folder(self.registry.folder, name), ignore_errors=True)
            self.ledger.forget(name)
            return
        shutil.rmtree(revision_folder(self.registry.folder, name, revision), ignore_errors=True)
        self.ledger.drop_revision(name, revision)
        failure = before.service.failure
        state = before.service.state if before.service.state in ("Failed", "Stopped") else "Stopped"
        self.ledger.set_state(name, state, failure=failure, release=True)

    def _prune(self, name: str, newest: int, keep: int) -> None:
        """Remove rows and files of revisions that nobody returns to; the active one always stays."""
        known = self.ledger.one(name)
        if known is None:
            return
        numbers = sorted((each.revision for each in known.revisions), reverse=True)
        kept = {newest, known.service.active_revision, *numbers[:keep]}
        for number in numbers:
            if number not in kept:
                self.ledger.drop_revision(name, number)
                shutil.rmtree(revision_folder(self.registry.folder, name, number), ignore_errors=True)

    def _is_staged(self, revision: RevisionRecord, resolved: Mapping[str, Any]) -> bool:
        root = app_root(self.registry.folder, revision.service, revision.revision)
        return bool(revision.environment_key) and (root / str(resolved.get("staged_script", ""))).is_file()

    def _origins(self, plan: Plan, revision: int) -> Origins:
        source = plan.script.source_directory
        return Origins(
            app_root(self.registry.folder, plan.service, revision), str(plan.script.path), str(source) if source else ""
        )


def _as_known(error: BaseException) -> ScoredockError:
    """Our own mistakes are told as such, and still leave a service that says why it failed."""
    if isinstance(error, ScoredockError):
        return error
    return ScoredockError("internal-error", f"The deployment failed inside Scoredock: {type(error).__name__}: {error}.")
