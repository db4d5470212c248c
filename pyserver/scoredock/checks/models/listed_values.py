"""Values in a list that a script puts together, one after the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scoredock.checks.script.scope import Scope

_DEPTH = 4
"""Lists in lists that are followed."""
_SAME_ITEMS = frozenset(("enumerate", "list", "reversed", "set", "sorted", "tuple"))
_ADDS_ONE = frozenset(("append", "insert"))
_ADDS_ALL = frozenset(("extend", "update"))


def looped_over(target: ast.expr, scope: Scope) -> Iterator[ast.expr]:
    """Values of a name in the loops and comprehensions that give it its values."""
    home = scope.lookup(target.id) if isinstance(target, ast.Name) else None
    if home is None or not isinstance(target, ast.Name):
        return
    for each in ast.walk(home.node):
        if isinstance(each, ast.For | ast.comprehension) and _gives(each.target, target.id):
            yield from elements(each.iter, home)


def _gives(target: ast.expr, name: str) -> bool:
    """True if a loop gives the name, by itself or behind a number."""
    last = target.elts[-1] if isinstance(target, ast.Tuple) and target.elts else target
    return isinstance(last, ast.Name) and last.id == name


def elements(node: ast.expr, scope: Scope, depth: int = _DEPTH) -> Iterator[ast.expr]:
    """The items of a list, as far as the script writes them out, also those that are added later."""
    if depth <= 0:
        return
    match node:
        case ast.List() | ast.Tuple() | ast.Set():
            for item in node.elts:
                if isinstance(item, ast.Starred):
                    yield from elements(item.value, scope, depth - 1)
                else:
                    yield item
        case ast.BinOp(op=ast.Add()):
            yield from (each for side in (node.left, node.right) for each in elements(side, scope, depth - 1))
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _SAME_ITEMS:
            yield from elements(first, scope, depth - 1)
        case ast.Name(id=name):
            home = scope.lookup(name)
            yield from _added(name, home, depth) if home is not None else ()


def _added(name: str, home: Scope, depth: int) -> Iterator[ast.expr]:
    for value in (each.value for each in home.bindings[name] if each.value is not None):
        yield from elements(value, home, depth - 1)
    for each in ast.walk(home.node):
        match each:
            case ast.AugAssign(target=ast.Name(id=changed), op=ast.Add(), value=value) if changed == name:
                yield from elements(value, home, depth - 1)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=changed), attr=method), args=[*_, last]) if (
                changed == name
            ):
                if method in _ADDS_ONE:
                    yield last
                elif method in _ADDS_ALL:
                    yield from elements(last, home, depth - 1)
