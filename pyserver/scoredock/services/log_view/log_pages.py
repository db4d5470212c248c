"""A log read as a person asks for it: from its end to earlier lines, in parts of bounded size, and on with new ones."""

from __future__ import annotations

import heapq
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field, replace
from itertools import groupby, islice
from typing import Protocol

from scoredock.late_dataclass import dataclass
from scoredock.services.log_view.events import EventReader, LogEntry, StoredLine
from scoredock.services.log_view.log_filter import LineFilter, Matcher

AT_ONCE = 40_000
"""Lines that are looked at for one part; then the caller decides whether to go on."""
_FIRST_STEP, _LONGEST_STEP = 1_000, 8_000
_RUNS_STEP = 200_000
_CONTEXT = 600
"""Lines around a step: what begins within it may end behind it."""
LATEST = 1e15
"""A time after all others."""
KEPT_EVENTS = 200
"""Events of a request that are remembered until its end tells the id."""
_CODE = r"(?: with the code \w+)?"
_RUN_BEGINS = re.compile(
    rf"Service \S+ revision \d+{_CODE} starts on |Revision \d+{_CODE} starts beside revision \d+\."
)
_RUN_ENDS = re.compile(r"Worker \d+ (?:ended with |is killed: )")


class StoredLog(Protocol):
    """The stored log of one service."""

    def window(self, after: int, before: int, *, server_only: bool = False) -> Iterator[StoredLine]:
        """Records with numbers above `after` and below `before`, oldest first; `server_only` those of the parent."""

    def first(self) -> int:
        """Number of the oldest stored record; 0 when there is none."""

    def last(self) -> int:
        """Number of the newest."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Position up to which the log of one service was read towards its beginning."""

    service: str
    before: int
    """Events that begin with this number or a later one were read."""
    time: float
    """No earlier event counts as later than this."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Lines of one service that were left out."""

    service: str
    first: int
    """Number of the first of them."""
    before: int
    """Number of the line after the last of them."""

    @property
    def lines(self) -> int:
        """Number of its lines."""
        return self.before - self.first


