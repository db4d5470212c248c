"""Logs of services, line by line."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams


@dataclass(frozen=True)
class LogLine:
    """One line of a service's log."""

    sequence: int
    time: float
    stream: Literal["stdout", "stderr", "server"]
    level: Literal["debug", "info", "warning", "error"]
    text: str


@dataclass(frozen=True)
class LogSubscribeParams(WorkspaceParams):
    service: str
    since: int = 0
    """Lines after this sequence number; 0 sends the last `tail`."""
    tail: int = 1000


@dataclass(frozen=True)
class LogSubscription:
    id: str
    file: str
    """The newest log file, for "Open Full Log"."""


@dataclass(frozen=True)
class LogLastParams(WorkspaceParams):
    name: str
    count: int = 5000
    """Lines at most."""


@dataclass(frozen=True)
class LogLast:
    """The newest lines, oldest first; tracebacks name the person's own files."""

    lines: list[LogLine]


@dataclass(frozen=True)
class LogRef:
    id: str


@dataclass(frozen=True)
class LogAcknowledgeParams:
    id: str
    sequence: int
    """Of the last line shown; the next batch is sent then."""


@dataclass(frozen=True)
class LogLines:
    """One batch; the next comes when this one is acknowledged."""

    id: str
    service: str
    lines: list[LogLine]
    dropped: int
    """Lines left out before these because the reader was slow; they are in the file while it keeps them."""


@dataclass(frozen=True)
class LogFilter:
    """Conditions that a line of the log must meet to be shown. Texts are looked for without regard to case."""

    level: Literal["debug", "info", "warning", "error"] = "debug"
    """This one and above."""
    include: str = ""
    """Only lines with this text, and tracebacks with such a line."""
    exclude: str = ""
    """No lines with this text, and no tracebacks with such a line."""
    regex: bool = False
    """Both texts are regular expressions of Python."""
    request_id: str = ""
    """Only what was written for this request."""
    hide_health: bool = False
    previous: bool = False
    """Only the run before this one."""
    collapse: bool = False
    """Repeated errors as one, where they came last."""


@dataclass(frozen=True)
class LogCursor:
    """Place up to which the log of a service was read towards its beginning; from an answer, for the next question."""

    service: str
    before: int
    time: float


@dataclass(frozen=True)
class LogEvent:
    """A line, or a traceback with all of its lines."""

    service: str
    sequence: int
    """Of its first line."""
    time: float
    stream: Literal["stdout", "stderr", "server"]
    level: Literal["debug", "info", "warning", "error"]
    lines: list[str]
    """Without the stamp that the runtime puts before its lines."""
    request_id: str
    """Of the request that this line ends; empty for others."""
    group: str
    """The same for errors that are repeats of one another, where repeated errors are collapsed; empty otherwise."""
    count: int
    """How many of the group this stands for."""
    first_time: float
    """When the first of them came."""


@dataclass(frozen=True)
class LogPageParams(WorkspaceParams):
    services: list[str]
    """Of several the events come in the order of time."""
    filter: LogFilter
    before: list[LogCursor]
    """From the last answer; empty for the end of the log."""
    limit: int = 1000
    first: list[LogCursor] = field(default_factory=list)
    """Where the part begins at the earliest, as `left_out_from` of a batch; empty for the beginning of the log."""
    last: list[LogCursor] = field(default_factory=list)
    """Where it ends, as `left_out_to` of that batch. A traceback that goes on there is cut, as its end was sent."""


@dataclass(frozen=True)
class LogPage:
    events: list[LogEvent]
    """Oldest first. There may be few, or none, although there are earlier ones: a filter that finds little takes
    several questions."""
    earlier: list[LogCursor]
    """Where the next question begins; empty at the beginning of the log."""
    earliest: float
    """Time to which the log was looked through; 0 where that is not known."""
    newest: list[LogCursor]
    """Where new lines begin, for `log/watch`."""
    gone: list[str]
    """Services that are no longer there."""
    lost: int = 0
    """Lines before these that are no longer kept, of the logs that were read to their beginning, or to `first`."""


@dataclass(frozen=True)
class LogWatchParams(WorkspaceParams):
    services: list[str]
    filter: LogFilter
    after: list[LogCursor]
    """`newest` of the page."""


@dataclass(frozen=True)
class LogWatch:
    id: str


@dataclass(frozen=True)
class LogEvents:
    """New events of a watch; the next come when these are acknowledged with the number of their batch."""

    id: str
    batch: int
    events: list[LogEvent]
    """There may be none where lines were left out that may fit."""
    gone: list[str]
    refused: str = ""
    """Why no more events come, such as an expression that takes too long on a new line; empty while they do."""
    refused_field: str = ""
    """The part of the filter that is meant."""
    left_out_from: list[LogCursor] = field(default_factory=list)
    """Where lines before these begin that were left out as they came faster than they can be shown, of each service
    that has any; `first` of a question for them."""
    left_out_to: list[LogCursor] = field(default_factory=list)
    """Where they end; `before` and `last` of that question."""
    begun_anew: bool = False
    """A service was made again, and the log of the earlier one is gone; no more events come."""
