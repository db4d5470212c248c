"""The syntax tree of a script, of which only the statements around an edit are parsed again.

Parsing is a third of a check, and a keystroke changes one line. When a text differs from one that was parsed before,
and has as many lines, the statements above and below the edit are taken from the tree that is there. So trees share
nodes, and nobody may change one.
"""

from __future__ import annotations

import ast
import threading
from bisect import bisect_left
from dataclasses import dataclass

_KEPT = 2
_LONGEST = 500_000
"""Characters of a text whose tree is kept: some 40 MB. A script of 1,000 lines has 5 MB."""


@dataclass(frozen=True, slots=True)
class _Parsed:
    text: str
    tree: ast.Module


@dataclass(frozen=True, slots=True)
class _Region:
    """Lines of a text that hold whole statements of the module, or none."""

    first: int
    """The number of the first statement, from 0."""
    end: int
    """The number of the first statement below."""
    lines_above: int
    text: str


_last: list[_Parsed] = []
_lock = threading.Lock()


def clear() -> None:
    """Every tree is forgotten; for tests and measurements, which want the parser itself."""
    with _lock:
        _last.clear()


def parse_module(text: str) -> ast.Module:
    """What `ast.parse` gives for a text, with all positions; raises what that raises."""
    # A carriage return alone ends a line for Python as well, and would have to be counted.
    if len(text) > _LONGEST or ("\r" in text and "\r" in text.replace("\r\n", "")):
        return ast.parse(text)
    with _lock:
        kept = list(_last)
    tree = next((tree for parsed in kept if (tree := _edited(parsed, text)) is not None), None)
    if tree is None:
        tree = ast.parse(text)
    with _lock:
        _last[:] = [_Parsed(text, tree), *(parsed for parsed in _last if parsed.text != text)][:_KEPT]
    return tree


def _edited(parsed: _Parsed, text: str) -> ast.Module | None:
    """The tree of a text that was edited; None when only parsing the whole text can say."""
    if parsed.text == text:
        return parsed.tree
    region = _edited_region(parsed, text)
    if region is None:
        return None
    try:
        statements = ast.parse(region.text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for statement in statements:
        ast.increment_lineno(statement, region.lines_above)
    body = parsed.tree.body
    return ast.Module([*body[: region.first], *statements, *body[region.end :]], [])


def _edited_region(parsed: _Parsed, text: str) -> _Region | None:
    """The edited lines, with all of each statement that they touch.

    Where what stands above and what stands in the region are both complete by themselves, nothing in one can belong to
    the other; the only sign that reaches across the end of a complete statement is a backslash at the end of its line.
    """
    before = parsed.text
    start = _equal_at_start(before, text)
    rest = _equal_at_end(before, text, start)
    changed = text[start : len(text) - rest]
    if changed.count("\n") != before.count("\n", start, len(before) - rest):
        return None
    top = text.count("\n", 0, start) + 1
    bottom = top + changed.count("\n")
    body = parsed.tree.body
    first = next((number for number, statement in enumerate(body) if _last_line(statement) >= top), len(body))
    end = next((number for number in range(first, len(body)) if _first_line(body[number]) > bottom), len(body))
    while 0 < first < len(body) and _first_line(body[first]) <= _last_line(body[first - 1]):  # a; b
        first -= 1
    while first < end < len(body) and _first_line(body[end]) <= _last_line(body[end - 1]):
        end += 1
    lines = text.split("\n")
    above = _last_line(body[first - 1]) if first else 0
    below = _first_line(body[end]) - 1 if end < len(body) else len(lines)
    if any(number and lines[number - 1].rstrip("\r").endswith("\\") for number in (above, below)):
        return None
    if end < len(body) and _is_decorated(body[end]) and not lines[below].startswith("@"):
        return None  # the sign of a decorator in brackets may stand above them, and no node tells where
    return _Region(first, end, above, "\n".join(lines[above:below]) + ("\n" if below < len(lines) else ""))


def _is_decorated(statement: ast.stmt) -> bool:
    return bool(getattr(statement, "decorator_list", ()))


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _last_line(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno


def _equal_at_start(one: str, other: str) -> int:
    """Characters that two texts have in common from their start."""
    shorter = min(len(one), len(other))
    return bisect_left(range(shorter), True, key=lambda count: one[: count + 1] != other[: count + 1])


def _equal_at_end(one: str, other: str, start: int) -> int:
    """Characters that two texts have in common from their end, without the first `start` of each."""
    shorter = min(len(one), len(other)) - start
    return bisect_left(range(shorter), True, key=lambda count: one[-count - 1 :] != other[-count - 1 :])
