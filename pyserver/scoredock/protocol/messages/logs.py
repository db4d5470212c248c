"""Logs of services, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class LogLine:
    """One line of a service's log."""

    sequence: int
    time: float
    stream: Literal["stdout", "stderr", "server"]
    level: Literal["debug", "info", "warning", "error"]
    text: str


@dataclass(frozen=True)
class LogSubscribeParams:
    service: str
    since: int = 0
    """Lines after this sequence number; 0 sends the last `tail`."""
    tail: int = 1000
    workspace_id: str = ""


@dataclass(frozen=True)
class LogSubscription:
    id: str
    file: str
    """The newest log file, for "Open Full Log"."""


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
    """Lines left out before these because the reader was slow; they are in the file."""
