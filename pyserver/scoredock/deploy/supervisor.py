"""The services of one workspace: everything that can be done to them and asked of them."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock.deploy.access import Access, Token, authentication, read_access, renewed, token_of, write_access
from scoredock.deploy.calls import Answer, Sample, address_at, explained, require_credential, sample_of, send
from scoredock.deploy.debug import DebugStart
from scoredock.deploy.engines import Engines, require_ready
from scoredock.deploy.health import Health, running
from scoredock.deploy.image_request import with_image
from scoredock.deploy.launch import Launcher
from scoredock.deploy.ledger import Known, Ledger
from scoredock.deploy.planning.plan import Plan
from scoredock.deploy.planning.plan_request import plan_request
from scoredock.deploy.preparation import InImages, OnThisMachine, Preparation
from scoredock.deploy.recovery import Recovery
from scoredock.deploy.reload import Reload, Reloader
from scoredock.deploy.request import DeployRequest, DeploySettings, UpdateRequest, merged, with_defaults
from scoredock.deploy.sample_rows import sample_of_models
from scoredock.deploy.staging import service_folder
from scoredock.engines.base import Engine
from scoredock.engines.failure import INTERRUPTED
from scoredock.engines.log_files import last_number, log_path, read_log
from scoredock.engines.ports import require_free_port
from scoredock.engines.probe import Address
from scoredock.environments.cache import EnvironmentCache
from scoredock.errors import Place, ScoredockError, ServiceBusy, ServiceStateInvalid
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.registry import Registry
from scoredock.registry.faults import storing
from scoredock.service import Authenticated, Notice, Service
from scoredock_runtime.contract import LogRecord

if TYPE_CHECKING:
    from scoredock.images.environment_images import EnvironmentImages

_log = logging.getLogger(__name__)
_RELOAD_PATIENCE = 15.0
"""Seconds that a change waits for a reload by another process before it says that the service is busy."""


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
        self.environments = EnvironmentCache(registry.folder / "environments", self.settings.environment)
        self.health = Health(registry.folder, self.ledger, self.engines)
        self._reloads: dict[str, CancelToken] = {}
        self._images: EnvironmentImages | None = None
        self._recovery = Recovery(
            registry.folder, self.ledger, self.engines, self.environments, self.health, lambda: self.images
        )

    # ------------------------------------------------------------------------------------------ deploy and update

    def deploy(
        self, request: DeployRequest, progress: Progress | None = None, cancel: CancelToken | None = None
    ) -> Service:
        """Blocks until the service is Healthy.

        Raises ScoredockError with the cause; a service whose start failed stays, Failed, with its log.
        """
        progress, cancel = progress or Silent(), cancel or CancelToken()
        request = with_defaults(request)
        self.registry.store.require_writable()
        self.registry.store.keep_reserve()
        engine = self._engine(request.engine)
        progress.report("Checking")
        plan = self._plan(request, engine)
        with self._lease(request.name, "update" if request.overwrite and self.ledger.one(request.name) else "deploy"):
            known = self.ledger.one(request.name)
            if known is not None and not request.overwrite:
                known = self._settled(known)
                if known.service.state != "Failed":
                    raise ScoredockError(
                        "service-exists",
                        f"A service {request.name} exists already ({known.service.state}).",
                        details={"service": request.name},
                    )
            self.ledger.remember(plan.spec.script.path, request)
            with self._port_placed(request, plan):
                self._apply(known, request, plan, self._launcher(engine), progress, cancel)
        return self.service(request.name)

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
            raise ServiceStateInvalid(f"The service {name} was never deployed completely.", "Deploy it again.")
        request = merged(with_image(known.current.request, changes), changes)
        engine = self._engine(request.engine)
        progress.report("Checking")
        plan = self._plan(request, engine)
        with self._lease(name, "update"), self._port_placed(request, plan):
            launcher = self._launcher(engine, debugger)
            self._apply(self.ledger.require(name), request, plan, launcher, progress, cancel)
        return self.service(name)

    def _apply(
        self,
        known: Known | None,
        request: DeployRequest,
        plan: Plan,
        launcher: Launcher,
        progress: Progress,
        cancel: CancelToken,
    ) -> None:
        engine = launcher.engine
        if known is not None and known.service.engine != engine.name:
            known = self._left(known, engine, progress)
        seen = engine.observe(known.service.handle) if known is not None and known.service.handle else None
        if known is None or not running(seen):
            launcher.fresh(known, request, plan, progress, cancel)
            return
        moves = plan.spec.port is not None and seen is not None and plan.spec.port != seen.port
        if moves and plan.spec.port is not None:
            require_free_port(plan.spec.port)
        launcher.beside(known, request, plan, progress, cancel, release=not moves)
        if moves:
            # The port holds for the life of a parent process. The new revision has shown that it works, so the pause is
            # short.
            progress.report(f"Moving to port {plan.spec.port}")
            after = self.ledger.require(request.name)
            if after.service.handle is not None:
                engine.stop(after.service.handle, self.settings.stop_grace)
            launcher.again(after, progress, CancelToken())

    def _left(self, known: Known, engine: Engine, progress: Progress) -> Known:
        """The service without what the engine that it is taken from holds of it; its files and revisions stay."""
        former = self._engine(known.service.engine)
        progress.report(f"Moving {known.service.name} from {former.name} to {engine.name}")
        if known.service.handle is not None:
            former.stop(known.service.handle, self.settings.stop_grace)
        former.clear(service_folder(self.registry.folder, known.service.name))
        self.ledger.set_state(known.service.name, "Stopped", handle=None, engine=engine.name)
        return self.ledger.require(known.service.name)

    def _again(self, known: Known, progress: Progress, cancel: CancelToken) -> None:
        engine = self._engine(known.engine or known.service.engine)
        if engine.name != known.service.engine:
            known = self._left(known, engine, progress)
        self._launcher(engine).again(known, progress, cancel)

    def reload(
        self,
        name: str,
        progress: Progress | None = None,
        cancel: CancelToken | None = None,
        *,
        force: bool = False,
        begun: Callable[[str], None] = lambda _: None,
    ) -> Reload:
        """Serve the person's files as they are now, when they differ from those that are served or were refused.

        `force` tries in any case. `begun` is told the content that is being started. See `Reloader.reload`.
        """
        self.registry.store.require_writable()
        known = self.ledger.require(name)
        reloader, cancel = Reloader(self._launcher(self._engine(known.service.engine))), cancel or CancelToken()
        with self._lease(name, "reload"):
            self._reloads[name] = cancel
            try:
                outcome, notes = reloader.reload(
                    self.ledger.require(name), progress or Silent(), cancel, force=force, begun=begun
                )
            finally:
                del self._reloads[name]
        return Reload(outcome, self.service(name), notes)

    def content(self, name: str) -> str:
        """Digest of the person's files of a service as they are now. Raises as staging does."""
        known = self.ledger.require(name)
        return Reloader(self._launcher(self._engine(known.service.engine))).content(known, CancelToken())

    def is_news(self, name: str) -> bool:
        """Whether a service neither serves nor has refused the person's files as they are now. Raises as `content`."""
        known = self.ledger.require(name)
        reloader = Reloader(self._launcher(self._engine(known.service.engine)))
        return reloader.is_news(known, reloader.content(known, CancelToken()))

    # ------------------------------------------------------------------------------------------ stop, start, delete

    def stop(self, name: str) -> Service:
        """End it and free its port; its files, log and revisions stay. Stopping what is stopped is harmless."""
        self.registry.store.require_writable()
        self.ledger.require(name)
        with self._lease(name, "stop"):
            known = self.ledger.require(name)
            if known.service.handle is not None:
                self._engine(known.service.engine).stop(known.service.handle, self.settings.stop_grace)
            if known.service.state != "Failed" or known.service.handle is not None:
                self.ledger.set_state(name, "Stopped", release=True)
        return self.service(name)

    def start(self, name: str, progress: Progress | None = None, cancel: CancelToken | None = None) -> Service:
        """Start the current revision from its staged files; one that runs is left alone."""
        self.registry.store.require_writable()
        self.ledger.require(name)
        with self._lease(name, "start"):
            known = self._settled(self.ledger.require(name))
            if known.service.state in ("Stopped", "Failed"):
                self._again(known, progress or Silent(), cancel or CancelToken())
        return self.service(name)

    def restart(self, name: str, progress: Progress | None = None, cancel: CancelToken | None = None) -> Service:
        """Stop and start under one lease."""
        self.registry.store.require_writable()
        self.ledger.require(name)
        with self._lease(name, "restart"):
            known = self.ledger.require(name)
            if known.service.handle is not None:
                self._engine(known.service.engine).stop(known.service.handle, self.settings.stop_grace)
            self._again(known, progress or Silent(), cancel or CancelToken())
        return self.service(name)

    def delete(self, name: str, *, force: bool = False) -> None:
        """Stop it and remove everything of it: process or container, files, log, rows. Models stay.

        With `force` also when its engine cannot be asked, which gives up what it holds of it when it is used again.
        """
        self.registry.store.require_writable()
        self.ledger.require(name)
        with self._lease(name, "delete", force=force):
            known = self.ledger.one(name)
            if known is not None:
                self._recovery.remove(known, force=force)

    # ------------------------------------------------------------------------------------------ look

    def services(self) -> list[Service]:
        """All services by name, observed now. What a killed writer left is finished or rolled back on the way."""
        if not self.registry.read_only:
            self._recovery.before_a_look()
        return self.health.views()

    def service(self, name: str) -> Service:
        """As it is now; what a killed writer left of it is finished or rolled back on the way. Raises ScoredockError
        `service-not-found`."""
        known = self.ledger.require(name)
        if known.intent is not None and not self.registry.read_only:
            self._recovery.before_a_look(name)
            known = self.ledger.require(name)
        return self.health.look(known)

    def recover(self) -> list[Notice]:
        """To be called when a server starts; the notices that arose. A read-only workspace is only looked at."""
        return [] if self.registry.read_only else self._recovery.all()

    def interrupted(self) -> list[str]:
        """Names of the services that ran when the machine or Docker was restarted, and have not been started since."""
        return [view.name for view in self.services() if view.failure is not None and view.failure.code == INTERRUPTED]

    def take_notices(self) -> list[Notice]:
        """Those nobody was told yet; told with this."""
        return [] if self.registry.read_only else self.ledger.take_notices()

    def last_request(self, folder: Path) -> DeployRequest | None:
        """The choices of the newest deployment from a folder or one below it."""
        wanted = str(folder)
        for told, request in self.ledger.last_requests():
            if told == wanted or told.startswith(wanted.rstrip(os.sep) + os.sep):
                return request
        return None

    def logs(self, name: str, since: int = 0) -> Iterator[LogRecord]:
        """Stored lines after a sequence number, oldest first; the steps of the deployment itself are among them."""
        known = self.ledger.require(name)
        if known.service.handle is not None:
            return self._engine(known.service.engine).logs(known.service.handle, since)
        return read_log(service_folder(self.registry.folder, name), since)

    def last_line(self, name: str) -> int:
        """Sequence number of the newest stored line, 0 when there is none; costs the same however long the log is."""
        self.ledger.require(name)
        return last_number(service_folder(self.registry.folder, name))

    def log_file(self, name: str) -> Path:
        """The newest log file; it may not exist yet."""
        self.ledger.require(name)
        return log_path(service_folder(self.registry.folder, name))

    # ------------------------------------------------------------------------------------------ call

    def call(
        self,
        name: str,
        body: bytes,
        *,
        method: str = "POST",
        content_type: str = "application/json",
        timeout: float = 60.0,
        credential: str | None = None,
    ) -> Answer:
        """Send one request to `/score`, with `credential` (a key or a token, empty for none) or else the service's own.

        Raises ScoredockError `service-unreachable`, `service-request-invalid`, `service-key-invalid`.
        """
        if method not in ("GET", "POST"):
            raise ScoredockError("service-request-invalid", f"A service is called with GET or POST, not {method[:16]}.")
        if "\n" in content_type or "\r" in content_type:
            raise ScoredockError("service-request-invalid", "The content type holds a line end.")
        address = self.address(name)
        if credential is None:
            credential = self.credential(name)
        else:
            require_credential(credential)
        answer = send(
            name,
            address,
            "/score",
            body,
            method=method,
            content_type=content_type,
            timeout=timeout,
            credential=credential,
        )
        return explained(answer, self.authenticated(name))

    def sample(self, name: str) -> Sample:
        """A body that fits the service: from the sample dataset of its model, else from its schema, else a guess.

        Raises ScoredockError `service-unreachable`.
        """
        address = self.address(name)
        current = self.ledger.require(name).current
        known = sample_of_models(self.registry, current.models if current else ())
        return known or sample_of(name, address, self.credential(name))

    def address(self, name: str) -> Address:
        """Where a service is called, and how it is known. Raises ScoredockError `service-unreachable`."""
        known = self.ledger.require(name)
        return address_at(name, known.service.handle, self.health.observe(known), known.service.state)

    # ------------------------------------------------------------------------------------------ keys and tokens

    def authenticated(self, name: str) -> Authenticated:
        """What the revision that serves asks of its callers."""
        current = self.ledger.require(name).current
        return current.spec.front.authentication if current is not None and current.spec is not None else ""

    def keys(self, name: str) -> tuple[str, str]:
        """Primary and secondary key; either opens the service. Raises ScoredockError `service-keys-off`."""
        access = self._access(name, "keys")
        return access.primary, access.secondary

    def regenerate_key(self, name: str, which: str, value: str = "") -> tuple[str, str]:
        """Another primary or secondary key, `value` or a new one, from now on and without a restart; both keys.

        Raises ScoredockError `service-key-invalid`, `service-keys-off`, `service-busy`, `service-unreachable`.
        """
        self.registry.store.require_writable()
        renewed(self._access(name, "keys"), which, value)
        with self._lease(name, "keys"):
            known = self.ledger.require(name)
            changed = renewed(self._access(name, "keys"), which, value)
            folder = service_folder(self.registry.folder, name)
            with storing(folder):
                write_access(folder, changed)
            told = authentication(changed, "keys")
            if told is not None and known.service.handle is not None and running(self.health.observe(known)):
                self._engine(known.service.engine).authenticate(known.service.handle, told)
        return changed.primary, changed.secondary

    def token(self, name: str) -> Token:
        """A new token for a service that takes tokens. Raises ScoredockError `service-tokens-off`."""
        return token_of(self._access(name, "tokens"), name, time.time())

    def credential(self, name: str) -> str:
        """What a request of ours shows: the primary key, a new token, or nothing."""
        kind = self.authenticated(name)
        if not kind:
            return ""
        return self.keys(name)[0] if kind == "keys" else self.token(name).access_token

    def _access(self, name: str, wanted: Authenticated) -> Access:
        kind = self.authenticated(name)
        access = read_access(service_folder(self.registry.folder, name)) if kind == wanted else None
        if access is None:
            asks = {"keys": "takes keys", "tokens": "takes tokens", "": "lets everybody on this machine call it"}[kind]
            code = "service-keys-off" if wanted == "keys" else "service-tokens-off"
            raise ScoredockError(code, f"The service {name} has no {wanted}: it {asks}.")
        return access

    # ------------------------------------------------------------------------------------------ inside

    @contextlib.contextmanager
    def _port_placed(self, request: DeployRequest, plan: Plan) -> Iterator[None]:
        """Says of a port in use where it was written down, and which service of ours has it."""
        try:
            yield
        except ScoredockError as error:
            if error.code == "port-in-use":
                if not request.port and request.deployment_config:
                    error.place = Place(request.deployment_config)
                for known in self.ledger.all():
                    name = known.service.name
                    if (
                        name != plan.service
                        and known.service.port == plan.spec.port
                        and running(self.health.observe(known))
                    ):
                        error.fix = f"It is the port of the service {name}: stop that one, or choose another port."
            raise

    def _engine(self, name: str) -> Engine:
        engine = self.engines.get(name)
        if engine is None:
            raise ScoredockError("engine-not-available", f"There is no engine {name[:32]}.")
        require_ready(engine)
        self._recovery.sweep_left(engine)
        return engine

    def _launcher(self, engine: Engine, debugger: DebugStart | None = None) -> Launcher:
        return Launcher(self.registry, self.ledger, engine, self._preparation(engine), self.settings, debugger)

    def _plan(self, request: DeployRequest, engine: Engine) -> Plan:
        return plan_request(request, self.registry, self._preparation(engine).built, contained=engine.contained)

    def _preparation(self, engine: Engine) -> Preparation:
        return InImages(self.images, self.registry) if engine.contained else OnThisMachine(self.environments)

    @property
    def images(self) -> EnvironmentImages:
        """Images of environments; made when first needed, as most workspaces have none."""
        if self._images is None:
            from scoredock.images.environment_images import EnvironmentImages

            own, folder = self.settings, self.registry.folder / "images"
            self._images = EnvironmentImages(folder, own.environment, own.docker, own.base_image)
        return self._images

    def _settled(self, known: Known) -> Known:
        """The service with its state as observed; the lease is ours, so the ledger is not written here."""
        seen = self.health.observe(known)
        return known if seen is None else replace(known, service=replace(known.service, state=seen.state))

    @contextlib.contextmanager
    def _lease(self, name: str, verb: str, *, force: bool = False) -> Iterator[None]:
        """One change at a time. Raises ScoredockError `service-busy`; a lease left by a killed writer is cleared first.

        What a person asks for goes before a reload: that is cancelled, or waited for when another process does it.
        With `force` a service that a killed writer left half changed is removed at that.
        """
        deadline = time.monotonic() + _RELOAD_PATIENCE
        while True:
            for intent in self.ledger.intents():
                if intent.service == name:
                    self._recovery.stale(intent, remove=force)
            try:
                claimed = self.ledger.claim(name, verb)
                break
            except ServiceBusy as error:
                reloading = error.details.get("verb") == "reload"
                if verb == "reload" or not reloading or time.monotonic() > deadline:
                    raise
            if under_way := self._reloads.get(name):
                under_way.cancel()
            time.sleep(0.02)
        try:
            yield
        finally:
            try:
                self.ledger.release(claimed)
            except ScoredockError as error:
                # The lease then ends with this process, as that of a killed one does.
                _log.warning("service %s: the lease could not be given back: %s", name, error)
