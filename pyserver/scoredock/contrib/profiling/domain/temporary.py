"""A service for the length of a search: the same files, models and environment under a name of its own, held to one
size after the other. Nobody sees it among the services, and nothing of it is left however the search ends: it is known
by a lease whose writer, once gone, has it removed by whoever looks next."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace

from scoredock import l10n
from scoredock.contrib.profiling.domain.sizes import Size
from scoredock.contrib.profiling.domain.usage_watch import Use
from scoredock.data_folder import make_private
from scoredock.engines.base import ChangesCores, HoldsToSize, Launch, MachineCapacity, Observation, ResourceUsage
from scoredock.engines.failure import LaunchFailed
from scoredock.engines.handle import Handle
from scoredock.engines.probe import Address, address_of
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry import ModelVersion
from scoredock.registry.store.faults import storing
from scoredock.services.access.access_file import fresh_access, read_access, token_of, write_access
from scoredock.services.deployments import Deployments
from scoredock.services.folders import app_root, service_folder
from scoredock.services.lifecycle.kept_files import KeptRevision, stage_kept
from scoredock.services.lifecycle.launch import Launcher
from scoredock.services.lifecycle.recovery import ENGINE_FILE, PROFILE
from scoredock.services.lifecycle.staging import stage
from scoredock.services.planning.plan import Plan
from scoredock.services.revision import RevisionSpec

PREFIX = "profile-"
_REVISION = 1


@dataclass(frozen=True, slots=True)
class ProfileSubject:
    """Subject of a measurement: a revision of a service by its kept files, or what a deployment would make."""

    engine: str
    compute: str
    spec: RevisionSpec
    models: tuple[ModelVersion, ...]
    kept_revision: KeptRevision | None = None
    plan: Plan | None = None
    """Where there is no kept revision."""


class SizedService:
    """See `temporary_service`."""

    def __init__(self, launch: Launch, launcher: Launcher, progress: Progress, cancel: CancelToken) -> None:
        self._launch, self._launcher, self._progress, self._cancel = launch, launcher, progress, cancel
        self._handle: Handle | None = None
        self._size: Size | None = None
        self._port = 0
        self._memory_kills = 0
        self.name = launch.service

    @property
    def engine(self) -> object:
        return self._launcher.engine

    def machine_size(self) -> MachineCapacity:
        """Raises ScoredockError `limits-unavailable` where the engine cannot hold services to sizes here."""
        engine = self._launcher.engine
        if not isinstance(engine, HoldsToSize):
            raise ScoredockError(
                "limits-unavailable",
                l10n.t("Sizes of services on {engine} are not searched.", engine=engine.name),
            )
        return engine.machine_size(self._launch)

    def start(self, size: Size | None) -> None:
        """Starts the service afresh with this size, or as it is deployed; cores are limited once it is healthy where
        the engine can do that. Blocks until then. Raises what a deployment raises.
        """
        self._end()
        self._size = size
        options = self._launch.options
        if size is not None:
            cpus = None if self._changes_cores else size.cpu
            options = replace(options, cpus=cpus, memory_bytes=size.memory_bytes)
        launch = replace(self._launch, nonce=secrets.token_hex(32), options=options, is_sized=size is not None)
        with storing(launch.folder):
            self._handle = self._launcher.start(launch, self._progress, self._cancel)
        observation = self._launcher.await_health(self._handle, launch, self._progress, self._cancel)
        self._port = observation.port or 0
        self._memory_kills = 0
        if size is not None and self._changes_cores:
            self.resize(size.cpu)

    def resize(self, cpu: float) -> None:
        """Limits the service to so many cores, which starts it again where the engine cannot do otherwise. Raises
        ScoredockError `limits-unavailable`, and what `start` raises.
        """
        engine = self._launcher.engine
        if isinstance(engine, ChangesCores):
            if self._handle is not None:
                engine.resize(self._handle, cpu)
        elif self._size is not None and self._size.cpu != cpu:
            self.start(replace(self._size, cpu=cpu))

    @property
    def _changes_cores(self) -> bool:
        return isinstance(self._launcher.engine, ChangesCores)

    @property
    def address(self) -> Address:
        handle = self._handle
        if handle is None:
            raise ScoredockError("service-unreachable", l10n.t("The service {name} does not run.", name=self.name))
        return address_of(handle, self._port)

    def credential(self) -> str:
        """Key or token for requests; empty if none is needed."""
        access, kind = read_access(self._launch.folder), self._launch.front.authentication
        if access is None or not kind:
            return ""
        return token_of(access, self.name, time.time()).access_token if kind == "tokens" else access.primary

    def observe(self) -> Use:
        """Current resource usage of the service."""
        engine, handle = self._launcher.engine, self._handle
        if handle is None:
            return Observation("Stopped")
        if isinstance(engine, HoldsToSize):
            used = engine.use(handle)
            if isinstance(used, ResourceUsage):
                self._memory_kills = max(self._memory_kills, used.memory_kills)
                return used
            return Observation("Stopped")
        return engine.observe(handle)

    def ended_by_memory(self) -> bool:
        """True if the kernel ended a process of it since it was started, because its memory was used up."""
        self.observe()
        if self._memory_kills:
            return True
        failure = self.failure()
        return failure is not None and is_out_of_memory(failure)

    def failure(self) -> LaunchFailed | None:
        """Failure for which it does not run any more; None while it does."""
        seen = self._launcher.engine.observe(self._handle) if self._handle is not None else None
        return LaunchFailed(seen.failure) if seen is not None and seen.failure is not None else None

    def _end(self) -> None:
        if self._handle is not None:
            self._handle = None
            self._launcher.engine.clear(self._launch.folder, data=True)


def is_out_of_memory(error: ScoredockError) -> bool:
    """True if a service did not start or ended because its memory was used up."""
    return error.code == "container-out-of-memory"


@contextlib.contextmanager
def temporary_service(
    deployments: Deployments, subject: ProfileSubject, progress: Progress, cancel: CancelToken
) -> Iterator[SizedService]:
    """Staged, not started. Raises what a deployment raises before it starts anything."""
    deployments.registry.store.require_writable()
    engine = deployments.engine(subject.engine)
    launcher = deployments.launcher(engine, subject.compute)
    name = f"{PREFIX}{secrets.token_hex(4)}"
    folder = service_folder(deployments.registry.folder, name)
    with deployments.leases.hold(name, PROFILE):
        try:
            with storing(folder):
                launch = _staged(deployments, launcher, subject, name, progress, cancel)
            yield SizedService(launch, launcher, progress, cancel)
        finally:
            engine.clear(folder, data=True)
            shutil.rmtree(folder, ignore_errors=True)


def _staged(
    deployments: Deployments,
    launcher: Launcher,
    subject: ProfileSubject,
    name: str,
    progress: Progress,
    cancel: CancelToken,
) -> Launch:
    registry, preparation = deployments.registry, launcher.preparation
    folder, root = service_folder(registry.folder, name), app_root(registry.folder, name, _REVISION)
    make_private(folder)
    (folder / ENGINE_FILE).write_text(subject.engine, encoding="utf-8")
    models = subject.models if preparation.stages_models else ()
    spec = subject.spec
    if subject.kept_revision is not None:
        stage_kept(subject.kept_revision, models, registry, root, progress, cancel)
        environment = preparation.again(
            subject.kept_revision.revision.environment_key, spec.environment, progress, cancel
        )
    else:
        plan = subject.plan
        if plan is None:
            raise ValueError("neither a revision nor a plan")
        copied = preparation.stages_models
        stage(plan, registry, root, deployments.settings, progress, cancel, None, models=copied)
        environment = preparation.prepare(spec.environment, progress, cancel)
    write_access(folder, fresh_access())
    # Requests that measure are not data of the service, and its own port may be in use by the service itself.
    private = replace(spec, port=None, front=replace(spec.front, collect_data=False), develop=False)
    ids = [model.id for model in subject.models]
    launch = launcher.launch_of(name, _REVISION, private, environment, secrets.token_hex(32), ids)
    launch = preparation.completed(launch, spec.environment, progress, cancel)
    if launch.cluster is not None:  # nobody outside of the cluster calls it
        launch = replace(launch, cluster=replace(launch.cluster, expose="none"))
    return launch
