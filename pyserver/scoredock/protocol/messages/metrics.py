"""Figures of services over time."""

from __future__ import annotations

from dataclasses import field

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams
from scoredock.visible import DATA


@dataclass(frozen=True)
class ServiceHistoryParams(WorkspaceParams):
    names: list[str]
    """One service, or several that are shown beside each other at the same times."""
    seconds: float = 3600
    """Before now; 60 to 86,400."""
    cells: int = 240
    """About so many points in time; 10 to 1,000."""
    revision: int = 0
    """Only what this revision answered; 0 for all."""
    csv: bool = False
    """The answer has the figures as CSV, too."""


@dataclass(frozen=True)
class MetricTotals:
    """Sums over the whole time."""

    requests: int
    errors: dict[str, int]
    """By kind; those that occur."""
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    mean_ms: float | None


@dataclass(frozen=True)
class RevisionMetrics:
    """Totals of one revision in the time asked for."""

    revision: int
    since: float
    """When it began to serve, or the beginning of the time."""
    totals: MetricTotals


@dataclass(frozen=True)
class MetricSeries:
    """The figures of one service; each list has a value for each of the times, null where nothing is known."""

    service: str
    requests: list[float | None]
    """Answered requests per second."""
    errors: dict[str, list[float | None]]
    """Per second, by kind; kinds that occur: `badRequest`, `unauthorized`, `notFound`, `tooLarge`, `busy`, `timeout`,
    `failed`."""
    p50_ms: list[float | None]
    p95_ms: list[float | None]
    p99_ms: list[float | None]
    in_flight: list[float | None]
    queued: list[float | None]
    cpu_percent: list[float | None]
    """Of one core."""
    memory_bytes: list[float | None]
    workers: list[float | None]
    revisions: list[RevisionMetrics]
    """In the order of time."""
    totals: MetricTotals
    sparkline: str
    """Requests per second in characters, with what they mean; empty where nothing is known."""
    note: str
    """Why there is nothing to show, one sentence; else empty."""


@dataclass(frozen=True)
class MetricHistory:
    times: list[float]
    """Seconds since the epoch at which the cells begin."""
    step: float
    """Seconds of a cell."""
    services: list[MetricSeries]
    csv: str = field(metadata=DATA)
