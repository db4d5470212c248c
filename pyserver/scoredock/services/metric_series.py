"""Series of a service's history: figures over time, and sums. Pure.

Rows are snapshots of counters; what lies between two of them is an interval. Intervals are laid onto a grid of cells
of equal length, the same for all services that are shown beside each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from itertools import pairwise

from scoredock.late_dataclass import dataclass
from scoredock_runtime.contract_history import ANSWER_KINDS, BOUNDS, FIRST, Row, placed

STEPS = (2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)
"""Seconds of a cell; round ones, so that cells of one day lie where those of another do."""
SHORTEST, LONGEST = 60.0, 86_400.0
MOST_CELLS = 1000
ERROR_KINDS = ANSWER_KINDS[1:]
_BARS = "▁▂▃▄▅▆▇█"
_GAP_SECONDS = 150.0
"""Longer than that no two rows lie apart while a parent runs: the machine slept, or nothing ran."""
_AFTER_GAP = 10.0
"""What was answered in a time that nobody saw is shown in the last seconds of it."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Differences of the counters from one row to the next."""

    start: float
    """Seconds since the epoch."""
    end: float
    revision: int
    kinds: tuple[int, ...]
    buckets: tuple[int, ...]
    seconds: float
    cpu: float
    workers: int
    in_flight: int
    queued: int
    memory: int

    @property
    def answers(self) -> int:
        """Number of responses of all kinds."""
        return sum(self.kinds)


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of equal length; the last one may reach beyond now."""

    start: float
    step: float
    cells: int

    @property
    def times(self) -> list[float]:
        """The beginnings of the cells."""
        return [self.start + index * self.step for index in range(self.cells)]


@dataclass(slots=True)
class Cell:
    """Figures of one cell; parts of intervals count by the part of their time."""

    covered: float = 0.0
    """Seconds of it that rows tell of."""
    kinds: list[float] = field(default_factory=lambda: [0.0] * len(ANSWER_KINDS))
    buckets: list[float] = field(default_factory=lambda: [0.0] * (len(BOUNDS) + 1))
    cpu: float = 0.0
    workers: int = 0
    in_flight: int = 0
    queued: int = 0
    memory: int = 0
    revision: int = 0

    def rate(self, count: float) -> float | None:
        """Count per second; None where nothing is known."""
        return count / self.covered if self.covered > 0 else None


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over whole intervals."""

    answers: int
    kinds: dict[str, int]
    """Of ANSWER_KINDS, those that occur."""
    p50: float | None
    """Seconds; None where nothing was answered."""
    p95: float | None
    p99: float | None
    mean: float | None


def grid_of(seconds: float, cells: int, now: float) -> Grid:
    """The last `seconds` before `now` in about `cells` cells."""
    seconds = min(LONGEST, max(SHORTEST, seconds))
    cells = min(MOST_CELLS, max(10, cells))
    step = float(next((each for each in STEPS if seconds / each <= cells), STEPS[-1]))
    ended = -(-now // step) * step
    count = round(-(-seconds // step))
    return Grid(ended - count * step, step, count)


def intervals(rows: Sequence[Row], now: float) -> list[Interval]:
    """Intervals between rows of the same counters, at times of the present clock."""
    series: list[Interval] = []
    times = placed(rows, now)
    for (before, start), (row, end) in pairwise(zip(rows, times, strict=True)):
        if before.origin != row.origin:
            continue
        unseen = end - start > _GAP_SECONDS or (row.flags & FIRST and end - start > _AFTER_GAP)
        series.append(
            Interval(
                end - min(_AFTER_GAP, end - start) if unseen else start,
                end,
                row.revision,
                _differences(before.kinds, row.kinds),
                _differences(before.buckets, row.buckets),
                row.seconds - before.seconds if row.seconds >= before.seconds else row.seconds,
                row.cpu - before.cpu if row.cpu >= before.cpu else row.cpu,
                row.workers,
                row.in_flight,
                row.queued,
                row.memory,
            )
        )
    return series


def _differences(before: Sequence[int], now: Sequence[int]) -> tuple[int, ...]:
    """Counters that have fallen were begun anew."""
    if sum(now) < sum(before):
        return tuple(now)
    return tuple(max(0, each - known) for known, each in zip(before, now, strict=True))


def within(intervals: Iterable[Interval], grid: Grid, revision: int = 0) -> list[Interval]:
    """Intervals that end in the time of the grid; of one revision, or of all."""
    return [each for each in intervals if each.end > grid.start and revision in (0, each.revision)]


def cells_of(intervals: Iterable[Interval], grid: Grid) -> list[Cell]:
    """Cells of the grid, with the parts of the intervals that fall into each."""
    cells = [Cell() for _ in range(grid.cells)]
    for each in intervals:
        length = each.end - each.start
        first = max(0, int((each.start - grid.start) // grid.step))
        last = min(grid.cells - 1, int((each.end - grid.start) // grid.step))
        for index in range(first, last + 1):
            start = grid.start + index * grid.step
            shared = min(each.end, start + grid.step) - max(each.start, start)
            if shared > 0 or length <= 0:
                _add(cells[index], each, shared, shared / length if length > 0 else 1.0)
    return cells


def _add(cell: Cell, each: Interval, shared: float, part: float) -> None:
    cell.covered += max(0.0, shared)
    cell.kinds = [known + count * part for known, count in zip(cell.kinds, each.kinds, strict=True)]
    cell.buckets = [known + count * part for known, count in zip(cell.buckets, each.buckets, strict=True)]
    cell.cpu += each.cpu * part
    cell.workers = each.workers
    cell.in_flight = max(cell.in_flight, each.in_flight)
    cell.queued = max(cell.queued, each.queued)
    cell.memory = max(cell.memory, each.memory)
    cell.revision = each.revision


def totals(intervals: Sequence[Interval]) -> Totals:
    """Sums of counts, which are exact, and percentiles, which are as exact as the buckets."""
    kinds = [sum(each.kinds[index] for each in intervals) for index in range(len(ANSWER_KINDS))]
    buckets = [float(sum(each.buckets[index] for each in intervals)) for index in range(len(BOUNDS) + 1)]
    timed = sum(buckets)
    return Totals(
        sum(kinds),
        {kind: count for kind, count in zip(ANSWER_KINDS, kinds, strict=True) if count},
        percentile(buckets, 0.5),
        percentile(buckets, 0.95),
        percentile(buckets, 0.99),
        sum(each.seconds for each in intervals) / timed if timed else None,
    )


def percentile(buckets: Sequence[float], share: float) -> float | None:
    """Seconds below which this share of the answers took; within a bucket in proportion, as Prometheus does it."""
    total = sum(buckets)
    if total < 1e-9:
        return None
    rank, below, lower = share * total, 0.0, 0.0
    for bound, count in zip(BOUNDS, buckets, strict=False):
        if count > 0 and below + count >= rank:
            return lower + (bound - lower) * (rank - below) / count
        below += count
        lower = bound
    return BOUNDS[-1]


def revisions(intervals: Iterable[Interval]) -> list[tuple[float, int]]:
    """Times at which another revision began to be served, the first one included, each with the revision."""
    marks: list[tuple[float, int]] = []
    for each in intervals:
        if not marks or marks[-1][1] != each.revision:
            marks.append((each.start, each.revision))
    return marks


def sparkline(values: Sequence[float | None]) -> str:
    """One character for each value, up to the highest one; a space where nothing is known. Empty without any."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    most = max(known)
    return "".join(
        " " if value is None else _BARS[round(value / most * (len(_BARS) - 1)) if most > 0 else 0] for value in values
    )
