"""Checks of `[tool.scoredock]` in a pyproject.toml; the rest of the file is somebody else's."""

from __future__ import annotations

import posixpath
import re

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.project_settings import KEYS, SettingProblem, read_settings
from scoredock.analysis.rule import proposal
from scoredock.analysis.tree import Lines
from scoredock.checks.similar import similar, similar_code
from scoredock.checks.suppression_rules import PROJECT_CODE, PROJECT_KEY, PROJECT_UNREADABLE, PROJECT_VALUE
from scoredock.text import Fix, Position, Range, TextEdit

_HEADER = re.compile(r"^[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*[\"']?scoredock\b[^\r\n]*", re.MULTILINE)
_OTHER = re.compile(
    r"^[ \t]*\[(?![ \t]*tool[ \t]*\.[ \t]*[\"']?scoredock\b)[^\r\n]*\][ \t]*(?:#[^\r\n]*)?$", re.MULTILINE
)


def check_project_settings(text: str, facts: Facts) -> list[Finding]:
    """Findings about the settings themselves."""
    from scoredock.checks.catalogue import RULES

    _, slips = read_settings(text, posixpath.dirname(facts.path))
    lines = Lines(text)
    codes = [rule.code for rule in RULES]
    findings: list[Finding] = []
    for slip in dict.fromkeys(slips):
        if slip.kind == "unreadable":
            place = Position(slip.line, max(0, slip.character))
            findings.append(PROJECT_UNREADABLE.finding(_word(lines, place), problem=slip.name))
        elif slip.kind == "key":
            near = similar(slip.name, KEYS, 1, 0.6)
            place_of = _find(text, lines, slip)
            fixes = _change(place_of, near)
            findings.append(
                PROJECT_KEY.finding(place_of, fixes=fixes, key=slip.name, hint=proposal(next(iter(near), None)))
            )
        elif slip.kind == "value":
            findings.append(PROJECT_VALUE.finding(_find(text, lines, slip), key=slip.name, wanted=slip.expectation))
        elif len(slip.name) < 3 or not any(code.startswith(slip.name.strip().upper()) for code in codes):
            near = similar_code(slip.name, codes)
            place_of = _find(text, lines, slip)
            findings.append(
                PROJECT_CODE.finding(
                    place_of, fixes=_change(place_of, near), code=slip.name, hint=proposal(next(iter(near), None))
                )
            )
    return findings


def _change(place: Range, near: list[str]) -> tuple[Fix, ...]:
    if not near or place.start == place.end:
        return ()
    return (Fix(l10n.t("Change it to {new}", new=near[0]), (TextEdit(place, near[0]),)),)


def _word(lines: Lines, place: Position) -> Range:
    """The line up to its end, or its last character."""
    written = lines.line(place.line)
    start = min(place.character, max(0, len(written) - 1))
    return Range(Position(place.line, start), Position(place.line, max(start, len(written))))


def _find(text: str, lines: Lines, slip: SettingProblem) -> Range:
    """Range where a key or a code is written. The reader of TOML does not tell places, but a word of ours is found in
    our tables."""
    word = re.compile(rf"(?<![\w-]){re.escape(slip.name)}(?![\w-])")
    for start, end in _tables(text):
        for match in word.finditer(text, start, end):
            before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
            if "#" not in before:
                return lines.range(match.start(), match.end())
    return lines.range(0, 0)


def _tables(text: str) -> list[tuple[int, int]]:
    """Our tables, without the line of their headers where that names nothing else; all of a file that has no header for
    us."""
    found = []
    for header in _HEADER.finditer(text):
        other = _OTHER.search(text, header.end())
        found.append((header.start(), other.start() if other else len(text)))
    return found or [(0, len(text))]
