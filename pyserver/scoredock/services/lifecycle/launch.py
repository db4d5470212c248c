"""Brings one revision of a service up: staging, environment, starting, probing; beside the old one where one serves."""

from __future__ import annotations

import logging
import secrets
import shutil
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath

from scoredock import l10n
from scoredock.engine_table import engine_kind
from scoredock.engines.base import Engine, Launch, Observation
from scoredock.engines.failure import LaunchFailed
from scoredock.engines.handle import Handle
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import Cancelled, ScoredockError, ServiceStateInvalid
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry import Registry
from scoredock.registry.store.faults import storing
from scoredock.services.access.access_file import (
    Access,
    authentication,
    forget_former,
    fresh_access,
    keep_former,
    read_access,
    with_given,
    write_access,
)
from scoredock.services.access.certificate import certificate_folder, with_own_certificate
from scoredock.services.access.shared_access import newest_access, shared_form
from scoredock.services.folders import app_root, revision_folder, service_folder
from scoredock.services.ledger import Ledger, ServiceRows
from scoredock.services.lifecycle.address import start_where_it_was
from scoredock.services.lifecycle.adoption import write_revision
from scoredock.services.lifecycle.debug_start import DebugStart, start_seconds
from scoredock.services.lifecycle.deploy_log import DeployLog
from scoredock.services.lifecycle.failures import (
    Origins,
    advised,
    failure_to_json,
    located,
    view_of,
)
from scoredock.services.lifecycle.kept_files import KeptRevision, stage_kept
from scoredock.services.lifecycle.preparation import Preparation, Prepared, seen_root
from scoredock.services.lifecycle.retention import Retention
from scoredock.services.lifecycle.revision_cleanup import sweep_revisions
from scoredock.services.lifecycle.staging import Former, read_staged, stage, write_staged
from scoredock.services.lifecycle.start_health import health_of_start
from scoredock.services.own_file import OwnFile
from scoredock.services.planning.front_end import GivenKeys
from scoredock.services.planning.plan import Plan
from scoredock.services.request import DeployRequest, DeploySettings
from scoredock.services.revision import Revision, RevisionSpec
from scoredock.state_table import is_at_rest
from scoredock_runtime.contract import LOG_IDS

_log = logging.getLogger(__name__)
_TELEMETRY_VARIABLE = "AML_APP_INSIGHTS_ENABLED"
"""What Azure sets in the image of a service with `appInsightsEnabled`."""


def origins_of(workspace: Path, revision: Revision, number: int | None = None) -> Origins:
    """Original paths of the staged files of a revision, or of revision `number`, which differs in its files only."""
    number = revision.number if number is None else number
    root = seen_root(revision.request.engine, app_root(workspace, revision.service, number))
    folder = revision_folder(workspace, revision.service, number)
    return Origins(root, "", "", folder=folder) if revision.spec is None else _origins(revision.spec, root, folder)


def _origins(spec: RevisionSpec, root: PurePath, folder: Path) -> Origins:
    source, front = spec.script.source_directory, spec.front
    return Origins(
        root, str(spec.script.path), str(source) if source else "", front.certificate, front.certificate_key, folder
    )


