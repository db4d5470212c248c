"""A service as it appears in messages, on the command line and by whoever looks at it: plain data, declared
once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from scoredock.engine_table import EngineName as EngineName
from scoredock.late_dataclass import dataclass
from scoredock.state_table import State as State
from scoredock.state_table import is_callable
from scoredock.status import Status, elsewhere, service_status
from scoredock.visible import LINES
from scoredock_runtime.contract import Frame as Frame

Authenticated = Literal["", "keys", "tokens"]
"""What callers must show; empty when nothing."""


LOST_NODE_SECONDS = 5
"""After so long a pod of a node that the cluster has given up gets a successor elsewhere; 300 where nobody says it."""
Expose = Literal["none", "node-port", "load-balancer", "ingress", "gateway"]
"""How services of a compute target are reached from outside of its cluster."""


@dataclass(frozen=True, slots=True)
class ServiceFailure:
    """Failure by which a service or its newest revision does not run."""

    code: str
    message: str
    fix: str
    frames: tuple[Frame, ...] = ()
    """In the files the person edits, not their staged copies; outermost first."""
    log_lines: tuple[str, ...] = ()
    revision: int = 0
    """The revision that failed."""
    during: str = ""
    """`update` or `reload` when that was refused and what served before goes on; else empty."""
    content: str = ""
    """Digest of the files that a refused reload would have served."""


@dataclass(frozen=True, slots=True)
class RequestFailure:
    """A request that the service answered with a status of 500 or above."""

    id: str
    """Its x-ms-request-id."""
    time: float
    """Seconds since the epoch."""
    message: str
    """The exception's type and text on one line, or the status that the script chose."""
    frames: tuple[Frame, ...] = ()
    """In the files the person edits, not their staged copies; outermost first. Empty without an exception."""


@dataclass(frozen=True, slots=True)
class RecentRequests:
    """Results of the newest requests of a service; reported anew only while some of them fail."""

    answered: int = 0
    """With success or failure, at most the newest 20 of each worker."""
    failed: int = 0
    """Of these."""
    failure: RequestFailure | None = None
    """The newest failure; null once a request was answered after it."""


@dataclass(frozen=True, slots=True)
class Replica:
    """A pod of a service that runs in a cluster."""

    name: str
    node: str
    """Empty before it has a place."""
    revision: int
    state: str
    """Running, Starting, Pending, Failing or Ending."""
    ready: bool
    restarts: int
    started: float
    """When it was created, seconds since the epoch by the clock of this machine."""
    reason: str
    """One sentence; empty when all is well."""
    cpu_percent: float | None = None
    """Of one core."""
    memory_bytes: int | None = None
    code: str = ""
    """Of the reason."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service and how it is right now."""

    name: str
    workspace_id: str
    """The name of the workspace's folder."""
    engine: EngineName
    state: State
    phase: str
    """Detail of the state: staging, environment, starting, probing, …"""
    models: tuple[str, ...]
    revision: int
    """The one that serves, or served last; 0 when none ever did."""
    revisions: tuple[int, ...]
    """Those that are kept here; that of another machine, which may serve in a cluster, is not among them."""
    created: float
    updated: float
    port: int | None = None
    scoring_uri: str = ""
    swagger_uri: str = ""
    former_scoring_uri: str = ""
    """The one that callers knew before the service got another port; empty where its address is that of before."""
    entry_script: str = ""
    """Absolute path of the person's own file."""
    environment: str = ""
    """Name and key of the environment, for people."""
    image: str = ""
    """`name:version` of the image that brought models, script and environment; empty without one."""
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    restarts: int = 0
    failure: ServiceFailure | None = None
    log_file: str = ""
    data_folder: str = ""
    """Where collected inputs and outputs lie; empty while there are none."""
    description: str = field(default="", metadata=LINES)
    tags: Mapping[str, str] = field(default_factory=dict)
    authentication: Authenticated = ""
    """What callers must show: keys, tokens, or nothing."""
    reloaded: float = 0.0
    """When the files that are served were taken by a reload, seconds since the epoch; 0 when by a deployment or
    update."""
    returned_to: int = 0
    """The revision whose files it serves since it was rolled back to it, while the person's are others: a save does
    not change that, asking for a reload does. 0 otherwise."""
    changing: str = ""
    """The verb of a change that is under way, or empty."""
    requests: RecentRequests = field(default_factory=RecentRequests)
    network_holder: str = ""
    """Container of an earlier revision that serves no more and holds network and port of the one that serves; empty
    for none."""
    compute: str = ""
    """Name of the compute target that it runs on; empty for this machine."""
    replicas: tuple[Replica, ...] = ()
    """Its pods in a cluster, newest revision first; empty for a service on this machine."""
    code: str = ""
    """What stands for the files that answer, as the header x-scoredock-code has it, of a service for development in a
    cluster; else empty."""
    address_note: str = ""
    """Why callers from outside of its cluster do not reach it yet, in a sentence, so that the scoring URI is that of
    this machine; empty where they do, or are not meant to."""
    namespace: str = ""
    """Of the cluster in which it runs; empty for a service on this machine, and where nobody looks."""
    status: Status = field(default_factory=Status)
    """What all that comes to, in words; always made of the other fields."""

    def __post_init__(self) -> None:
        requests = self.requests
        status = service_status(
            self.state,
            self.phase,
            (self.failure.during if self.failure is not None else "") or self.returned_to,
            requests.failed,
            requests.failure is not None,
            self.changing,
        )
        if self.namespace and is_callable(self.state) and self.revision not in (0, *self.revisions):
            status = elsewhere(status, self.revision)
        object.__setattr__(self, "status", status)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened while nobody looked."""

    service: str
    code: str
    message: str
    created: float
