"""What is kept of a look into pickles."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PickleFindings:
    """Names that the pickles of a version refer to and that are not known from models."""

    unknown: tuple[str, ...] = ()
    """`module.attribute`, sorted; at most 200."""
    bad: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be read to its end, and why."""