@dataclass(frozen=True, slots=True)
class Launcher:
    """Does the work of one change; whoever calls it holds the lease of the service."""

    registry: Registry
    ledger: Ledger
    engine: Engine
    preparation: Preparation
    settings: DeploySettings
    debugger: DebugStart | None = None
    kept_revision: KeptRevision | None = None
    """The revision whose files are deployed anew, instead of the person's."""
    observation: Observation | None = None
    """How the service is that a revision is started beside."""

    @property
    def _newest_there(self) -> int:
        """Number of the newest revision that the engine has of the service; 0 if nothing was observed."""
        if self.observation is None:
            return 0
        replicas = [each.revision for each in self.observation.replicas]
        return max(self.observation.revision, self.observation.refused_revision, *replicas)

    # ------------------------------------------------------------------------------------------ a new revision

    def fresh(
        self, before: ServiceRows | None, request: DeployRequest, plan: Plan, progress: Progress, cancel: CancelToken
    ) -> None:
        """Start a revision where none serves.

        On failure the service stays with its cause and its log; on cancel everything is as before. Raises
        ScoredockError.
        """
        name = plan.service
        revision = self.ledger.begin(request, plan, serving=False)
        origins = self._origins(plan, revision)
        folder = service_folder(self.registry.folder, name)
        handle: Handle | None = None
        try:
            with storing(folder), self._log(folder, progress) as log:
                environment = self._prepare(plan, revision, log, cancel)
                self._take_keys(folder, plan.keys, before.service.handle if before is not None else None)
                launch = self.launch_of(name, revision, plan.spec, environment, secrets.token_hex(32), plan.model_ids)
                launch = self.preparation.completed(launch, plan.spec.environment, log, cancel)
            handle = self.start(launch, progress, cancel, before.service.port if before is not None else None)
            observation = self.await_health(handle, launch, progress, cancel)
        except BaseException as error:  # a Ctrl-C or a cancel takes back what was begun, too
            if isinstance(error, Cancelled) or not isinstance(error, Exception):
                self._clear(folder, data=before is None)
                self._undo(before, name, revision)
                raise
            if handle is not None:
                self._stop(handle)
                if engine_kind(self.engine.name).in_cluster and (before is None or not before.service.active_revision):
                    # Its log is here, and nobody has ever used its address.
                    self._clear(folder)
            raise self._fail(name, revision, origins, OwnFile.of(request), error, plan.spec.environment) from error
        self.ledger.set_state(
            name, "Healthy", port=observation.port, handle=handle, failure=None, active_revision=revision, release=True
        )
        self._prune(name)

    def beside(
        self,
        before: ServiceRows,
        request: DeployRequest,
        plan: Plan,
        progress: Progress,
        cancel: CancelToken,
        *,
        release: bool = True,
    ) -> Observation:
        """Replace the revision that serves, which goes on serving until the new one is healthy, and
        when that fails.

        Without `release` the caller keeps the lease, for what it does next, when this has worked. Raises ScoredockError
        with the cause; the failure is also recorded beside the healthy state.
        """
        name, state, old = plan.service, before.service.state, before.service.handle
        if old is None:
            raise ServiceStateInvalid(l10n.t("The service {name} does not run.", name=name), l10n.t("Deploy it again."))
        revision = self.ledger.begin(request, plan, serving=True, above=self._newest_there)
        origins = self._origins(plan, revision)
        folder = service_folder(self.registry.folder, name)
        former_keys: Access | None = None
        try:
            with storing(folder), self._log_beside(folder, progress) as log:
                environment = self._prepare(
                    plan, revision, log, cancel, self.former(name, before.service.active_revision)
                )
                former_keys = self._take_keys(folder, plan.keys, old, revision)
                launch = self.launch_of(name, revision, plan.spec, environment, old.nonce, plan.model_ids)
                launch = self.preparation.completed(launch, plan.spec.environment, log, cancel)
                self.ledger.set_phase(name, "starting")
                progress.report(
                    l10n.t(
                        "Starting revision {revision} beside revision {active_revision}",
                        revision=revision,
                        active_revision=(self.observation.revision if self.observation else 0)
                        or before.service.active_revision,
                    )
                )
                handle = self.engine.replace(old, launch, progress, cancel)
        except BaseException as error:  # a Ctrl-C or a cancel takes back what was begun, too
            if former_keys is not None:
                write_access(folder, former_keys)  # the old revision goes on, and knows only these
            shutil.rmtree(revision_folder(self.registry.folder, name, revision), ignore_errors=True)
            self.ledger.drop_revision(name, revision)
            if isinstance(error, Cancelled) or not isinstance(error, Exception):
                self.ledger.set_state(name, state, release=True)
                raise
            key = environment.key if isinstance(error, LaunchFailed) else ""
            from scoredock.services.lifecycle.unpickling import loaded_models  # for failures only

            models = partial(loaded_models, self.registry, plan.model_ids, plan.spec.environment, key)
            failure = OwnFile.of(request).error(advised(as_known(error), plan.spec.environment, models))
            view = view_of(failure, origins, revision, during="update")
            self.ledger.set_state(name, state, failure=failure_to_json(view), release=True)
            raise located(failure, view) from error
        self.ledger.set_phase(name, "probing")
        observation = self.engine.observe(handle)
        self.ledger.set_state(
            name,
            observation.state,
            observation.phase,
            port=observation.port,
            handle=handle,
            failure=None,
            active_revision=revision,
            release=release,
        )
        forget_former(revision_folder(self.registry.folder, name, revision))
        self._prune(name)
        return observation

    # ------------------------------------------------------------------------------------------ a staged revision again

    def again(self, rows: ServiceRows, progress: Progress, cancel: CancelToken) -> None:
        """Start the current revision from its staged files.

        Raises ScoredockError; `service-state-invalid` when its files were never staged completely.
        """
        name, revision = rows.service.name, rows.current
        spec = revision.spec if revision else None
        if revision is None or spec is None or not self._is_staged(revision, spec):
            raise ServiceStateInvalid(
                l10n.t("The service {name} has no staged revision to start.", name=name), l10n.t("Deploy it again.")
            )
        origins, number = origins_of(self.registry.folder, revision), revision.number
        folder = service_folder(self.registry.folder, name)
        handle: Handle | None = None
        self.ledger.set_state(name, "Transitioning", "environment")
        try:
            with storing(folder), self._log(folder, progress) as log:
                environment = self.preparation.prepare(self._with_debugger(spec.environment), log, cancel)
                self._take_keys(folder, GivenKeys(), rows.service.handle)
                nonce = secrets.token_hex(32)
                launch = self.launch_of(name, number, spec, environment, nonce, revision.models)
                launch = self.preparation.completed(launch, spec.environment, log, cancel)
            self.ledger.set_environment(name, number, environment.key, str(environment.python))
            handle = self.start(launch, progress, cancel, rows.service.port)
            observation = self.await_health(handle, launch, progress, cancel)
        except BaseException as error:  # a Ctrl-C or a cancel takes back what was begun, too
            if isinstance(error, Cancelled) or not isinstance(error, Exception):
                self._clear(folder)
                back = rows.service.state if is_at_rest(rows.service.state) else "Stopped"
                self.ledger.set_state(name, back, release=True)
                raise
            if handle is not None:
                self._stop(handle)
            own = OwnFile.of(revision.request)
            raise self._fail(name, number, origins, own, error, spec.environment) from error
        self.ledger.set_state(
            name, "Healthy", port=observation.port, handle=handle, failure=None, active_revision=number, release=True
        )
        if revision.origin.failed:
            self.ledger.set_origin(revision, replace(revision.origin, failed=False))

    # ------------------------------------------------------------------------------------------ steps

    def _prepare(
        self, plan: Plan, revision: int, progress: Progress, cancel: CancelToken, former: Former | None = None
    ) -> Prepared:
        for note in plan.notes:
            progress.report(note)
        folder = revision_folder(self.registry.folder, plan.service, revision)
        root = app_root(self.registry.folder, plan.service, revision)
        copied = self.preparation.stages_models
        if self.kept_revision is not None:
            staged = stage_kept(
                self.kept_revision, plan.models if copied else (), self.registry, root, progress, cancel
            )
        else:
            staged = stage(plan, self.registry, root, self.settings, progress, cancel, former, models=copied)
        write_staged(folder, staged)
        self.ledger.set_phase(plan.service, "environment")
        environment = self._environment(plan.spec.environment, progress, cancel)
        self.ledger.set_environment(plan.service, revision, environment.key, str(environment.python))
        write_revision(self.registry.folder, self.ledger.require(plan.service), revision)
        cancel.raise_if_cancelled()
        return environment

    def _environment(self, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> Prepared:
        """Environment of a revision; for a kept one the very one that it ran in, built again if it has gone."""
        if self.kept_revision is not None:
            return self.preparation.again(self.kept_revision.revision.environment_key, spec, progress, cancel)
        return self.preparation.prepare(self._with_debugger(spec), progress, cancel)

    def former(self, name: str, revision: int) -> Former:
        """A staged revision that the next one may share files with."""
        folder = revision_folder(self.registry.folder, name, revision)
        return Former(app_root(self.registry.folder, name, revision), read_staged(folder))

    def _log(self, folder: Path, progress: Progress) -> DeployLog:
        return DeployLog(folder, progress, shared=engine_kind(self.engine.name).contained)

    def _log_beside(self, folder: Path, progress: Progress) -> AbstractContextManager[Progress]:
        """While another revision runs: a process numbers the lines of its log itself, a container leaves that to us."""
        return self._log(folder, progress) if engine_kind(self.engine.name).contained else nullcontext(progress)

    def _take_keys(self, folder: Path, keys: GivenKeys, handle: Handle | None, revision: int = 0) -> Access | None:
        """See that the service has keys, those of its configuration if that names some; the former ones when they
        changed, which are kept beside a `revision` that takes over from another one."""
        before = newest_access(self.engine, handle, folder)
        access = with_given(before or fresh_access(), keys)
        if access == before:
            return None
        if revision and before is not None:
            keep_former(revision_folder(self.registry.folder, folder.name, revision), before)
        write_access(folder, access)
        return before

    def _with_debugger(self, spec: EnvironmentSpec) -> EnvironmentSpec:
        return self.debugger.environment(spec) if self.debugger else spec

    def launch_of(
        self, name: str, revision: int, spec: RevisionSpec, environment: Prepared, nonce: str, models: Iterable[str]
    ) -> Launch:
        root = app_root(self.registry.folder, name, revision)
        source = spec.script.source_directory
        variables = environment.variables(spec.variables)
        folder = service_folder(self.registry.folder, name)
        front, access = spec.front, read_access(folder)
        if front.telemetry:
            variables.setdefault(_TELEMETRY_VARIABLE, "true")
        if self.debugger:
            variables = self.debugger.variables(variables)
            front = self.debugger.front_end(front)
        return Launch(
            service=name,
            workspace=self.registry.folder.name,
            revision=revision,
            folder=folder,
            app_root=root,
            entry_script=spec.staged_script,
            source_directory=source.name if source else None,
            model_dir=str(self.preparation.root(root) / spec.model_dir),
            python=environment.python,
            script_python=environment.script_python,
            port=spec.port,
            nonce=nonce,
            working_directory=spec.working_directory,
            environment=variables,
            inherited=self.settings.inherited_variables,
            start_timeout=start_seconds(variables, self.settings.start_timeout) + front.readiness_seconds,
            lost_node_seconds=self.settings.lost_node_seconds,
            repeat_requests=self.settings.repeat_requests,
            front=with_own_certificate(front, certificate_folder(self.registry.folder, name, revision)),
            authentication=authentication(access, front.authentication),
            access=shared_form(access, front.authentication),
            strict=spec.strict,
            metrics=True,
            request_log=LOG_IDS,
            image=environment.image,
            models=self.preparation.models(models),
            options=spec.options,
            configuration=spec.configuration,
            develop=spec.develop,
            debug_port=self.debugger.port if self.debugger else 0,
            debug_token=self.debugger.token if self.debugger else "",
        )

    def start(self, launch: Launch, progress: Progress, cancel: CancelToken, former_port: int | None = None) -> Handle:
        # Recorded before it is done, so that a killed writer's service is looked for.
        self.ledger.set_phase(launch.service, "starting")
        progress.report(l10n.t("Starting the service"))
        with storing(launch.folder):
            if former_port and not launch.port:
                return start_where_it_was(self.engine, launch, former_port, progress, cancel)
            return self.engine.start(launch, progress, cancel)

    def await_health(self, handle: Handle, launch: Launch, progress: Progress, cancel: CancelToken) -> Observation:
        """Waits until init() has returned and a self-check was answered. Raises LaunchFailed, `cancelled`."""
        return health_of_start(
            self.engine, handle, launch, partial(self.ledger.set_phase, launch.service), progress, cancel
        )

    # ------------------------------------------------------------------------------------------ endings

    def _stop(self, handle: Handle) -> None:
        """Stops what failed; an engine that does not respond any more must not keep its cause from being reported."""
        try:
            self.engine.stop(handle, 0)
        except ScoredockError as error:
            _log.warning("service %s: what failed could not be ended: %s", handle.folder.name, error)

    def _clear(self, folder: Path, *, data: bool = False) -> None:
        """Nothing of a start that was called off goes on; what could not be ended now is ended by the next recovery."""
        try:
            self.engine.clear(folder, data=data)
        except ScoredockError as error:
            _log.warning("service %s: what was begun could not be cleared: %s", folder.name, error)

    def _fail(
        self,
        name: str,
        revision: int,
        origins: Origins,
        own: OwnFile,
        error: BaseException,
        environment: EnvironmentSpec,
    ) -> ScoredockError:
        """Record why it failed; the service stays to be looked at."""
        from scoredock.services.lifecycle.unpickling import loaded_by  # for failures only

        models = partial(loaded_by, self.registry, self.ledger, name, revision, environment)
        failure = own.error(advised(as_known(error), environment, models))
        view = view_of(failure, origins, revision)
        self._note_failed(name, revision)
        self.ledger.set_state(name, "Failed", handle=None, failure=failure_to_json(view), release=True)
        self._prune(name)
        return located(failure, view)

    def _undo(self, before: ServiceRows | None, name: str, revision: int) -> None:
        """Removes all traces of a revision."""
        if before is None:
            shutil.rmtree(service_folder(self.registry.folder, name), ignore_errors=True)
            self.ledger.forget(name)
            return
        shutil.rmtree(revision_folder(self.registry.folder, name, revision), ignore_errors=True)
        self.ledger.drop_revision(name, revision)
        state = before.service.state if is_at_rest(before.service.state) else "Stopped"
        self.ledger.set_state(name, state, failure=before.service.failure, release=True)

    def _note_failed(self, name: str, number: int) -> None:
        """Marks a revision that never served, so that nobody returns to it."""
        rows = self.ledger.require(name)
        for revision in rows.revisions:
            if revision.number == number != rows.service.active_revision:
                self.ledger.set_origin(revision, replace(revision.origin, failed=True))

    def _prune(self, name: str) -> None:
        """Remove rows and files of revisions that are not kept any longer."""
        self.prune(name, Retention(self.settings.kept_revisions, self.settings.kept_days))

    def prune(self, name: str, retention: Retention) -> None:
        """The same by other limits than those that are set."""
        rows = self.ledger.one(name)
        if rows is None:
            return
        kept_numbers = retention.kept(rows.revisions, rows.service.active_revision, time.time())
        for revision in rows.revisions:
            if revision.number not in kept_numbers:
                self.ledger.drop_revision(name, revision.number)
                shutil.rmtree(revision_folder(self.registry.folder, name, revision.number), ignore_errors=True)
        sweep_revisions(self.registry.folder, name, rows.numbers, self.settings.stop_grace)

    def _is_staged(self, revision: Revision, spec: RevisionSpec) -> bool:
        root = app_root(self.registry.folder, revision.service, revision.number)
        return bool(revision.environment_key) and (root / spec.staged_script).is_file()

    def _origins(self, plan: Plan, revision: int) -> Origins:
        root = self.preparation.root(app_root(self.registry.folder, plan.service, revision))
        return _origins(plan.spec, root, revision_folder(self.registry.folder, plan.service, revision))


def as_known(error: BaseException) -> ScoredockError:
    """Our own mistakes are reported as such, and still leave a service that says why it failed."""
    if isinstance(error, ScoredockError):
        return error
    return ScoredockError(
        "internal-error",
        l10n.t("The deployment failed inside Scoredock: {name}: {error}.", name=type(error).__name__, error=error),
    )
