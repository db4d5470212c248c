"""Positions in text and edits of it: what analysis, checks and language features speak of."""

from __future__ import annotations

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two characters."""

    line: int
    """Zero-based."""
    character: int
    """Zero-based, in code points; the server turns it into the client's UTF-16 units at the rim."""


@dataclass(frozen=True, slots=True)
class Range:
    """Range from start up to but without end."""

    start: Position
    end: Position


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replace a range of one document by new text."""

    range: Range
    new_text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A repair of a finding, in the same document unless `path` names another one."""

    title: str
    """Imperative, as in a menu: "Import os"."""
    edits: tuple[TextEdit, ...]
    preferred: bool = False
    """The one that is offered first, when a person chooses."""
    certain: bool = False
    """Made without anybody looking, by `--fix` and on save: there is no other way to mend it, nothing is invented or
    lost, and the result means what was meant. Whoever is in doubt leaves it False."""
    path: str = ""
    """Absolute path of the other file that all edits are in, such as the conda file that lacks a package."""