@dataclass(frozen=True, slots=True)
class Bounds:
    """The part of a log that a run is."""

    after: int = 0
    before: int = 0
    """0 for one that goes on."""


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Some events in the order of time."""

    events: list[LogEntry]
    earlier: list[Cursor] = field(default_factory=list)
    """Where the part before this one ends; empty when there is nothing before it."""
    lost: int = 0
    """Lines that are no longer stored: within it, and before it of the logs that were read to their beginning."""


def bounds_of(source: StoredLog, line_filter: LineFilter) -> Bounds:
    """Bounds of the run that the filter asks for. Without an earlier run the previous one is empty."""
    if line_filter.run == "all":
        return Bounds()
    starts: list[int] = []
    before, first = source.last() + 1, source.first()
    while before > first and len(starts) < 2:
        after = max(first - 1, before - 1 - _RUNS_STEP)
        starts = [*_starts(source, after, before), *starts]
        before = after + 1
    if line_filter.run == "current":
        return Bounds(after=starts[-1] - 1 if starts else 0)
    if len(starts) < 2:
        return Bounds(before=starts[0] if starts and starts[0] > first else 1)
    return Bounds(after=starts[-2] - 1, before=starts[-1])


def _starts(source: StoredLog, after: int, before: int) -> list[int]:
    """Numbers of the lines with which runs begin. After a worker that ended, several lines may begin one."""
    numbers: list[int] = []
    for record in source.window(after, before, server_only=True):
        if _begins_run(record):
            numbers.append(record.n)
        elif _ends_run(record):
            numbers.append(record.n + 1)
    last = source.last()
    return [number for number in numbers if number <= last]


def earlier_part(
    sources: Sequence[tuple[str, StoredLog]],
    line_filter: LineFilter,
    cursors: Sequence[Cursor],
    limit: int,
    cancelled: Callable[[], bool] = lambda: False,
    gaps: Sequence[Gap] = (),
) -> EntryPage:
    """The newest `limit` events before the cursors, of all services together; without cursors the newest of all.

    Where there are `gaps`, a log is read within its own only: what is before it and behind it counts as read.
    At most AT_ONCE lines of each service are looked at: there may be fewer events than `limit` although there are
    earlier ones. Raises log-filter-invalid.
    """
    cursor_of = {cursor.service: cursor for cursor in cursors}
    within = {gap.service: gap for gap in gaps}
    readers = [
        _Earlier(
            source,
            line_filter,
            cursor_of.get(name) or Cursor(name, source.last() + 1, LATEST),
            cancelled,
            limit,
            within.get(name),
        )
        for name, source in sources
        if not cursors or name in cursor_of
    ]
    entries: list[LogEntry] = []
    while len(entries) < limit:
        open_readers = [reader for reader in readers if reader.look()]
        if not open_readers:
            break
        # Of two at the same time the one of the later service stands below.
        newest = max(enumerate(open_readers), key=lambda entry: (entry[1].time, entry[0]))[1]
        if newest.event is None:
            break  # what this one has is not known yet, and it may be the next
        entries.append(newest.take())
    return EntryPage(
        entries[::-1],
        [reader.cursor for reader in readers if not reader.at_begin],
        sum(reader.lost() for reader in readers),
    )


class _Earlier:
    """The events of one service, newest first."""

    def __init__(
        self,
        source: StoredLog,
        line_filter: LineFilter,
        cursor: Cursor,
        cancelled: Callable[[], bool],
        limit: int,
        gap: Gap | None,
    ) -> None:
        self.cursor = cursor
        self.event: LogEntry | None = None
        """The next one; None at the beginning, and when too much was looked at."""
        self.at_begin = False
        self._source = source
        self._bounds = bounds_of(source, line_filter)
        self._line_filter, self._matcher = line_filter, Matcher(line_filter)
        self._cancelled = cancelled
        self._step = min(_LONGEST_STEP, max(_FIRST_STEP, limit))
        self._left = AT_ONCE
        self._waiting: list[LogEntry] = []
        self._scanned = cursor.before
        """The first number that was looked at."""
        if self._bounds.before:
            self._scanned = min(self._scanned, self._bounds.before)
        self._gap = gap
        stored = source.first()
        self._first = max(stored, self._bounds.after + 1, 0 if gap is None else gap.first)
        # Where all of it is gone, numbers went on without it.
        self._holes = [
            Gap(cursor.service, 1 if gap is None else gap.first, min(stored or cursor.before, cursor.before))
        ]
        """Parts in which nothing was stored any more when they were looked at."""

    @property
    def time(self) -> float:
        """That the next event counts with."""
        return self.cursor.time if self.event is None else min(self.cursor.time, self.event.time)

    def look(self) -> bool:
        """True if there may be another event."""
        while self.event is None and not self.at_begin:
            if self._waiting:
                self.event = self._waiting.pop()
            elif self._scanned <= self._first:
                self.at_begin = True
            elif self._left <= 0 or self._cancelled():
                break
            else:
                self._read()
        return self.event is not None or not self.at_begin

    def lost(self) -> int:
        """Lines between what was asked for and the cursor, or the beginning, that are no longer stored; 0 for a run."""
        if self._gap is None and self._bounds != Bounds():
            return 0
        # Of what was read and not taken, the next question tells.
        down_to = 0 if self.at_begin else self.cursor.before
        return sum(max(0, hole.before - max(hole.first, down_to)) for hole in self._holes)

    def take(self) -> LogEntry:
        event = self.event
        assert event is not None  # noqa: S101 (`look` comes first)
        self.cursor = Cursor(self.cursor.service, event.first, self.time)
        self.event = None
        return event

    def _read(self) -> None:
        before = self._scanned
        after = max(self._first - 1, before - 1 - self._step)
        self._step = min(_LONGEST_STEP, self._step * 2)
        self._left -= before - after
        entries = _matching(
            self.cursor.service,
            self._within(self._source.window(max(self._first - 1, after - _CONTEXT), before + _CONTEXT), after, before),
            self._line_filter,
            self._matcher,
            0 if self._gap is None else self._gap.before,
        )
        # A traceback that another stream writes into comes after what it began before.
        self._waiting = sorted((each for each in entries if after < each.first < before), key=lambda each: each.first)
        self._scanned = after + 1
        if not self._waiting:
            self.cursor = Cursor(self.cursor.service, self._scanned, self.cursor.time)

    def _within(self, records: Iterable[StoredLine], after: int, before: int) -> Iterator[StoredLine]:
        """The same records; notes which numbers between the two are missing."""
        for record in records:
            if after + 1 < min(record.n, before):
                self._holes.append(Gap(self.cursor.service, after + 1, min(record.n, before)))
            after = max(after, record.n)
            yield record
        if after + 1 < before:
            self._holes.append(Gap(self.cursor.service, after + 1, before))


def _matching(
    service: str, records: Iterator[StoredLine], line_filter: LineFilter, matcher: Matcher, cut: int
) -> Iterator[LogEntry]:
    """No event goes on behind the number `cut`: what comes there was shown by itself."""
    reader = EventReader(service)

    def events() -> Iterator[LogEntry]:
        for _, part in groupby(records, lambda record: record.n < cut):
            yield from reader.feed(part)
            yield from reader.flush()

    of_request = RequestLines(line_filter.request_id).feed(events()) if line_filter.request_id else events()
    return matcher.among(of_request)


def unbroken(records: Iterable[StoredLine]) -> Iterator[StoredLine]:
    """Records up to the first whose number does not follow. A reader that goes on behind them has the hole before its
    next record, where it counts it: rotation and a damaged line may take numbers anywhere in what is read."""
    after: int | None = None
    for record in records:
        if after is not None and record.n != after + 1:
            return
        yield record
        after = record.n


class NewEvents:
    """Events that services write from now on, by a filter."""

    def __init__(
        self, sources: Sequence[tuple[str, StoredLog]], line_filter: LineFilter, after: dict[str, int]
    ) -> None:
        """`after`: the last number of each service that was read; without one a log is read from the oldest line that
        is stored. Raises log-filter-invalid."""
        self._line_filter = replace(line_filter, run="all")
        self._readers = [_Later(name, source, self._line_filter, after.get(name)) for name, source in sources]

    def read(self, limit: int) -> list[LogEntry]:
        """New events in the order of time; `gaps` are before them, where there were more than `limit` lines in a log or
        some are no longer stored. What is behind a hole comes with the next read. Raises log-filter-invalid."""
        return merged([reader.read(limit) for reader in self._readers])

    @property
    def gaps(self) -> list[Gap]:
        """Gaps of the last `read`: lines that it left out."""
        return [reader.gap for reader in self._readers if reader.gap is not None]

    @property
    def begun_anew(self) -> bool:
        """True if a log had fewer lines at the last `read` than before: its service was made again. It was read from
        its beginning, and what was noted of the log before is about lines that are gone."""
        return any(reader.begun_anew for reader in self._readers)


class _Later:
    def __init__(self, name: str, source: StoredLog, line_filter: LineFilter, after: int | None) -> None:
        self.gap: Gap | None = None
        self.begun_anew = False
        self._name = name
        self._after = max(0, source.first() - 1) if after is None else after
        self._source = source
        self._events = EventReader(name)
        self._requests = RequestLines(line_filter.request_id) if line_filter.request_id else None
        self._matcher = Matcher(line_filter)

    def read(self, limit: int) -> list[LogEntry]:
        last = self._source.last()
        self.gap = None
        self.begun_anew = 0 < last < self._after
        if self.begun_anew:
            self._after = 0
        after = max(self._after, last - limit)
        records = list(unbroken(islice(self._source.window(after, last + 1), limit)))
        events: list[LogEntry] = []
        if records:
            # Numbers that are missing were left out, or turned over before they were read.
            if records[0].n > self._after + 1:
                self.gap = Gap(self._name, self._after + 1, records[0].n)
                events.extend(self._events.flush())  # What goes on behind it is not the same event.
            self._after = records[-1].n
            events.extend(self._events.feed(records))
        else:
            events.extend(self._events.flush())
        if self._requests is not None:
            events = list(self._requests.feed(events))
        return list(self._matcher.among(events))


def merged(parts: Sequence[Iterable[LogEntry]]) -> list[LogEntry]:
    """Events of several services in the order of time. `parts`: the events of a service each, in their order, whatever
    its clock said: an event counts as no earlier than the one before it. At the same time the earlier part comes first.
    """

    def keyed(place: int, events: Iterable[LogEntry]) -> Iterable[tuple[float, int, int, LogEntry]]:
        latest = 0.0
        for number, event in enumerate(events):
            latest = max(latest, event.time)
            yield latest, place, number, event

    rows = heapq.merge(*(keyed(place, events) for place, events in enumerate(parts)), key=lambda row: row[:3])
    return [row[3] for row in rows]


class RequestLines:
    """Gives the events of one request when it has ended: a worker answers one after the other, and each leaves a line
    with its id at its end."""

    def __init__(self, request_id: str) -> None:
        self._id = request_id
        self._pending: dict[int, deque[LogEntry]] = {}
        self._worker = 0

    def feed(self, events: Iterable[LogEntry]) -> Iterator[LogEntry]:
        """`events` of one service, in their order."""
        for event in events:
            if event.stream == "server":
                continue
            # A line without a stamp is taken for one of the worker that wrote before it.
            self._worker = event.worker or self._worker
            pending = self._pending.setdefault(self._worker, deque(maxlen=KEPT_EVENTS))
            pending.append(event)
            if event.ends_request:
                if event.request_id == self._id:
                    yield from pending
                pending.clear()
            elif self._id in event.lines[0]:
                # The script itself wrote the id.
                yield event
                pending.pop()


def _begins_run(record: StoredLine) -> bool:
    """True if a run of the service begins with this line: with each start and each update."""
    return record.s == "server" and _RUN_BEGINS.match(record.m) is not None


def _ends_run(record: StoredLine) -> bool:
    """True if a run ends with this line, so that the next line begins another: a worker that nobody had ended."""
    return record.s == "server" and record.l == "W" and _RUN_ENDS.match(record.m) is not None
