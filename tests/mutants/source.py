"""A text and the places in it, and what one mistake makes of it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """One file with one mistake."""

    operator: str
    """What was done: `drop-statement`, `rename-name`, …"""
    path: str
    """Relative to the project."""
    line: int
    """One-based line of the mistake in the new text."""
    text: str
    """The whole new text."""
    what: str
    """The piece that was changed, for reports."""
    names: frozenset[str] = frozenset()
    """Words that are gone from the text: a finding about what is missing names one of them, wherever it stands."""


@dataclass(frozen=True)
class Source:
    path: str
    text: str
    starts: tuple[int, ...]

    def offset(self, line: int, column: int) -> int:
        return self.starts[line - 1] + column

    def replaced(self, operator: str, start: int, end: int, new: str, what: str = "") -> Mutation:
        line = self.text.count("\n", 0, start) + 1
        old = self.text[start:end]
        gone = (
            frozenset(_WORD.findall(old)) - frozenset(_WORD.findall(new))
            if operator.startswith(("drop", "rename"))
            else frozenset()
        )
        return Mutation(
            operator,
            self.path,
            line,
            self.text[:start] + new + self.text[end:],
            f"{what or old} -> {new}"[:120],
            gone,
        )


_WORD = re.compile(r"[A-Za-z_]\w{1,}")


def source_of(path: str, text: str) -> Source:
    assert text.isascii(), f"{path}: positions of ast count bytes"
    starts = [0]
    for match in re.finditer("\n", text):
        starts.append(match.end())
    return Source(path, text, tuple(starts))


def at(source: Source, operator: str, node: ast.expr, new: str) -> Mutation:
    """The expression written otherwise."""
    start = source.offset(node.lineno, node.col_offset)
    end = source.offset(node.end_lineno or 0, node.end_col_offset or 0)
    return source.replaced(operator, start, end, new)
