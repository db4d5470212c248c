"""What a check reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from scoredock.text import Fix, Range

Severity = Literal["error", "warning", "information", "hint"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule has to say about one place."""

    code: str
    """Of the rule: `SD101`."""
    severity: Severity
    message: str
    """One sentence: what is wrong here."""
    range: Range
    fixes: tuple[Fix, ...] = ()
    related: tuple[tuple[str, str], ...] = field(default=())
    """Further places: (absolute path, sentence)."""
