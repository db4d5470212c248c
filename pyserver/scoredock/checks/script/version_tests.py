"""Tests for the version of Python, and which way they go on those that are still met: what stands in a branch for
another one is never asked whether today's has it."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from scoredock.analysis.facts import Facts
from scoredock.checks.script.qualified import only_value
from scoredock.checks.script.scope import Scope

Version = tuple[int, int]
_MET = tuple((3, minor, 5, "final", 0) for minor in range(6, 16))
"""The versions that scripts of Azure ML meet."""
_BOTH = frozenset((True, False))
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], object]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ASKED = frozenset(("version_info", "hexversion", "python_version", "python_version_tuple"))
_FIXED = {"PY2": False, "PY3": True, "IS_PY2": False, "IS_PY3": True}
_DEPTH = 5


def asked_python(facts: Facts) -> Version | None:
    """The Python of the environment, when it names one."""
    environment = facts.environment
    if environment is None or not environment.python:
        return None
    major, _, minor = environment.python.partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else None


def answers(test: ast.expr, scope: Scope, depth: int = _DEPTH) -> frozenset[bool] | None:
    """Possible results of a test for the version of Python; None for a test that does not ask for it."""
    kind = test.__class__
    if kind is ast.Compare:
        return _compared(test, scope, depth)  # type: ignore[arg-type]  # it is one
    if depth <= 0:
        return None
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = answers(test.operand, scope, depth - 1)
        return None if inner is None else frozenset(not each for each in inner)
    if isinstance(test, ast.BoolOp):
        return _joined(test, scope, depth)
    if isinstance(test, ast.Call):
        inside = isinstance(test.func, ast.Attribute) and _asks(test.func.value, scope, depth - 1)
        return _BOTH if inside else None
    if isinstance(test, ast.Attribute):
        return frozenset((_FIXED[test.attr],)) if test.attr in _FIXED else None
    if not isinstance(test, ast.Name):
        return None
    found = _value(test.id, scope)
    if found is not None:
        return answers(*found, depth - 1)
    return frozenset((_FIXED[test.id],)) if test.id in _FIXED else None


def _value(name: str, scope: Scope) -> tuple[ast.expr, Scope] | None:
    """The only value of a name so far. What a name of the module stands for depends on the statements above."""
    home, module = scope.lookup(name), scope.module()
    if home is None or home is module:
        module.consulted.add(name)
    return only_value(name, scope)


def _joined(test: ast.BoolOp, scope: Scope, depth: int) -> frozenset[bool] | None:
    """Parts that are the same on all versions decide, or leave it to the others."""
    deciding = isinstance(test.op, ast.Or)
    parts = [answers(each, scope, depth - 1) for each in test.values]
    if frozenset((deciding,)) in parts:
        return frozenset((deciding,))
    open_parts = [part for part in parts if part != frozenset((not deciding,))]
    if not open_parts:
        return frozenset((not deciding,))
    return _BOTH if any(part is not None for part in open_parts) else None


def _compared(test: ast.Compare, scope: Scope, depth: int) -> frozenset[bool] | None:
    if len(test.ops) != 1:
        return _BOTH if _asks(test.left, scope, depth) else None
    left_operand, right = test.left, test.comparators[0]
    if not _asks(left_operand, scope, depth):
        return _BOTH if _asks(right, scope, depth) else None
    compare = _COMPARE.get(type(test.ops[0]))
    if compare is None:
        return _BOTH
    try:
        wanted = ast.literal_eval(right)
        given = [_part(left_operand, version) for version in _MET]
        return frozenset(bool(compare(each, wanted)) for each in given)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, IndexError):
        return _BOTH


def _part(node: ast.expr, version: tuple[object, ...]) -> object:
    """Part of `sys.version_info` that an expression takes. Raises ValueError for anything else."""
    if isinstance(node, ast.Subscript):
        place = node.slice
        if isinstance(place, ast.Slice):
            ends = (None if end is None else ast.literal_eval(end) for end in (place.lower, place.upper, place.step))
            return version[slice(*ends)] if _is_whole(node.value) else _refuse()
        return version[ast.literal_eval(place)] if _is_whole(node.value) else _refuse()
    if isinstance(node, ast.Attribute) and node.attr in ("major", "minor", "micro") and _is_whole(node.value):
        return version[("major", "minor", "micro").index(node.attr)]
    return version if _is_whole(node) else _refuse()


def _refuse() -> object:
    raise ValueError


def _is_whole(node: ast.expr) -> bool:
    return getattr(node, "attr", getattr(node, "id", "")) == "version_info"


def _asks(node: ast.expr, scope: Scope, depth: int) -> bool:
    """True if an expression is, or is made of, the version of Python."""
    while depth > 0:
        depth -= 1
        if isinstance(node, ast.Attribute):
            if node.attr in _ASKED or (node.attr == "version" and getattr(node.value, "id", "") == "sys"):
                return True
            node = node.value
        elif isinstance(node, ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.args[0] if isinstance(node.func, ast.Name) and node.args else node.func
        elif isinstance(node, ast.Name):
            found = _value(node.id, scope) if node.id not in _ASKED else None
            if found is None:
                return node.id in _ASKED
            node, scope = found
        else:
            return False
    return False
