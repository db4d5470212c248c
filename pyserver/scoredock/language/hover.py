"""Hovers: the meaning of a key, a model, a path, a function or a rule under the pointer."""

from __future__ import annotations

import re

from scoredock.analysis.facts import Facts
from scoredock.analysis.tree import Lines
from scoredock.language.config_hover import config_hover
from scoredock.language.descriptions import rule_described
from scoredock.language.kinds import kind_in
from scoredock.language.script_hover import script_hover
from scoredock.late_dataclass import dataclass
from scoredock.text import Position, Range

_IGNORE = re.compile(r"scoredock:\s*ignore(?:-file)?[ \t]*\[([^\]\r\n]{1,500})", re.IGNORECASE)
_LONGEST = 2_000_000


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown about a range."""

    range: Range
    markdown: str


def hover(text: str, facts: Facts, place: Position) -> Hover | None:
    """Card for the thing at a position, or None. Never raises."""
    if len(text) > _LONGEST:
        return None
    kind = kind_in(text, facts)
    lines = Lines(text)
    place = lines.position(lines.offset(place))
    found = _ignored(lines, place)
    if found is None and facts.path.lower().endswith((".py", ".ipynb")):
        found = script_hover(text, lines, facts, place, kind)
    elif found is None and kind is not None:
        found = config_hover(text, lines, kind, facts, place)
    return Hover(*found) if found is not None else None


def _ignored(lines: Lines, place: Position) -> tuple[Range, str] | None:
    """The rule whose code a comment names."""
    content = lines.line(place.line)[:5_000]
    for comment in _IGNORE.finditer(content):
        for code in re.finditer(r"SD\d{1,4}", comment.group(1), re.IGNORECASE):
            start, end = comment.start(1) + code.start(), comment.start(1) + code.end()
            if start <= place.character <= end:
                told = rule_described(code.group())
                return (Range(Position(place.line, start), Position(place.line, end)), told) if told else None
    return None
