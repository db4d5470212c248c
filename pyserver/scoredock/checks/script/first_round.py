"""The first round of a loop, where its items are written out or counted: their values, and what a test says of them."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

from scoredock.checks.script.scope import Scope

Items = Mapping[str, object]
"""Values that names have in the first round."""
_COMPARED: Mapping[type[ast.cmpop], Callable[[object, object], object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.eq,
    ast.IsNot: operator.ne,
    ast.Lt: operator.lt,  # type: ignore[dict-item]  # what cannot be compared is caught
    ast.LtE: operator.le,  # type: ignore[dict-item]
    ast.Gt: operator.gt,  # type: ignore[dict-item]
    ast.GtE: operator.ge,  # type: ignore[dict-item]
}


class _Unknown(Exception):
    """The text does not say what is asked for."""


def first_items(loop: ast.For | ast.AsyncFor | ast.While, scope: Scope) -> Items:
    """Values of the names of a loop in its first round: items of a list that is written out, and numbers that count."""
    if not isinstance(loop, ast.For):
        return {}
    iterable, target = loop.iter, loop.target
    if isinstance(iterable, ast.List | ast.Tuple) and iterable.elts and isinstance(target, ast.Name):
        first = iterable.elts[0]
        return {target.id: first.value} if isinstance(first, ast.Constant) else {}
    if not isinstance(iterable, ast.Call) or not isinstance(iterable.func, ast.Name) or scope.lookup(iterable.func.id):
        return {}
    if iterable.func.id == "range" and isinstance(target, ast.Name):
        return _counted(target, iterable.args[0] if len(iterable.args) > 1 else None)
    if iterable.func.id == "enumerate" and isinstance(target, ast.Tuple) and isinstance(target.elts[0], ast.Name):
        start = next((each.value for each in iterable.keywords), iterable.args[1] if len(iterable.args) > 1 else None)
        return _counted(target.elts[0], start)
    return {}


def _counted(target: ast.Name, start: ast.expr | None) -> Items:
    if start is None:
        return {target.id: 0}
    return {target.id: start.value} if isinstance(start, ast.Constant) and isinstance(start.value, int) else {}


def first_answer(test: ast.expr, items: Items) -> bool | None:
    """Answer of a test in the first round; None when it asks for anything else than the items."""
    if not items:
        return None
    try:
        return bool(_value(test, items))
    except (_Unknown, TypeError, ZeroDivisionError):
        return None


def _value(node: ast.expr, items: Items) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and node.id in items:
        return items[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _value(node.operand, items)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        left, right = _value(node.left, items), _value(node.right, items)
        if isinstance(left, int) and isinstance(right, int):
            return left % right
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARED:
        return _COMPARED[type(node.ops[0])](_value(node.left, items), _value(node.comparators[0], items))
    raise _Unknown
