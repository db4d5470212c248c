"""Prints a service's log, and goes on with it."""

from __future__ import annotations

import datetime
import re
import sys
import time
from collections.abc import Iterator, Sequence

from scoredock import l10n
from scoredock.cli.command import OK, UsageError
from scoredock.cli.session import Session, document
from scoredock.cli.terminal.text import control
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages, wire
from scoredock.services.log_view.events import LEVELS, LogEntry
from scoredock.services.log_view.log_filter import LineFilter
from scoredock.services.log_view.log_pages import LATEST, Cursor, NewEvents, earlier_part
from scoredock.services.log_view.repeats import Repeated, collapsed, joined
from scoredock.services.logs import LogSource
from scoredock.visible import in_lines

_POLL_SECONDS = 0.1
_AT_ONCE = 20_000
"""Lines of a log that are read at once."""
_KNOWN = 1_000
"""Errors that are remembered for their next repeat."""
_COLOURS = {"warning": "\x1b[33m", "error": "\x1b[31m", "debug": "\x1b[2m"}
_AGO = re.compile(r"(\d{1,9})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class LineSelection:
    """Selection of the lines of a log, and the form in which they are printed."""

    filter: LineFilter
    tail: int = 1000
    follow: bool = False
    collapse: bool = False
    """Repeated errors as one."""
    timestamps: bool = False
    """The whole time of each line, as ISO 8601."""


def moment(text: str, now: float) -> float:
    """`90s`, `10m`, `2h`, `1d` before `now`, or a time as ISO 8601, in seconds since the epoch; 0 for nothing.

    Raises UsageError.
    """
    if not text:
        return 0.0
    if ago := _AGO.fullmatch(text):
        return now - int(ago.group(1)) * _SECONDS[ago.group(2)]
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            l10n.t("--since takes 90s, 10m, 2h, 1d or a time such as 2026-11-20T14:00, not “{written}”.", written=text)
        ) from None


def logs(names: Sequence[str], selection: LineSelection, session: Session) -> int:
    """The last lines of the services in the order of time; with `follow` new ones as they come, until cancelled.

    Raises service-not-found, log-filter-invalid.
    """
    deployments = session.context.deployments("")
    sources = [(name, deployments.logs.source(name)) for name in names]
    for _, source in sources:
        source.fetch()
    newest = {name: source.last() for name, source in sources}
    printer = _Printer(selection, session, max(map(len, names)) if len(names) > 1 else 0)
    printer.write(_last_events(sources, selection, newest, session), selection.tail)
    if not selection.follow:
        return OK
    sys.stdout.flush()
    new_events = NewEvents(sources, selection.filter, newest)
    while not session.cancel.wait(_POLL_SECONDS):
        for _, source in sources:
            source.fetch()
        events = new_events.read(_AT_ONCE)
        left_out = sum(gap.lines for gap in new_events.gaps)
        if left_out:
            print(
                l10n.t("{count} lines are left out here: they came faster than they were read.", count=left_out),
                file=sys.stderr,
            )
        printer.write([_repeated(event) for event in events] if not selection.collapse else collapsed(events))
        sys.stdout.flush()
    return OK


def _last_events(
    sources: Sequence[tuple[str, LogSource]], selection: LineSelection, newest: dict[str, int], session: Session
) -> list[Repeated]:
    """Latest events, enough for the number of lines asked for, or all where repeated errors are joined."""
    cursors = [Cursor(name, newest[name] + 1, LATEST) for name, _ in sources]
    text = selection.filter.text.casefold()
    events: list[Repeated] = []
    count = 0
    while cursors and (count < selection.tail or (selection.collapse and selection.tail > 0)):
        part = earlier_part(sources, selection.filter, cursors, _AT_ONCE, lambda: session.cancel.cancelled)
        cursors = part.earlier
        count += sum(text in line.casefold() for event in part.events for line in event.shown())
        if not selection.collapse:
            events = [*map(_repeated, part.events), *events]
            continue
        events = joined([*collapsed(part.events), *events])
        # What is not an error and stands further up is not printed in any case.
        events = [*(each for each in events[: -selection.tail] if each.group), *events[-selection.tail :]]
    return events


def _repeated(event: LogEntry) -> Repeated:
    return Repeated(event, 1, event.time)


class _Printer:
    """Writes events to the terminal."""

    def __init__(self, selection: LineSelection, session: Session, width: int) -> None:
        self._selection, self._session = selection, session
        self._width = width
        """Of the names of services before the lines; 0 for none."""
        self._known: dict[str, Repeated] = {}
        """Errors that were printed, by what they have in common."""

    def write(self, events: Sequence[Repeated], tail: int | None = None) -> None:
        lines: list[_PrintedLine] = [line for each in events for line in self._lines(each)]
        if tail is not None:
            lines = lines[-tail:] if tail > 0 else []
        for line in lines:
            self._print(line)

    def _lines(self, each: Repeated) -> Iterator[_PrintedLine]:
        text = self._selection.filter.text.casefold()
        lines = each.event.shown()
        if each.group:
            before = self._known.get(each.group)
            if before is not None:
                each = joined([before, each])[0]
                lines = lines[-1:]
            self._known[each.group] = each
            while len(self._known) > _KNOWN:
                del self._known[next(iter(self._known))]
        for place, line in enumerate(lines):
            if text in line.casefold():
                yield _PrintedLine(each, place, line)

    def _print(self, line: _PrintedLine) -> None:
        event, repeated = line.repeated.event, line.repeated
        if self._session.as_json:
            entry = messages.LogLine(
                min(event.first + line.place, event.last),
                event.time,
                event.stream if event.stream in ("stdout", "stderr") else "server",  # type: ignore[arg-type]
                LEVELS[event.level],
                line.text,
            )
            fields = {"service": event.service, **wire.to_wire(entry)}
            if self._selection.collapse:
                fields |= {"count": repeated.count, "firstTime": repeated.first}
            print(document(fields, sys.stdout, indent=None))
            return
        name = f"{event.service:<{self._width}} " if self._width else ""
        colour = _COLOURS.get(LEVELS[event.level], "")
        control(sys.stdout, colour)
        print(f"{name}{self._clock(event.time)} {in_lines(line.text)}{self._count(line)}", end="")
        control(sys.stdout, "\x1b[0m" if colour else "")
        print()

    def _count(self, line: _PrintedLine) -> str:
        repeated = line.repeated
        if repeated.count < 2 or line.place > 0:
            return ""
        return l10n.t("  ({count} times since {time})", count=repeated.count, time=self._clock(repeated.first))

    def _clock(self, moment: float) -> str:
        local = datetime.datetime.fromtimestamp(moment).astimezone()
        if self._selection.timestamps:
            return local.isoformat(timespec="milliseconds")
        return time.strftime("%H:%M:%S", local.timetuple())


@dataclass(frozen=True, slots=True)
class _PrintedLine:
    repeated: Repeated
    place: int
    """Among the lines of its event."""
    text: str
