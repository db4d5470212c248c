"""Findings: a message of a check, with its place, its severity and its repairs."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.text import Fix, Position, Range

Severity = Literal["error", "warning", "information", "hint"]
Tag = Literal["", "unnecessary", "deprecated"]
"""How an editor may show the place besides the underline: faded, or struck through."""
_START = Range(Position(0, 0), Position(0, 0))


@dataclass(frozen=True, slots=True)
class Related:
    """A further place that a finding speaks of."""

    path: str
    """Absolute path of the file; the document's own path for a place in the same text."""
    message: str
    range: Range = _START


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
    related: tuple[Related, ...] = field(default=())
    tag: Tag = ""

    @property
    def certain_fix(self) -> Fix | None:
        """The repair that may be made without anybody looking: of a mistake, in the same document, the only one that
        is certain."""
        if self.severity not in ("error", "warning"):
            return None
        fixes = [fix for fix in self.fixes if fix.certain and fix.edits and not fix.path]
        return fixes[0] if len(fixes) == 1 else None

    @property
    def saving_fix(self) -> Fix | None:
        """The certain repair that saves the file as UTF-8: it has no edits."""
        return next((fix for fix in self.fixes if fix.certain and not fix.edits), None)

    @property
    def proposed_fix(self) -> Fix | None:
        """The repair in the same document that a person is offered first; None where there are several alike."""
        fixes = [fix for fix in self.fixes if fix.edits and not fix.path]
        preferred = [fix for fix in fixes if fix.preferred or fix.certain] or fixes
        return preferred[0] if len(preferred) == 1 else None
