"""Places of findings that stand in the text, whatever characters it is written in."""

from __future__ import annotations

import dataclasses
import unicodedata

from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Lines
from scoredock.text import Fix, Position, Range


def in_text(findings: list[Finding], text: str) -> list[Finding]:
    """The findings, none of which reaches beyond the end of its line.

    Python reads a name in another spelling than it is written in when letters of it are joined, such as the one for
    "fi": the name that a rule knows is longer than the one in the text then. Repairs of such names are left out, as
    they would take what stands behind them along.
    """
    if not findings or text.isascii() or unicodedata.is_normalized("NFKC", text):
        return findings
    lines = Lines(text)
    return [_within(finding, lines) for finding in findings]


def _within(finding: Finding, lines: Lines) -> Finding:
    place = Range(_clamped(finding.range.start, lines), _clamped(finding.range.end, lines))
    fixes = tuple(fix for fix in finding.fixes if fix.path or _is_sure(fix, lines))
    return dataclasses.replace(finding, range=place, fixes=fixes)


def _clamped(place: Position, lines: Lines) -> Position:
    return Position(place.line, min(place.character, len(lines.line(place.line))))


def _is_sure(fix: Fix, lines: Lines) -> bool:
    """Whether every edit stands in the text and takes no name away that is read in another spelling."""
    for edit in fix.edits:
        if _clamped(edit.range.end, lines) != edit.range.end:
            return False
        gone = lines.text[lines.offset(edit.range.start) : lines.offset(edit.range.end)]
        if not unicodedata.is_normalized("NFKC", gone) and gone.isprintable():
            return False
    return True
