"""Messages of measuring services: one measurement, the search of the smallest size, and one request sent again and
again.
"""

from __future__ import annotations

from typing import Literal

from scoredock.deploy_options import PackageOptions
from scoredock.engine_table import EngineName
from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask
from scoredock.protocol.messages.services import ServiceCallParams


@dataclass(frozen=True)
class ServiceProfileParams(WorkspaceTask):
    name: str
    rows: str = ""
    """A text file with one request body a line, or `dataset:name` or `dataset:name:version` for a registered dataset;
    without it the service's own sample is sent."""
    requests: int = 200
    """0 for as many as there is time for."""
    connections: int = 1
    rate: float = 0.0
    """Requests due in a second, whether or not the earlier ones are answered; 0 for as fast as they are answered."""
    duration: float = 0.0
    """Seconds; 0 for as long as the requests take."""


@dataclass(frozen=True)
class LoadGenerator:
    """Figures that tell if requests were sent when they were due."""

    kept_up: bool
    lag_ms: float
    """99 of 100 requests were sent at most so much too late although a connection was free."""
    longest_lag_ms: float
    stalled_seconds: float
    """For which Scoredock did not run at all."""
    cpu: float
    """Cores that Scoredock used."""
    skipped: int
    """Requests that were due and could not be sent."""
    note: str
    """One sentence where it did not keep up; empty else."""


@dataclass(frozen=True)
class ServiceProfile:
    """Measured profile of a service, by the names of a ModelProfile in v1; null where there is nothing true to say."""

    name: str
    """Of the service."""
    total_queries: int
    success_queries: int
    success_rate: float
    """Per cent."""
    average_latency_in_ms: float | None
    """At a rate from when a request was due; a request that could not be sent counts with the time that it waited."""
    latency_percentile50_in_ms: float | None
    latency_percentile90_in_ms: float | None
    latency_percentile95_in_ms: float | None
    latency_percentile99_in_ms: float | None
    latency_percentile999_in_ms: float | None
    """99.9 %."""
    measured_queries_per_second: float
    max_utilized_cpu: float | None
    """Cores."""
    max_utilized_memory_in_g_b: float | None
    """10⁹ bytes. (The last letters stand apart to become `InGB` on the wire, as in v1.)"""
    recommended_cpu: float | None
    recommended_memory_in_g_b: float | None
    error: str
    """What went wrong with requests that failed; empty when none did."""
    input: str
    """Where the request bodies came from."""
    requested_queries_per_second: float | None
    """The rate of the request; null for as fast as they are answered."""
    skipped_queries: int
    """Requests that were due and could not be sent."""
    generator: LoadGenerator


@dataclass(frozen=True)
class ServiceFindSizeParams(WorkspaceTask):
    name: str
    latency_ms: float
    """What a request may take, from when it is due."""
    rate: float
    """Requests due in a second."""
    percentile: float = 95.0
    """The share of the requests, in per cent, that may take so long at most."""
    rows: str = ""
    """As in ServiceProfileParams."""
    most_cpu: float = 0.0
    """The most cores that are tried; 0 for all of the machine's, up to 3.5."""
    most_memory_in_g_b: float = 0.0
    """The same of memory, up to 15."""
    minutes: float = 9.0
    """After which the search ends with what it knows; latency against rate is drawn in what is left of them."""


@dataclass(frozen=True)
class ServiceSize:
    cpu: float
    """Cores."""
    memory_in_g_b: float
    """2³⁰ bytes, as in a deployment configuration."""


@dataclass(frozen=True)
class SizeResult:
    """Result of measuring one size. Those of one size are independent measurements."""

    cpu: float
    memory_in_g_b: float
    outcome: Literal["holds", "misses", "unsteady", "out-of-memory", "failed", "late"]
    """`unsteady` where no three windows in a row agreed; `late` where Scoredock could not send in time."""
    latency_ms: float | None
    """At the percentile of the wish; null where requests were refused, or none was sent."""
    median_ms: float | None
    seconds: float
    windows: int
    used_cpu: float | None
    """Cores, on average."""
    used_memory_in_g_b: float | None
    """10⁹ bytes, the most."""
    note: str


@dataclass(frozen=True)
class RatePoint:
    """Latency at one rate."""

    rate: float
    latency_ms: float | None
    """At the percentile of the wish; null where requests were refused."""
    median_ms: float | None
    holds: bool


@dataclass(frozen=True)
class BatchOfRows:
    """Result with several rows in each request, over one connection."""

    rows: int
    latency_ms: float
    """At the percentile of the wish."""
    rows_per_second: float


@dataclass(frozen=True)
class MemoryPoint:
    seconds: float
    """Since the search began."""
    bytes: int


