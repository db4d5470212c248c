"""Findings and repairs in the way that a file is written: its byte order mark, and the ends of its lines."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.text import Fix, Position, Range, TextEdit

MARK = "\ufeff"
"""The byte order mark, where an editor shows it to the server as a character."""
_LONE = re.compile(r"(?<!\r)\n")


def behind_mark(findings: Sequence[Finding], facts: Facts) -> list[Finding]:
    """Findings of a text without its mark, at their places in the text with it."""

    def place(span: Range) -> Range:
        return Range(*(Position(at.line, at.character + (at.line == 0)) for at in (span.start, span.end)))

    def fix(original: Fix) -> Fix:
        if original.path not in ("", facts.path):
            return original
        return dataclasses.replace(original, edits=tuple(TextEdit(place(e.range), e.new_text) for e in original.edits))

    return [
        dataclasses.replace(
            finding,
            range=place(finding.range),
            fixes=tuple(fix(each) for each in finding.fixes),
            related=tuple(
                dataclasses.replace(each, range=place(each.range)) if each.path == facts.path else each
                for each in finding.related
            ),
        )
        for finding in findings
    ]


def with_line_ends(findings: list[Finding], text: str, facts: Facts) -> list[Finding]:
    """Repairs whose new lines end as the lines of the file do."""
    ends = _ends_with_return(text)
    if not findings or (not ends and (facts.environment is None or "\r" not in facts.environment.text)):
        return findings
    return [
        dataclasses.replace(finding, fixes=tuple(_ended(fix, facts, ends=ends) for fix in finding.fixes))
        if finding.fixes
        else finding
        for finding in findings
    ]


def _ends_with_return(text: str) -> bool:
    """True if the first line ends as on Windows."""
    at = text.find("\n")
    return at > 0 and text[at - 1] == "\r"


def _ended(fix: Fix, facts: Facts, *, ends: bool) -> Fix:
    if fix.path and fix.path != facts.path:
        known = facts.environment
        ends = known is not None and known.path == fix.path and _ends_with_return(known.text)
    if not ends or not any("\n" in edit.new_text for edit in fix.edits):
        return fix
    return dataclasses.replace(
        fix, edits=tuple(TextEdit(edit.range, _LONE.sub("\r\n", edit.new_text)) for edit in fix.edits)
    )
