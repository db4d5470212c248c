"""The syntax tree of a script, of which only the statements around an edit are parsed again.

Parsing is a third of a check, and a keystroke changes one line. When a text differs from one that was parsed before,
the statements above and below the edit are taken from the tree that is there. Trees that several threads read share
nodes, so nobody may change one, and the whole is parsed where the lines below the edit move. Whoever has a tree alone
moves its nodes instead.
"""

from __future__ import annotations

import ast
import threading
from bisect import bisect_left

from scoredock.late_dataclass import dataclass

_KEPT = 2
_LONGEST = 500_000
"""Characters of a text whose tree is kept: some 40 MB. A script of 1,000 lines has 5 MB."""
_NO_NODES = frozenset(("ctx", "op", "ops", "id", "attr", "name", "arg", "kind", "type_comment", "conversion"))
"""Fields of nodes that hold a name or the kind of an operation."""
CHILDREN = {
    kind: tuple(name for name in kind._fields if name not in _NO_NODES)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
"""The fields of each kind of node that may hold others."""


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
    """The number of the first statement below, in the tree that is there."""
    lines_above: int
    text: str
    moved: int
    """How many lines further down the statements below are now."""


@dataclass(frozen=True, slots=True)
class _Edit:
    """Statements that replace some of a tree."""

    region: _Region
    statements: list[ast.stmt]


_last: list[_Parsed] = []
_lock = threading.Lock()


def clear() -> None:
    """Every tree is forgotten; for tests and measurements, which want the parser itself."""
    with _lock:
        _last.clear()


def parse_module(text: str) -> ast.Module:
    """Tree of a text as `ast.parse` gives it, with all positions; raises what that raises."""
    if not _can_be_edited(text):
        return ast.parse(text)
    with _lock:
        kept = list(_last)
    tree = next((tree for parsed in kept if (tree := _edited(parsed, text)) is not None), None)
    if tree is None:
        tree = ast.parse(text)
    with _lock:
        _last[:] = [_Parsed(text, tree), *(parsed for parsed in _last if parsed.text != text)][:_KEPT]
    return tree


class OwnTree:
    """The tree of one file, which one thread at a time has alone: an edit changes it."""

    def __init__(self) -> None:
        self._parsed: _Parsed | None = None
        self._nodes: dict[int, list[ast.AST]] = {}
        """The nodes of statements that have been moved, by the identity of the statement."""

    @property
    def is_kept(self) -> bool:
        """True if the last text is one whose next edit can be taken alone."""
        return self._parsed is not None

    def parse(self, text: str) -> ast.Module:
        """Tree of a text as `ast.parse` gives it, with all positions; raises what that raises, and keeps the tree of
        before then. Trees that it gave before are out of date."""
        edit = None
        if self._parsed is not None and _can_be_edited(text):
            if self._parsed.text == text:
                return self._parsed.tree
            edit = _edit(self._parsed, text)
        if edit is None or self._parsed is None:
            tree = ast.parse(text)
            self._nodes = {}
        else:
            tree = self._apply(self._parsed.tree, edit)
        self._parsed = _Parsed(text, tree) if _can_be_edited(text) else None
        return tree

    def _apply(self, tree: ast.Module, edit: _Edit) -> ast.Module:
        body, region = tree.body, edit.region
        for statement in body[region.first : region.end]:
            self._nodes.pop(id(statement), None)
        if region.moved:
            for statement in body[region.end :]:
                for node in self._nodes_of(statement):
                    node.lineno += region.moved  # type: ignore[attr-defined]
                    node.end_lineno += region.moved  # type: ignore[attr-defined]
        return ast.Module([*body[: region.first], *edit.statements, *body[region.end :]], [])

    def _nodes_of(self, statement: ast.stmt) -> list[ast.AST]:
        """Everything in a statement that has a position."""
        nodes = self._nodes.get(id(statement))
        if nodes is None:
            nodes = self._nodes[id(statement)] = []
            pending: list[ast.AST] = [statement]
            while pending:
                node = pending.pop()
                if "lineno" in node._attributes:
                    nodes.append(node)
                for name in CHILDREN[node.__class__]:
                    value = getattr(node, name)
                    if value.__class__ is list:
                        pending += [each for each in value if isinstance(each, ast.AST)]
                    elif isinstance(value, ast.AST):
                        pending.append(value)
        return nodes


def _can_be_edited(text: str) -> bool:
    # A carriage return alone ends a line for Python as well, and would have to be counted.
    return len(text) <= _LONGEST and ("\r" not in text or "\r" not in text.replace("\r\n", ""))


def _edited(parsed: _Parsed, text: str) -> ast.Module | None:
    """The tree of a text that was edited; None when only parsing the whole text can say."""
    if parsed.text == text:
        return parsed.tree
    edit = _edit(parsed, text)
    if edit is None or edit.region.moved:
        return None
    body = parsed.tree.body
    return ast.Module([*body[: edit.region.first], *edit.statements, *body[edit.region.end :]], [])


def _edit(parsed: _Parsed, text: str) -> _Edit | None:
    """Edit of the tree that leads to the text; None when only parsing the whole text can say."""
    region = _edited_region(parsed, text)
    if region is None:
        return None
    try:
        statements = ast.parse(region.text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for statement in statements:
        ast.increment_lineno(statement, region.lines_above)
    return _Edit(region, statements)


def _edited_region(parsed: _Parsed, text: str) -> _Region | None:
    """The edited lines, with all of each statement that they touch.

    Where what stands above and what stands in the region are both complete by themselves, nothing in one can belong to
    the other; the only sign that reaches across the end of a complete statement is a backslash at the end of its line.
    """
    before = parsed.text
    start = _equal_at_start(before, text)
    rest = _equal_at_end(before, text, start)
    top = text.count("\n", 0, start) + 1
    bottom = top + before.count("\n", start, len(before) - rest)
    moved = text.count("\n", start, len(text) - rest) - (bottom - top)
    body = parsed.tree.body
    first = next((number for number, statement in enumerate(body) if _last_line(statement) >= top), len(body))
    end = next((number for number in range(first, len(body)) if _first_line(body[number]) > bottom), len(body))
    while 0 < first < len(body) and _first_line(body[first]) <= _last_line(body[first - 1]):  # a; b
        first -= 1
    while first < end < len(body) and _first_line(body[end]) <= _last_line(body[end - 1]):
        end += 1
    lines = text.split("\n")
    above = _last_line(body[first - 1]) if first else 0
    below = _first_line(body[end]) - 1 + moved if end < len(body) else len(lines)
    if any(number and lines[number - 1].rstrip("\r").endswith("\\") for number in (above, below)):
        return None
    if end < len(body) and _is_decorated(body[end]) and not lines[below].startswith("@"):
        return None  # the sign of a decorator in brackets may stand above them, and no node tells where
    region = "\n".join(lines[above:below]) + ("\n" if below < len(lines) else "")
    return _Region(first, end, above, region, moved)


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
