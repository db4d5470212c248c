"""Packages that an environment asks for, and where they stand."""

from __future__ import annotations

from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.text import Range, TextEdit


@dataclass(frozen=True, slots=True)
class Pin:
    """A package that is asked for, and where."""

    name: str
    """Normalised."""
    version: str
    """Specifier as written, empty for any."""
    range: Range
    source: Literal["conda", "pip"] = "pip"
    requirement: str = ""
    """The whole requirement."""
    extras: frozenset[str] = frozenset()
    marker: bool = False
    """Whether it counts under a condition only."""
    quote: str = ""
    """Goes around a replacement."""
    elsewhere: bool = False
    """Whether another index is named beside it."""
    removal: tuple[TextEdit, ...] = ()
    """Edits that take the line out; none where that is unsafe."""


@dataclass(frozen=True, slots=True)
class PythonPin:
    """The Python that an environment asks for, and where."""

    range: Range
    number: tuple[int, int] | None
    """Major and minor, when it is exactly one."""
    quote: str = ""
