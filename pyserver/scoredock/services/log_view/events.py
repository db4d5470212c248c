"""Lines of a log that belong together: one line, or a traceback with all of its lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import Final, Protocol

from scoredock.late_dataclass import dataclass

LEVELS: Final = ("debug", "info", "warning", "error")
"""Rising."""
_RANKS = {"D": 0, "I": 1, "W": 2, "E": 3}
_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [DIWEC] \[(\d+)\] ")
_TRACEBACK = "Traceback (most recent call last)"
_BETWEEN = (
    "During handling of the above exception, another exception occurred",
    "The above exception was the direct cause of the following exception",
)
_ACCESS = re.compile(r"azmlinfsrv - ([A-Z]{3,7}) (\S+) (\d{3}) [\d.]+ms (?:\d+|N/A)(?: (\S+))?$")
_FOREIGN_ACCESS = re.compile(r'"(GET|HEAD) (\S+)(?: HTTP/[\d.]+)?" (\d{3})\b')
"""As Flask, gunicorn, uvicorn and nginx write it."""
_HEALTH = frozenset(
    [
        *("/", "/health", "/healthz", "/healthcheck", "/health/live", "/health/ready", "/live", "/livez", "/liveness"),
        *("/ready", "/readyz", "/readiness", "/ping", "/status", "/v2/health/live", "/v2/health/ready"),
    ]
)
LINES_OF_AN_EVENT = 500
"""A longer one is cut in two."""


class StoredLine(Protocol):
    """A stored line, as the runtime's contract has it."""

    @property
    def n(self) -> int: ...
    @property
    def t(self) -> float: ...
    @property
    def s(self) -> str: ...
    @property
    def l(self) -> str: ...  # noqa: E743 (the name on disk)
    @property
    def m(self) -> str: ...


@dataclass(slots=True)
class LogEntry:
    """One line, or a traceback with all of its lines."""

    service: str
    first: int
    """Sequence number of its first line."""
    last: int
    time: float
    """Of its first line, in seconds since the epoch."""
    stream: str
    level: int
    """Place in LEVELS, the highest of its lines."""
    lines: list[str] = field(default_factory=list)
    """Without the stamp that the runtime puts before them."""
    stamp: str = ""
    """What the runtime puts before its own lines."""
    worker: int = 0
    """Process id as its stamp says; 0 where it has none."""
    request_id: str = ""
    """Of the line that a request leaves, where it tells the id."""
    ends_request: bool = False
    """Whether it is the line that a request leaves."""
    health: bool = False
    """Whether it says that a health check was answered."""

    def shown(self) -> list[str]:
        """Lines as they were written, with the stamp."""
        return [self.stamp + self.lines[0], *self.lines[1:]] if self.stamp else self.lines


class EventReader:
    """Makes events of the records of one service, in the order in which they came."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._open: dict[str, _OpenTraceback] = {}
        """Tracebacks that may go on, by stream."""

    def feed(self, records: Iterable[StoredLine]) -> Iterator[LogEntry]:
        """Events that are complete. A traceback is when another line of its stream follows."""
        for record in records:
            yield from self._take(record)

    def flush(self) -> Iterator[LogEntry]:
        """Events that are still open; nothing follows them for now."""
        opened = sorted((each.event for each in self._open.values()), key=lambda event: event.first)
        self._open.clear()
        yield from opened

    def _take(self, record: StoredLine) -> Iterator[LogEntry]:
        opened = self._open.get(record.s)
        if opened is not None:
            if opened.goes_on(record):
                opened.event.lines.append(record.m)
                opened.event.last = record.n
                return
            del self._open[record.s]
            yield opened.event
        event = event_of(self._service, record)
        if event.level == _RANKS["E"] and _TRACEBACK in record.m:
            self._open[record.s] = _OpenTraceback(event)
        else:
            yield event


class _OpenTraceback:
    def __init__(self, event: LogEntry) -> None:
        self.event = event
        self._inside = True
        """Before the line that names the exception."""

    def goes_on(self, record: StoredLine) -> bool:
        text = record.m
        if len(self.event.lines) >= LINES_OF_AN_EVENT:
            return False
        if text.startswith(_BETWEEN):
            return True
        if text.startswith(_TRACEBACK) and self.event.lines[-1].startswith(_BETWEEN):
            self._inside = True
            return True
        if not self._inside or record.l != "E" or _STAMP.match(text) or text.startswith(_TRACEBACK):
            return False
        self._inside = text[:1] in (" ", "\t")
        return True


def event_of(service: str, record: StoredLine) -> LogEntry:
    """One line as an event of its own."""
    text, stamp, worker = record.m, "", 0
    # Looked for by two characters before the expression is, as most lines of a flood have no stamp.
    if text[4:5] == "-" and text[23:24] == " " and (found := _STAMP.match(text)) is not None:
        stamp, worker, text = found.group(), int(found.group(1)), text[found.end() :]
    event = LogEntry(
        service,
        record.n,
        record.n,
        record.t,
        record.s,
        _RANKS.get(record.l, 1),
        [text],
        stamp,
        worker,
    )
    if text.startswith("azmlinfsrv - ") and (access := _ACCESS.match(text)) is not None:
        event.ends_request = True
        event.request_id = access.group(4) or ""
        event.health = _is_health(*access.group(1, 2, 3))
    elif '"GET /' in text or '"HEAD /' in text:
        foreign = _FOREIGN_ACCESS.search(text)
        event.health = foreign is not None and _is_health(*foreign.group(1, 2, 3))
    return event


def _is_health(method: str, target: str, status: str) -> bool:
    """One that failed on our side is not noise."""
    return method in ("GET", "HEAD") and target.partition("?")[0] in _HEALTH and status < "500"
