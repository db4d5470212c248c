"""Logs with a filter: a part of what is stored, and watches that send what is new, a batch at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from itertools import count
from typing import TYPE_CHECKING

from scoredock import threads
from scoredock.context import Context, Operation
from scoredock.errors import ScoredockError, ServiceNotFound
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages
from scoredock.services.log_view.events import LEVELS, LogEntry
from scoredock.services.log_view.log_filter import LineFilter, Matcher
from scoredock.services.log_view.log_pages import LATEST, Cursor, Gap, NewEvents, earlier_part
from scoredock.services.log_view.repeats import Repeated, collapsed
from scoredock.verb import EditorCommand, rows, verb

if TYPE_CHECKING:
    from scoredock.services.logs import LogSource

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.1
"""Between two batches, too: nobody reads faster."""
BATCH_EVENTS = 400
KEPT_EVENTS = 5_000
"""Events that wait to be sent; older ones are dropped and counted."""
LINES_AT_ONCE = 20_000
"""Of one log that are looked at at once, where few of them are wanted; earlier ones are left out and counted."""
ANSWER_SECONDS = 30.0
"""A batch that was not acknowledged by then counts as lost with its reader, and the next one is sent."""
LIMIT = 5_000


@verb(
    "log/page",
    progress="Reading log",
    errors=("log-filter-invalid",),
    editor=(
        EditorCommand(
            "openLogPage",
            "Open Log Page",
            "services/services",
            menus=(rows("services", "service", "2_look@3", menu="scoredock.service.tools"),),
        ),
    ),
)
def page(params: messages.LogPageParams, context: Context, operation: Operation) -> messages.LogPage:
    """The events before those that were read."""
    sources, missing_names = _sources(params.services, params.workspace_id, context)
    newest = [Cursor(name, source.last() + 1, LATEST) for name, source in sources]
    cursors = [Cursor(each.service, each.before, each.time) for each in params.before] or newest
    wanted = filter_of(params.filter)
    Matcher(wanted)  # A wrong filter is reported also where there is no log yet.
    limit = max(1, min(LIMIT, params.limit))
    gaps = _gaps(params)
    part = earlier_part(sources, wanted, cursors, limit, lambda: operation.cancel.cancelled, gaps)
    asked = {each.service: each.before for each in cursors}
    of_gone = sum(max(0, asked.get(gap.service, gap.first) - gap.first) for gap in gaps if gap.service in missing_names)
    events = collapsed(part.events) if params.filter.collapse else _each(part.events)
    return messages.LogPage(
        [event_message(event) for event in events],
        [_cursor(each) for each in part.earlier],
        min((each.time for each in part.earlier if each.time < LATEST), default=0.0),
        [_cursor(each) for each in newest],
        missing_names,
        lost=part.lost + of_gone,
    )


def _gaps(params: messages.LogPageParams) -> list[Gap]:
    """The parts of logs that are asked for; none for a part without bounds."""
    ends = {each.service: each.before for each in params.last}
    return [Gap(each.service, each.before, ends[each.service]) for each in params.first if each.service in ends]


def filter_of(log_filter: messages.LogFilter) -> LineFilter:
    """Filter of lines in the terms of the domain."""
    return LineFilter(
        level=log_filter.level,
        include=log_filter.include,
        exclude=log_filter.exclude,
        is_regex=log_filter.regex,
        request_id=log_filter.request_id.strip(),
        hide_health=log_filter.hide_health,
        run="previous" if log_filter.previous else "all",
    )


def event_message(repeated: Repeated) -> messages.LogEvent:
    """An event as a message."""
    event = repeated.event
    return messages.LogEvent(
        service=event.service,
        sequence=event.first,
        time=event.time,
        stream=event.stream if event.stream in ("stdout", "stderr") else "server",  # type: ignore[arg-type]
        level=LEVELS[event.level],
        lines=event.lines,
        request_id=event.request_id,
        group=repeated.group,
        count=repeated.count,
        first_time=repeated.first,
    )


def _each(events: Iterable[LogEntry]) -> list[Repeated]:
    return [Repeated(event, 1, event.time) for event in events]


def _cursor(cursor: Cursor) -> messages.LogCursor:
    return messages.LogCursor(cursor.service, cursor.before, cursor.time)


def _sources(names: Iterable[str], workspace: str, context: Context) -> tuple[list[tuple[str, LogSource]], list[str]]:
    """Those that are there, and the names of the others."""
    deployments = context.deployments(workspace)
    sources: list[tuple[str, LogSource]] = []
    missing_names: list[str] = []
    for name in dict.fromkeys(names):
        try:
            source = deployments.logs.source(name)
            source.fetch()
            sources.append((name, source))
        except ServiceNotFound:
            missing_names.append(name)
    return sources, missing_names


@dataclass
class _LogWatch:
    """One reader. What others touch is guarded by the lock of its LogWatches."""

    id: str
    sources: list[tuple[str, LogSource]]
    new_events: NewEvents
    collapse: bool
    waiting: list[Repeated] = field(default_factory=list)
    lines_at_once: int = LINES_AT_ONCE
    """Of one log; fewer where nearly all are wanted, as what is read and then left out is work for nothing."""
    gaps: dict[str, Gap] = field(default_factory=dict)
    """Lines that were left out since the last batch, by service."""
    missing_names: list[str] = field(default_factory=list)
    batch: int = 0
    in_flight: bool = False
    sent: float = 0.0


class LogWatches:
    """All watches of one client, read by one thread that exists only while there are any."""

    def __init__(self, send: Callable[[messages.LogEvents], None]) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._watches: dict[str, _LogWatch] = {}
        self._numbers = count(1)
        self._thread: threading.Thread | None = None
        self._changed = threading.Event()

    @verb("log/watch", errors=("log-filter-invalid",))
    def watch(self, params: messages.LogWatchParams, context: Context, operation: Operation) -> messages.LogWatch:
        """Begins to send. Services that are gone are named with the first batch."""
        sources, missing_names = _sources(params.services, params.workspace_id, context)
        after = {each.service: each.before - 1 for each in params.after}
        watch = _LogWatch(
            f"watch-{next(self._numbers)}",
            sources,
            NewEvents(sources, filter_of(params.filter), after),
            params.filter.collapse,
            missing_names=missing_names,
        )
        with self._lock:
            self._watches[watch.id] = watch
            if self._thread is None:
                self._thread = threads.start(self._run, name="scoredock-log-watches", at_fault=threads.again)
        return messages.LogWatch(watch.id)

    @verb("log/unwatch")
    def unwatch(self, params: messages.LogRef, context: Context, operation: Operation) -> messages.Empty:
        """Ends it; an id that is not known is harmless."""
        with self._lock:
            self._watches.pop(params.id, None)
        self._changed.set()
        return messages.Empty()

    def acknowledge(self, params: messages.LogAcknowledgeParams) -> None:
        """The batch with this number was shown."""
        with self._lock:
            watch = self._watches.get(params.id)
            if watch is not None and params.sequence >= watch.batch:
                watch.in_flight = False

    def _run(self) -> None:
        while True:
            self._changed.wait(POLL_SECONDS)
            self._changed.clear()
            with self._lock:
                watches = list(self._watches.values())
                if not watches:
                    self._thread = None
                    return
            for watch in watches:
                try:
                    self._advance(watch)
                except Exception as fault:  # one that cannot be gone on with must not hold up the others
                    threads.note("scoredock-log-watches", fault)
                    with self._lock:
                        self._watches.pop(watch.id, None)

    def _advance(self, watch: _LogWatch) -> None:
        try:
            if not watch.waiting:  # until then the log itself waits, and lines that are left out stand before those
                self._read(watch)
        except ScoredockError as error:
            # An expression that takes too long on a line that is new.
            field = str(error.details.get("field", ""))
            self._end(watch, messages.LogEvents(watch.id, watch.batch + 1, [], [], error.message, field))
            return
        except OSError as error:
            logger.warning("a log could not be read: %s", error)
            return
        if watch.new_events.begun_anew:
            # What its reader knows by numbers, and what is noted here, is about lines that are gone.
            self._end(watch, messages.LogEvents(watch.id, watch.batch + 1, [], [], begun_anew=True))
            return
        with self._lock:
            batch = _next_batch(watch)
        if batch is not None:
            self._send(batch)

    def _end(self, watch: _LogWatch, last: messages.LogEvents) -> None:
        with self._lock:
            self._watches.pop(watch.id, None)
        self._send(last)

    @staticmethod
    def _read(watch: _LogWatch) -> None:
        for name, source in watch.sources:
            if name in watch.missing_names:
                continue
            try:
                source.fetch()
            except ServiceNotFound:
                watch.missing_names.append(name)
        events = watch.new_events.read(watch.lines_at_once)
        for gap in watch.new_events.gaps:
            _note_gap(watch, gap)
        fresh = _repeats(events, watch)
        watch.lines_at_once = _lines_at_once(watch.lines_at_once, len(fresh))
        too_many = fresh[:-KEPT_EVENTS]
        if too_many:
            newest = too_many[-1].event
            end = next(index for index, event in enumerate(events) if event is newest) + 1
            ends = _leave_out(watch, events[:end])
            fresh = _repeats([event for event in events[end:] if event.first >= ends.get(event.service, 0)], watch)
        watch.waiting = fresh


def _repeats(events: Sequence[LogEntry], watch: _LogWatch) -> list[Repeated]:
    return collapsed(events) if watch.collapse else _each(events)


def _leave_out(watch: _LogWatch, events: Iterable[LogEntry]) -> dict[str, int]:
    """Notes where these are, and gives the number of each service behind which nothing of them lies."""
    parts: dict[str, tuple[int, int]] = {}
    for event in events:
        first, end = parts.get(event.service, (event.first, 0))
        parts[event.service] = min(first, event.first), max(end, event.last + 1)
    for service, (first, end) in parts.items():
        _note_gap(watch, Gap(service, first, end))
    return {service: end for service, (_, end) in parts.items()}


def _note_gap(watch: _LogWatch, gap: Gap) -> None:
    """Nothing of the service that is wanted lies between what is noted and this."""
    noted = watch.gaps.get(gap.service)
    first = gap.first if noted is None else min(noted.first, gap.first)
    watch.gaps[gap.service] = Gap(gap.service, first, gap.before)


def _lines_at_once(before: int, event_count: int) -> int:
    """After a look at so many lines of each log that found so many events."""
    if event_count < BATCH_EVENTS:
        return LINES_AT_ONCE
    return max(KEPT_EVENTS, before * KEPT_EVENTS // event_count) if event_count > KEPT_EVENTS else before


def _next_batch(watch: _LogWatch) -> messages.LogEvents | None:
    now = time.monotonic()
    if watch.in_flight and now - watch.sent < ANSWER_SECONDS:
        return None
    if not watch.waiting and not watch.missing_names and not watch.gaps:
        return None
    events, watch.waiting = watch.waiting[:BATCH_EVENTS], watch.waiting[BATCH_EVENTS:]
    watch.batch += 1
    batch = messages.LogEvents(
        watch.id,
        watch.batch,
        [event_message(each) for each in events],
        list(watch.missing_names),
        left_out_from=[messages.LogCursor(gap.service, gap.first, 0.0) for gap in watch.gaps.values()],
        left_out_to=[messages.LogCursor(gap.service, gap.before, LATEST) for gap in watch.gaps.values()],
    )
    watch.sources = [entry for entry in watch.sources if entry[0] not in watch.missing_names]
    watch.gaps, watch.missing_names, watch.in_flight, watch.sent = {}, [], True, now
    return batch
