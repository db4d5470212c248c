"""The services of one workspace: deployed, updated, stopped, started, deleted, and how they are right now."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, cast

from scoredock import l10n
from scoredock.engine_table import Ability, EngineKind, engine_kind
from scoredock.engines.base import ClusterEngine, Engine, Observation
from scoredock.engines.failure import INTERRUPTED
from scoredock.engines.ports import require_free_port
from scoredock.environments.cache import EnvironmentCache
from scoredock.errors import ScoredockError, ServiceStateInvalid
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.registry import Registry
from scoredock.registry.store.faults import storing
from scoredock.service import Notice, Service
from scoredock.services.compute_targets import compute_of, is_on_another_machine
from scoredock.services.credentials import Credentials
from scoredock.services.folders import service_folder
from scoredock.services.last_deployments import LastDeployments
from scoredock.services.ledger import Ledger, ServiceRows
from scoredock.services.lifecycle.address import port_placed
from scoredock.services.lifecycle.debug_start import DebugStart
from scoredock.services.lifecycle.deploy_log import DeployLog
from scoredock.services.lifecycle.engines import Engines, require_ready
from scoredock.services.lifecycle.failures import Origins, failure_to_json, view_of
from scoredock.services.lifecycle.health import Health, running
from scoredock.services.lifecycle.kept_files import KeptRevision
from scoredock.services.lifecycle.launch import Launcher
from scoredock.services.lifecycle.leases import Leases
from scoredock.services.lifecycle.preparation import InImages, OnThisMachine, Preparation
from scoredock.services.lifecycle.recovery import Recovery
from scoredock.services.lifecycle.reload import Reload, Reloader
from scoredock.services.lifecycle.retention import Retention
from scoredock.services.lifecycle.rollback import at_revision, rollback_plan, rollback_request, target_of
from scoredock.services.lifecycle.stopping import cuts_off, end, until_over
from scoredock.services.logs import Logs
from scoredock.services.origin import origin_of
from scoredock.services.planning.image_request import with_image
from scoredock.services.planning.moved_script import require_in_place
from scoredock.services.planning.plan import Plan
from scoredock.services.request import (
    DeployRequest,
    DeploySettings,
    Description,
    UpdateRequest,
    described,
    merged,
    require_storable,
    require_valid,
    with_defaults,
)
from scoredock.state_table import is_at_rest

if TYPE_CHECKING:
    from scoredock.images.environment_images import EnvironmentImages
    from scoredock.services.client import Client
    from scoredock.services.cluster_objects import ClusterObjects


class Deployments:
    """Safe to use from several threads and processes; the lease of a service keeps its changes apart.

    Every verb may block and raises ScoredockError. Nothing here is state that matters: all of it lies in the store and
    with the engines.
    """

    def __init__(
        self, registry: Registry, *, engines: Mapping[str, Engine] | None = None, settings: DeploySettings | None = None
    ) -> None:
        self.registry = registry
        self.settings = settings or DeploySettings()
        self.engines: Mapping[str, Engine] = engines or Engines(self.settings.docker)
        self.ledger = Ledger(registry.store)
        self.last = LastDeployments(registry.store)
        self.environments = EnvironmentCache(registry.folder / "environments", self.settings.environment)
        self.health = Health(registry.folder, self.ledger, self.engines)
        self._images: EnvironmentImages | None = None
        self._recovery = Recovery(
            registry.folder, self.ledger, self.engines, self.environments, self.health, lambda: self.images
        )
        self.leases = Leases(self.ledger, self._recovery)
        self.credentials = Credentials(registry, self.ledger, self.health, self.leases, self.engine)
        self.logs = Logs(registry.folder, self.ledger, self.engine)

    @cached_property
    def client(self) -> Client:
        """Calls them."""
        from scoredock.services.client import Client

        return Client(self.registry, self.ledger, self.health, self.credentials, self.logs)

    @cached_property
    def objects(self) -> ClusterObjects:
        """Cluster objects of these deployments."""
        from scoredock.services.cluster_objects import ClusterObjects

        return ClusterObjects(self.registry, self.ledger, self.settings, self.engine, self._plan, self.launcher)

    def deploy(
        self, request: DeployRequest, progress: Progress | None = None, cancel: CancelToken | None = None
    ) -> Service:
        """Blocks until the service is Healthy.

        Raises ScoredockError with the cause; a service whose start failed stays, Failed, with its log.
        """
        progress, cancel = progress or Silent(), cancel or CancelToken()
        request = with_defaults(request, is_new=True)
        self.registry.store.require_writable()
        self.registry.store.keep_reserve()
        engine = self.engine(request.engine)
        self.ledger.require_no_endpoint(request.name)
        progress.report(l10n.t("Checking"))
        verb = "update" if request.overwrite and self.ledger.one(request.name) else "deploy"
        plan = self._plan(request, engine, verb)
        with self.leases.hold(request.name, verb):
            rows = self.ledger.one(request.name)
            if rows is not None and not request.overwrite:
                rows = self._as_observed(rows)
                self._require_failed(rows)
            self.last.note(plan.spec.script.path, request)
            with self._port_placed(request, plan):
                self._apply(rows, request, plan, self.launcher(engine, request.compute), progress, cancel)
        return self.service(request.name)

    def planned(self, request: DeployRequest) -> Plan:
        """Plan of the revision that `deploy` would make. Raises ScoredockError as `deploy` does before anything is
        made."""
        return self._plan(with_defaults(request), self.engine(with_defaults(request).engine), "deploy")

    def keep_refused(self, request: DeployRequest, error: ScoredockError) -> None:
        """A service that the checks refused, as Failed, with what was found in its log; one that was deployed before
        is left alone."""
        with self.leases.hold(request.name, "deploy"):
            known = self.ledger.one(request.name)
            if known is not None and known.revisions:
                return
            folder = service_folder(self.registry.folder, request.name)
            with storing(folder), DeployLog(folder, Silent()) as log:
                for line in error.details.get("findings", [error.message]):
                    log.output(str(line))
            view = view_of(error, Origins(PurePath(folder), "", ""), 0)
            self.ledger.refuse(with_defaults(request), failure_to_json(view))

    def update(
        self,
        name: str,
        changes: UpdateRequest,
        progress: Progress | None = None,
        cancel: CancelToken | None = None,
        *,
        debugger: DebugStart | None = None,
    ) -> Service:
        """A new revision of a service: what serves goes on serving until it is healthy, and when it fails.

        A service that is stopped or has failed is started with it. With a `debugger` it waits for that one.
        """
        progress, cancel = progress or Silent(), cancel or CancelToken()
        self.registry.store.require_writable()
        known = self.ledger.require(name)
        if known.current is None:
            raise ServiceStateInvalid(
                l10n.t("The service {name} was never deployed completely.", name=name), l10n.t("Deploy it again.")
            )
        request = merged(with_image(known.current.request, changes), changes)
        require_in_place(request.entry_script)
        engine = self.engine(request.engine, "debug" if debugger else None)
        progress.report(l10n.t("Checking"))
        plan = self._plan(request, engine, "update")
        with self.leases.hold(name, "update"), self._port_placed(request, plan):
            launcher = self.launcher(engine, request.compute, debugger)
            rows = at_revision(self.ledger.require(name), changes)
            seen = self._apply(rows, request, plan, launcher, progress, cancel)
            self.last.note(plan.spec.script.path, request)
        return self.health.view(self.ledger.require(name), seen) if seen is not None else self.service(name)

    def rollback(
        self, name: str, number: int = 0, progress: Progress | None = None, cancel: CancelToken | None = None
    ) -> Service:
        """A new revision made of the kept files of revision `number`, or with 0 of the one that served before; else as
        `update`. With 0 an update whose writer was killed is taken back, and that is all; in a cluster so is one that
        another machine has begun and that is not whole. Raises ScoredockError
        `revision-not-found`, `revision-damaged`, `model-not-found`."""
        progress, cancel = progress or Silent(), cancel or CancelToken()
        self.registry.store.require_writable()
        left = self.ledger.require(name).intent
        with self.leases.hold(name, "rollback"):
            rows = self.ledger.require(name)
            was_taken_back = left is not None and left.revision not in (0, *rows.numbers)
            if was_taken_back and not number and rows.current is not None:
                return self.service(name)
            serving = 0
            if engine_kind(rows.service.engine).in_cluster and rows.service.handle is not None:
                engine = self.engine(rows.service.engine)
                if not number and cast(ClusterEngine, engine).take_back(rows.service.handle):
                    return self.service(name)
                serving = engine.observe(rows.service.handle).revision
            target = target_of(rows, number, serving)
            kept = KeptRevision(self.registry.folder, target)
            kept.require_files()
            request = rollback_request(rows, target)
            launcher = replace(self.launcher(self.engine(request.engine), request.compute), kept_revision=kept)
            plan = rollback_plan(rows, target, self.registry, Reloader(launcher).content_before(rows, target, cancel))
            progress.report(l10n.t("Rolling back to revision {revision}", revision=target.number))
            with self._port_placed(request, plan):
                self._apply(rows, request, plan, launcher, progress, cancel)
            self.last.note(plan.spec.script.path, request)
        return self.service(name)

    def keep_revisions(self, name: str, number: int) -> None:
        """Remove what is kept of all but the newest revisions; the current one stays in any case."""
        self.registry.store.require_writable()
        self.ledger.require(name)
        with self.leases.hold(name, "revisions"):
            engine = self.engines[self.ledger.require(name).service.engine]
            self.launcher(engine).prune(name, Retention(max(1, number), 0.0))

    def describe(self, name: str, changes: Description) -> Service:
        """Another description, other tags, further properties; what serves goes on. Raises ScoredockError
        `service-not-found`, `service-state-invalid`, `service-property-exists`, `deploy-input-invalid`."""
        self.registry.store.require_writable()
        self.ledger.require(name)
        with self.leases.hold(name, "update"):
            current = self.ledger.require(name).current
            if current is None:
                raise ServiceStateInvalid(
                    l10n.t("The service {name} was never deployed completely.", name=name), l10n.t("Deploy it again.")
                )
            told = described(current.request, changes)
            require_storable(told)
            self.ledger.describe(name, told)
        return self.service(name)

    def _apply(
        self,
        rows: ServiceRows | None,
        request: DeployRequest,
        plan: Plan,
        launcher: Launcher,
        progress: Progress,
        cancel: CancelToken,
    ) -> Observation | None:
        """How it is now, where that was seen at its end."""
        engine = launcher.engine
        if rows is not None and (rows.service.engine != engine.name or is_on_another_machine(rows, request)):
            rows = self._left(rows, engine, progress, request.compute)
        observation = engine.observe(rows.service.handle) if rows is not None and rows.service.handle else None
        if rows is None or not running(observation):
            launcher.fresh(rows, request, plan, progress, cancel)
            return None
        moves = plan.spec.port is not None and observation is not None and plan.spec.port != observation.port
        if moves and plan.spec.port is not None:
            require_free_port(plan.spec.port)
        launcher = replace(launcher, observation=observation)
        service = launcher.beside(rows, request, plan, progress, cancel, release=not moves)
        if moves:
            # The port holds for the life of a parent process. The new revision has shown that it works, so the pause is
            # short.
            progress.report(l10n.t("Moving to port {port}", port=plan.spec.port))
            after = self.ledger.require(request.name)
            if after.service.handle is not None:
                engine.stop(after.service.handle, self.settings.stop_grace)
            launcher.again(after, progress, CancelToken())
        return None if moves or service.state != "Healthy" else service

    def _left(self, rows: ServiceRows, engine: Engine, progress: Progress, compute: str = "") -> ServiceRows:
        """The service without what the engine that it is taken from holds of it; its files and revisions stay."""
        former = self.engine(rows.service.engine)
        old, new = compute_of(rows) or former.name, compute or engine.name
        progress.report(l10n.t("Moving {service} from {old} to {new}", service=rows.service.name, old=old, new=new))
        if rows.service.handle is not None:
            former.stop(rows.service.handle, self.settings.stop_grace)
        former.clear(service_folder(self.registry.folder, rows.service.name))
        self.ledger.set_state(rows.service.name, "Stopped", handle=None, engine=engine.name)
        return self.ledger.require(rows.service.name)

    def _again(self, rows: ServiceRows, progress: Progress, cancel: CancelToken) -> None:
        engine = self.engine(rows.engine or rows.service.engine)
        if engine.name != rows.service.engine:
            rows = self._left(rows, engine, progress)
        self.launcher(engine, compute_of(rows)).again(rows, progress, cancel)

    def reload(
        self,
        name: str,
        progress: Progress | None = None,
        cancel: CancelToken | None = None,
        *,
        force: bool = False,
        on_save: bool = False,
        on_start: Callable[[str], None] = lambda _: None,
    ) -> Reload:
        """Serve the person's files as they are now, when they differ from those that are served or were refused;
        `force` tries in any case, `on_save` not what was rolled back. See `Reloader.reload`."""
        self.registry.store.require_writable()
        known = self.ledger.require(name)
        engine = self.engine(known.service.engine, "reload")
        reloader, cancel = Reloader(self.launcher(engine, compute_of(known))), cancel or CancelToken()
        with self.leases.reload(name, cancel):
            outcome, notes = reloader.reload(
                self.ledger.require(name), progress or Silent(), cancel, force=force, on_save=on_save, on_start=on_start
            )
        return Reload(outcome, self.service(name), notes)

    def content(self, name: str) -> str:
        """Digest of the person's files of a service as they are now. Raises as staging does."""
        known = self.ledger.require(name)
        return Reloader(self.launcher(self.engine(known.service.engine))).content(known, CancelToken())

    def is_news(self, name: str) -> bool:
        """True if a save of the person's files as they are now is to be served. Raises as `content`."""
        known = self.ledger.require(name)
        reloader = Reloader(self.launcher(self.engine(known.service.engine)))
        return reloader.is_news(known, self.content(name), on_save=True)

    # ------------------------------------------------------------------------------------------ stop, start, delete

    def stop(
        self, name: str, progress: Progress | None = None, cancel: CancelToken | None = None, *, now: bool = False
    ) -> Service:
        """End it and free its port; its files, log and revisions stay. Stopping what is stopped is harmless. A cancel
        ends the wait for Docker; stopping it once more goes on from there. With `now` requests under way are cut off,
        also those that a stop under way waits for."""
        self.registry.store.require_writable()
        self._look(name, progress, cancel)
        with until_over(cancel, progress):
            if now and cuts_off(self.ledger, self.engine, name, cancel or CancelToken()):
                return self.service(name)
        grace = 0.0 if now else self.settings.stop_grace
        with self.leases.hold(name, "stop"), until_over(cancel, progress):
            known = self.ledger.require(name)
            if known.service.handle is not None:
                end(self.engine(known.service.engine), known.service.handle, grace, progress)
            if known.service.state != "Failed" or known.service.handle is not None:
                self.ledger.set_state(name, "Stopped", release=True)
        return self.service(name)

    def start(self, name: str, progress: Progress | None = None, cancel: CancelToken | None = None) -> Service:
        """Start the current revision from its staged files; one that runs is left alone."""
        self.registry.store.require_writable()
        self.ledger.require(name)
        with self.leases.hold(name, "start"):
            known = self._as_observed(self.ledger.require(name))
            if is_at_rest(known.service.state):
                self._again(known, progress or Silent(), cancel or CancelToken())
        return self.service(name)

    def restart(self, name: str, progress: Progress | None = None, cancel: CancelToken | None = None) -> Service:
        """Stop and start under one lease."""
        self.registry.store.require_writable()
        self._look(name, progress, cancel)
        with self.leases.hold(name, "restart"):
            known = self.ledger.require(name)
            if known.service.handle is not None:
                with until_over(cancel, progress):
                    end(self.engine(known.service.engine), known.service.handle, self.settings.stop_grace, progress)
            self._again(known, progress or Silent(), cancel or CancelToken())
        return self.service(name)

    def delete(
        self,
        name: str,
        progress: Progress | None = None,
        cancel: CancelToken | None = None,
        *,
        force: bool = False,
    ) -> None:
        """Stop it and remove everything of it: process or container, files, log, rows. Models stay.

        With `force` also when its engine cannot be asked, which gives up what it holds of it when it is used again. A
        cancel ends the wait for Docker; deleting it once more goes on from there.
        """
        self.registry.store.require_writable()
        self.ledger.require(name)
        with self.leases.hold(name, "delete", force=force), until_over(cancel, progress):
            known = self.ledger.one(name)
            if known is not None:
                self._recovery.remove(known, force=force)

    def services(self, good_for: float = 0.0) -> list[Service]:
        """All services by name, observed now; of those in clusters, what was observed so many seconds ago at most. What
        a killed writer left is finished or rolled back on the way."""
        if not self.registry.read_only:
            self._recovery.before_a_look(elsewhere=not good_for)
        return self.health.views(good_for)

    def service(self, name: str) -> Service:
        """Present state of a service, with an interrupted change finished. Raises ScoredockError
        `service-not-found`."""
        self._recovery.take_up_elsewhere(name)
        known = self.ledger.require(name)
        if known.intent is not None and not self.registry.read_only:
            self._recovery.before_a_look(name)
            known = self.ledger.require(name)
        return self.health.look(known)

    def recover(self) -> list[Notice]:
        """Notices from recovery, which a server does when it starts. A read-only workspace is only looked at."""
        return [] if self.registry.read_only else self._recovery.all()

    def interrupted(self) -> list[str]:
        """Names of the services that ran when the machine or Docker was restarted, and have not been started since."""
        return [view.name for view in self.services() if view.failure is not None and view.failure.code == INTERRUPTED]

    def take_notices(self) -> list[Notice]:
        """Notices that nobody was shown yet, which count as shown with this."""
        return [] if self.registry.read_only else self.ledger.take_notices()

    def require_possible(self, request: DeployRequest) -> None:
        """Refuses what can be refused before a file is read or a model is registered: `service-name-invalid`,
        `deploy-input-invalid`, `port-invalid`, `service-exists`, `workspace-read-only`, engines that cannot work here.
        """
        require_valid(request)
        self.registry.store.require_writable()
        self.engine(with_defaults(request).engine)
        known = self.ledger.one(request.name)
        if known is not None and not request.overwrite:
            self._require_failed(known)

    def _require_failed(self, rows: ServiceRows) -> None:
        """A service that may be replaced without having been asked to is one that has failed."""
        state = self._as_observed(rows).service.state
        if state != "Failed":
            raise ScoredockError(
                "service-exists",
                l10n.t("A service {name} already exists ({state}).", name=rows.service.name, state=state),
                details={"service": rows.service.name},
            )

    def engine(self, name: str, ability: Ability | None = None) -> Engine:
        """One that can work here. Raises ScoredockError."""
        engine = self.engines.get(name)
        if engine is None:
            raise ScoredockError("engine-not-available", l10n.t("There is no engine {name}.", name=name[:32]))
        require_ready(engine, ability)
        self._recovery.sweep_left(engine)
        return engine

    def launcher(self, engine: Engine, compute: str = "", debugger: DebugStart | None = None) -> Launcher:
        """Launcher of revisions on an engine."""
        preparation = self._preparation(engine_kind(engine.name), compute)
        return Launcher(self.registry, self.ledger, engine, preparation, self.settings, debugger)

    def _plan(self, request: DeployRequest, engine: Engine, verb: str) -> Plan:
        from scoredock.services.planning.plan_request import plan_request

        kind = engine_kind(engine.name)
        preparation = self._preparation(kind, request.compute)
        preparation.require_answer()
        built = preparation.built
        plan = plan_request(request, self.registry, built, contained=kind.contained)
        return replace(plan, origin=origin_of(verb, plan.spec.script))

    def _preparation(self, kind: EngineKind, compute: str) -> Preparation:
        if kind.needs_compute:
            from scoredock.services.lifecycle.in_remote_docker import elsewhere

            return elsewhere(kind, self.images, self.registry, compute)
        return InImages(self.images, self.registry) if kind.contained else OnThisMachine(self.environments)

    @property
    def images(self) -> EnvironmentImages:
        """Images of environments; made when first needed, as most workspaces have none."""
        if self._images is None:
            from scoredock.images.environment_images import IMAGES, EnvironmentImages

            own, folder, files = self.settings, self.registry.folder / IMAGES, self.environments.local_files
            self._images = EnvironmentImages(folder, own.environment, own.docker, own.base_image, files)
        return self._images

    def _port_placed(self, request: DeployRequest, plan: Plan) -> contextlib.AbstractContextManager[None]:
        return port_placed(request, plan, self.ledger.all, lambda rows: running(self.health.observe(rows)))

    def _look(self, name: str, progress: Progress | None, cancel: CancelToken | None) -> None:
        """Its port may have changed since the last one, as by a container that was started by hand."""
        rows = self.ledger.require(name)
        with until_over(cancel, progress):
            self.health.look(rows)

    def _as_observed(self, rows: ServiceRows) -> ServiceRows:
        """The service with its state as observed; the lease is ours, so the ledger is not written here."""
        seen = self.health.observe(rows)
        return rows if seen is None else replace(rows, service=replace(rows.service, state=seen.state))
