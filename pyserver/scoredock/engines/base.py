"""The contract of engines: what each does, and the data that goes in and comes out. It does not know who calls it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from scoredock.clusters.routes import Division
from scoredock.clusters.target import ClusterTarget
from scoredock.docker_place import DockerPlace
from scoredock.engines.front_end import PLAIN, FrontEnd
from scoredock.engines.handle import Handle
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.service import LOST_NODE_SECONDS, Replica, State
from scoredock_runtime.contract import (
    LOG_PLAIN,
    Authentication,
    Exhaustion,
    Failure,
    LogRecord,
    RecentRequests,
    Routes,
)
from scoredock_runtime.contract_history import Row


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A registered model version as a container is to see it: `azureml-models/<name>/<version>/` below the app root."""

    name: str
    version: int
    files: tuple[tuple[str, Path, int, str], ...]
    """Path below the version's folder (forward slashes), file that holds the bytes here, size, hex SHA-256."""
    folders: tuple[str, ...] = ()
    """Empty folders."""

    @property
    def key(self) -> str:
        """The same for the same bytes under the same names; 24 hex digits."""
        document = json.dumps([[path, size, digest] for path, _, size, digest in sorted(self.files)] + [*self.folders])
        return hashlib.sha256(document.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class ContainerOptions:
    """Permissions and limits of a container. The defaults harden it; each is a named opt-out of the deployment
    configuration."""

    cpus: float | None = None
    """Cores; None for no limit."""
    memory_bytes: int | None = None
    """None for no limit; swap is never added to it."""
    requested_cpus: float | None = None
    """Cores that a cluster keeps free, where they are no limit; None for those of the limit."""
    requested_bytes: int | None = None
    """The same of memory."""
    gpus: int = 0
    shm_bytes: int = 256 << 20
    tmp_bytes: int = 512 << 20
    pids_limit: int = 512
    read_only: bool = True
    """The root file system; /tmp and /dev/shm can always be written."""
    user: str = ""
    """`uid[:gid]`; empty for the image's own account of services, never root."""
    capabilities: tuple[str, ...] = ()
    """Kept ones; all others are dropped."""
    no_new_privileges: bool = True
    network: bool = True
    """Whether the script reaches a network; the service itself is reachable on loopback in any case."""

    @property
    def cores(self) -> float | None:
        """Cores that a cluster keeps free; None if nothing is specified."""
        return self.requested_cpus or self.cpus

    @property
    def gigabytes(self) -> float | None:
        """The same of memory."""
        return gigabytes_of(self.requested_bytes or self.memory_bytes)


def gigabytes_of(size: int | None) -> float | None:
    """Bytes as a configuration counts them: what was 0.4 there is 0.4 again."""
    return None if size is None else round(size / GIGABYTE, 6)


@dataclass(frozen=True, slots=True)
class Launch:
    """One revision of one service, ready to start: everything is staged and built."""

    service: str
    workspace: str
    revision: int
    folder: Path
    """The service's own folder: spec, status, logs."""
    app_root: Path
    """Holds the source directory or script, and `azureml-models/`."""
    entry_script: str
    """Relative to `app_root`."""
    source_directory: str | None
    model_dir: str
    python: Path
    """Interpreter that has the scoring runtime."""
    port: int | None
    """The port asked for, or None for any free one."""
    nonce: str
    working_directory: str = ""
    """Of the script, relative to `app_root`; empty for that folder."""
    script_python: Path | None = None
    """Interpreter of the script's own process; None where the script runs in the runtime's."""
    environment: Mapping[str, str] = field(default_factory=dict)
    inherited: tuple[str, ...] = ()
    """For an engine whose kind is not `contained`: variables of ours, by name, that the service gets besides the
    machine's."""
    start_timeout: float = 300.0
    lost_node_seconds: int = LOST_NODE_SECONDS
    """For an engine in a cluster, as the next one is."""
    repeat_requests: bool = True
    """Whether what a lost node has not answered goes to another replica."""
    front: FrontEnd = PLAIN
    """Its certificate and key are files of the revision."""
    authentication: Authentication | None = None
    """Digests of the keys, or None when everybody may call."""
    access: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    """The keys in clear, for an engine that keeps them for other homes of the workspace (`KeepsAccess`); empty where
    everybody may call."""
    strict: bool = False
    metrics: bool = False
    request_log: str = LOG_PLAIN
    image: str = ""
    """For an engine whose kind is `contained`: id of the image that holds environment and runtime, or for one that
    pulls its images the reference of one that holds all, by digest. `python` and `model_dir` are paths in it then;
    `app_root` is still the folder here with the staged script, without models."""
    models: tuple[ModelFolder, ...] = ()
    """For an engine whose kind is `contained`; else they lie in `app_root`."""
    options: ContainerOptions = ContainerOptions()
    debug_port: int = 0
    """Where the editor's debugger listens on 127.0.0.1 of this machine, for a start under it; 0 for any other."""
    debug_token: str = ""
    """Tells this start for a debugger from all others."""
    routes: Routes | None = None
    """Of the router of an endpoint, which runs no script."""
    cluster: ClusterTarget | None = None
    """Where in which cluster it runs; None elsewhere."""
    docker: DockerPlace | None = None
    """The Docker of another machine that it runs in; None elsewhere."""
    configuration: Mapping[str, str | int | float | bool | None] = field(default_factory=dict, hash=False)
    """What the deployment configuration says, by path and without keys."""
    metric: str = ""
    """Of pods, by which the autoscaler of its cluster goes; empty for CPU."""
    develop: bool = False
    """Whether a service in a cluster takes changed files while it runs; a `replace` without an image has it do so."""
    is_sized: bool = False
    """Held to the cores and the memory of `options` also by an engine that passes them over otherwise (`HoldsToSize`).
    """


@dataclass(frozen=True, slots=True)
class Readiness:
    """Readiness of an engine to work here."""

    ready: bool
    reason: str = ""
    """One sentence when it cannot."""
    next_step: str = ""


GIGABYTE = 1 << 30
"""Bytes that a deployment configuration, as Azure ML, calls GB."""
PAUSED = "paused in Docker"
MOVED = "its data folder was moved, restart it"
"""Phase of a service whose container somebody has paused: its port takes connections, but nothing answers."""


LedTo = Literal["", "router", "versions"]


@dataclass(frozen=True, slots=True)
class Observation:
    """Present state of a service, asked of the thing that runs it."""

    state: State
    phase: str = ""
    port: int | None = None
    revision: int = 0
    failure: Failure | None = None
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    cpu_seconds: float | None = None
    """CPU time that its processes of now have used so far."""
    restarts: int = 0
    exhaustion: Exhaustion | None = None
    """What it has run out of while it goes on."""
    requests: RecentRequests = field(default_factory=RecentRequests)
    """How the newest requests went, as the service tells it."""
    replicas: tuple[Replica, ...] = ()
    """Of a service in a cluster."""
    code: str = ""
    """What stands for the files that answer, of a service for development in a cluster."""
    namespace: str = ""
    """Of a service in a cluster."""
    address: str = ""
    """`http://host:port` at which others reach a service in a cluster; empty where only this machine does."""
    address_note: str = ""
    """Why others do not reach it yet, in a sentence; empty where they do, or are not meant to."""
    led_to: LedTo = ""
    """Of the router of an endpoint: where a Gateway leads its callers; empty where none does."""
    undivided: str = ""
    """Why the cluster or the Gateway does not take a route to the versions, in its own words."""
    moment: float | None = None
    """Monotonic seconds of this process when it had used its CPU time and memory; None for now."""
    refused_revision: int = 0
    """The one that `failure` is about, of a service in a cluster in which an earlier one serves."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Objects that a start or a replace would apply in a cluster, without secret values."""

    documents: tuple[Mapping[str, Any], ...]
    text: str
    """The same as YAML."""
    diff: str
    """A unified diff of what stands against what would be; empty where nothing differs."""
    silence: ScoredockError | None = None
    """Why the cluster does not answer; then there is no diff."""


@dataclass(frozen=True, slots=True)
class ExportedObjects:
    """The objects of a service without what ties them to a workspace, a namespace or a revision."""

    documents: tuple[Mapping[str, Any], ...]
    secret: Mapping[str, Any] | None
    """What they need besides, with its values; None for a service without keys and certificate."""


@dataclass(frozen=True, slots=True)
class RouterReport:
    """Counts of one of the routers of an endpoint, as `GET /traffic` of the runtime returns them."""

    router: str
    """Tells one router from another, also from one that takes its place."""
    traffic: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class VersionPlace:
    """Host and port at which the routers of an endpoint reach one of its versions."""

    host: str
    port: int
    takes_requests: bool = True
    """Looked at only for a compute target whose Gateway may lead there."""


class Engine(Protocol):
    """A place where services run. Every verb may block; callers run it off the event loop."""

    name: str

    def ready(self) -> Readiness:
        """Can it work on this machine? Never raises."""

    def start(self, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:
        """Start it and return as soon as it can be found again; it need not be healthy yet.

        Raises ScoredockError (`port-in-use`, `runtime-missing`, …) and leaves nothing behind then.
        """

    def observe(self, handle: Handle) -> Observation:
        """Ask the service itself; a handle whose process is gone or is somebody else's gives Failed or Stopped."""

    def logs(self, handle: Handle, since: int = 0) -> Iterator[LogRecord]:
        """Stored log records after sequence number `since`, oldest first; does not wait for more."""

    def history(self, handle: Handle) -> list[Row]:
        """Rows of the service's history, its requests and its use of resources, oldest first, ending with the present
        state if it runs. Never raises for a service that does not answer."""

    def replace(self, handle: Handle, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:
        """Serve `launch` instead; the old revision serves until the new one is healthy, and goes on when it fails.

        Raises ScoredockError with the cause when the new revision failed.
        """

    def settle(self, folder: Path, revision: int) -> None:
        """Discard or finish what a killed writer began of a change to `revision` of the service with this folder, so
        that exactly one revision answers, for good, and nothing of another one is left. What runs goes on.

        Raises ScoredockError when that cannot be done now.
        """

    def authenticate(self, handle: Handle, authentication: Authentication) -> None:
        """Change who may call, while it runs. Raises ScoredockError when the service does not take it."""

    def carries_debugger(self, handle: Handle) -> bool:
        """True if a debug session of the service goes through this process, and would end with it. Never raises."""

    def stop(self, handle: Handle, grace: float) -> None:
        """End it and free the port; logs and status stay to be looked at. Stopping what is stopped is harmless."""

    def remove(self, handle: Handle) -> None:
        """Stop it and leave nothing of it on the machine."""

    def clear(self, folder: Path, *, data: bool = False) -> None:
        """End everything of the service with this folder at once, with or without a handle, and remove what of it lies
        elsewhere on this machine. The folder stays. Raises ScoredockError when that cannot be done now.

        What the service has collected is brought into the folder first, and stays where it lies when that fails. With
        `data`, for a service that is deleted, it goes at once.
        """

    def find(self, owner: str) -> list[Handle]:
        """Handles of our services that still run, for a workspace folder `owner`, even if the ledger does not have
        them."""

    def sweep(self, owner: str, exists: Callable[[str], bool], endpoint: str = "") -> bool:
        """Remove what of a workspace belongs to no service that `exists` on this engine, and what nobody uses: at the
        `endpoint` that a handle names, or at the one in use now.

        `exists` is asked after something was found, so that a service that is deployed meanwhile is left alone. False
        when something could not be looked at or removed; never raises.
        """


class ClusterEngine(Engine, Protocol):
    """One that writes objects into a cluster, which can be seen before, and kept elsewhere. Its kind has the ability
    `export`."""

    def take_back(self, handle: Handle) -> bool:
        """Takes back a newer revision that does not serve in whole to the one before; False if there is none such,
        whoever has begun it. Raises ScoredockError."""

    def preview(self, launch: Launch) -> Preview:
        """Objects that `start` or `replace` would apply. Changes nothing. Raises ScoredockError as these would for what
        the cluster refuses."""

    def exported(self, launch: Launch) -> ExportedObjects:
        """The objects of the revision `launch`, with the image that the cluster has of it, for `kubectl apply` into any
        namespace. Raises ScoredockError `service-state-invalid` where the cluster has none."""

    def find_named(self, owner: str, names: Collection[str]) -> list[Handle]:
        """Same as `find`, for services with these names. Of many, those that have a pod: a hundred that are stopped are
        not read. Never raises."""

    def clear_at(self, folder: Path, target: ClusterTarget) -> None:
        """Same as `clear`, for a service that only another home of the workspace may have made. Raises
        ScoredockError."""


@runtime_checkable
class RoutingEngine(Engine, Protocol):
    """An engine that runs the router of an endpoint beside the services that are its versions. `start` takes a launch
    with routes, and returns once the router takes requests; everything else takes its handle."""

    def router_launch(self, launch: Launch, services: Sequence[str]) -> Launch:
        """The launch of a router with what it runs by: the image of one of the services. Raises ScoredockError."""

    def router_in(self, folder: Path) -> Handle | None:
        """The router with this folder, where it runs although nobody wrote down how to find it. Raises
        ScoredockError."""

    def router_there(self, target: ClusterTarget, folder: Path) -> Handle | None:
        """The router that another home of the workspace has started, by what the target has of it. Raises
        ScoredockError, OSError."""

    def take_up_router(self, target: ClusterTarget, folder: Path) -> Handle | None:
        """The same, with an address on this machine and kept in its folder. Raises as `router_there`."""

    def version_places(self, target: ClusterTarget, owner: Path, services: Sequence[str]) -> dict[str, VersionPlace]:
        """Places at which routers reach services of the workspace folder `owner`, by name; those that are not there are
        missing. Raises ScoredockError."""

    def routes(self, handle: Handle) -> Routes | None:
        """Routes that all routers use; None while not all use the same. Raises ScoredockError."""

    def change_routes(self, handle: Handle, routes: Routes, grace: float) -> None:
        """Returns once all go by these, and versions that are not among them any more have answered what they had, or
        after `grace` seconds. Raises ScoredockError."""

    def misleads(self, handle: Handle, division: Division | None) -> bool:
        """True if a Gateway leads callers otherwise than by this division of theirs, or None for all of them to the
        router. False where no Gateway leads to the endpoint. Raises ScoredockError."""

    def lead(self, handle: Handle, division: Division | None) -> None:
        """Makes the route lead callers by this division; to the router as well where the cluster or the Gateway cannot
        do it otherwise. Raises ScoredockError."""

    def router_reports(self, handle: Handle) -> list[RouterReport]:
        """Reports of the routers that respond. Raises ScoredockError."""

    def router_differences(self, handle: Handle) -> list[Any]:
        """Lines of `contract.DIFFERENCES_FILE` of those that answer. Raises ScoredockError."""


@runtime_checkable
class KeepsAccess(Protocol):
    """An engine whose services several homes of one workspace use, each on a machine of its own: it keeps what opens
    them where all of these find it."""

    def keep_access(self, handle: Handle, access: Mapping[str, str]) -> None:
        """Stores the keys and tokens of the service for its other homes. Raises ScoredockError."""

    def kept_access(self, handle: Handle) -> Mapping[str, str] | None:
        """Keys and tokens as stored, perhaps changed by another home; None if none is stored that the service accepts
        now. Raises ScoredockError."""


@dataclass(frozen=True, slots=True)
class MachineCapacity:
    """Cores and memory that services can get at most."""

    cpus: float
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class ResourceUsage:
    """Resources that a service has used so far."""

    cpu_seconds: float
    memory_bytes: int
    """Without the file cache that the kernel may drop at any time."""
    memory_kills: int = 0
    """How often the kernel has ended a process of it because its memory was used up; 0 where nobody can say."""
    moment: float | None = None
    """Monotonic seconds of this process when it had used that; None for now."""


@runtime_checkable
class HoldsToSize(Protocol):
    """An engine that holds a service to the cores and the memory that it is started with."""

    def machine_size(self, launch: Launch | None = None) -> MachineCapacity:
        """Capacity of the machine where `launch` would start, or of this one for None. Raises ScoredockError
        `limits-unavailable` where nothing can be limited there, ClusterNotAllowed where nobody may know what a cluster
        has, and what the engine raises where it cannot work."""

    def use(self, handle: Handle) -> ResourceUsage | None:
        """Resources that the service uses, without a request to it. None where it does not run, or nobody can say it
        yet; never raises."""


@runtime_checkable
class ChangesCores(HoldsToSize, Protocol):
    """One that can change the cores while a service runs, so that none has to start with few of them."""

    def resize(self, handle: Handle, cpus: float) -> None:
        """Gives so many cores to a service that was started with `is_sized` and no limit of cores. Raises
        ScoredockError."""