@dataclass(frozen=True)
class SizeReport:
    """Result of a search. `profile` has all fields of a ModelProfile in v1."""

    name: str
    revision: int
    """The one that was measured; 0 for models and a configuration without a service."""
    engine: EngineName
    end: Literal["complete", "too-small", "not-searched", "failed", "late", "out-of-time"]
    """`complete` with a size; `too-small` when the largest does not hold; `not-searched` when limits cannot be set
    here; `failed` when requests failed; `late` when Scoredock could not send in time; `out-of-time`."""
    reason: str
    """Why nothing is recommended; empty where something is."""
    latency_ms: float
    percentile: float
    rate: float
    recommended: ServiceSize | None
    next_smaller: ServiceSize | None
    """With the next smaller number of cores, which does not hold; null where the smallest step does."""
    profile: ServiceProfile
    """At the recommended size, else at the last one that was measured."""
    requested: ServiceSize | None
    """The size that `profile` was measured at; null where none was set."""
    sizes: list[SizeResult]
    untried_cpus: list[float]
    """Steps that were not tried, as the machine has less."""
    untried_memories: list[float]
    curve: list[RatePoint]
    """Latency against rate at `requested`, ascending."""
    knee: float | None
    """The highest rate that was measured and holds at `requested`."""
    is_knee_bounded: bool
    """Whether a higher rate was measured that does not hold."""
    memory: list[MemoryPoint]
    growth_bytes: float
    """Memory that each request adds and that does not come back; 0 where memory settles."""
    workers: int | None
    concurrency: int | None
    """`maxConcurrentRequestsPerContainer`."""
    concurrent_requests: float | None
    """`rate * average latency / target utilization`."""
    replicas: int | None
    """`concurrentRequests / maxConcurrentRequestsPerContainer`, rounded up."""
    target_utilization: float
    batches: list[BatchOfRows]
    """What more rows in one request come to, at the recommended size; empty where bodies have no rows."""
    batch_rows: int | None
    """The rows of a request with which most rows are answered within the latency."""
    notes: list[str]
    seconds: float


@dataclass(frozen=True)
class ServiceUseSizeParams(WorkspaceParams):
    name: str
    cpu: float
    memory_in_g_b: float
    write: bool = True
    """Writes the file; an editor that has it open makes the change itself."""


@dataclass(frozen=True)
class UsedSize:
    """Place where a size was written, or is to be written."""

    path: str
    """The deployment configuration; empty when it went to the model."""
    model: str
    """`name:version` whose default resources it is now; empty when it went to the file."""
    text: str
    """The whole file with the size; empty for a model."""


@dataclass(frozen=True, kw_only=True)
class ModelProfileParams(PackageOptions):
    """A measurement in the form of v1, without a service that runs."""

    rows: str
    """A text file with one request body a line, or `dataset:name` or `dataset:name:version`."""
    profile_name: str = ""
    cpu: float | None = None
    """Cores to measure at; null for 3.5, or for what the machine has."""
    memory_in_g_b: float | None = None
    """The same of memory; null for 15."""
    latency_ms: float = 0.0
    """With a rate: the smallest size that holds both is searched, up to `cpu` and `memory_in_g_b`."""
    rate: float = 0.0
    percentile: float = 95.0
    engine: EngineName = ""
    """Where it runs; empty for a process where that can be limited, else Docker."""
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ModelProfile:
    """Profile of a model; the same as `profile` of a search if there was one."""

    profile: ServiceProfile
    requested: ServiceSize | None
    """The size that it was measured at; null where none could be set."""
    engine: EngineName
    notes: list[str]
    search: SizeReport | None


@dataclass(frozen=True)
class ServiceLoadParams(ServiceCallParams):
    """Request that is sent again and again."""

    stream: str = ""
    """What the figures are named by while they come."""
    connections: int = 4
    rate: float = 0.0
    """Requests begun in a second; 0 for as fast as they are answered."""
    duration: float = 10.0
    """Seconds."""


@dataclass(frozen=True)
class LoadError:
    reason: str
    count: int


@dataclass(frozen=True)
class ServiceLoad:
    """Figures of many requests so far, or in all; latencies in milliseconds, right within 2 per cent."""

    stream: str
    answered: int
    failed: int
    seconds: float
    per_second: float
    """Over the whole run."""
    recent_per_second: float
    """Since the figures before."""
    p50: float | None
    """Of the requests that were answered with a status of 2xx, as are the others."""
    p95: float | None
    p99: float | None
    longest: float | None
    errors: list[LoadError]
    """By kind, the most frequent first."""
    note: str
    """What a person should know of the figures; often empty."""
