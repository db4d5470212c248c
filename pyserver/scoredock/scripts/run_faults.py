"""Failures of the runs of a person's scripts and notebooks, at their lines."""

from __future__ import annotations

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class RunPlace:
    """A line of the person's."""

    file: str
    line: int
    """From 0."""
    cell: int = 0
    """Of a notebook, from 1 and counted with those of text; 0 in other files."""
    text: str = ""
    """Of the line, as it ran."""


@dataclass(frozen=True, slots=True)
class RunFault:
    """Failure of a run, and its place."""

    code: str
    message: str
    place: RunPlace
    callers: tuple[RunPlace, ...] = ()
    """The lines that led there, the nearest first."""
    is_checked: bool = False
    """Whether the checks find the same while the file is open."""
