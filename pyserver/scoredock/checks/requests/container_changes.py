"""Values that a function puts into its lists and dictionaries, and those that its loops take apart."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import field

from scoredock.late_dataclass import dataclass

_BUILTINS_THAT_LEAVE = frozenset(
    ("len", "print", "str", "repr", "sum", "max", "min", "sorted", "enumerate", "range", "bool")
)


_METHODS_THAT_LEAVE = frozenset(("dumps", "append", "info", "debug", "predict"))
"""They leave their arguments as they are."""


@dataclass(slots=True)
class ContainerChanges:
    """Changes of one function to its lists and dictionaries, and what its loops go over."""

    targets: dict[int, tuple[str, ast.expr, tuple[int, ...]]] = field(default_factory=dict)
    """Names that a loop or an assignment takes apart: `loop` or `value`, of what, and the place in it."""
    added: dict[str, list[tuple[str, ast.expr]]] = field(default_factory=dict)
    """By name: what is put into it, by the method or `[]`."""
    keys: dict[str, set[object]] = field(default_factory=dict)
    """By name: the keys that are written with `[]`."""
    longer: set[str] = field(default_factory=set)
    """Names to which something is added with `+=`, which makes a list longer."""
    closed: set[str] = field(default_factory=set)
    """Names whose content the function changes in ways that are not followed."""


def changes_of(body: ast.AST) -> ContainerChanges:
    """A look over one function, or a script without one."""
    changes = ContainerChanges()
    for node in ast.walk(body):
        if isinstance(node, ast.For | ast.comprehension):
            _take_apart(changes, node.target, "loop", node.iter, ())
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                _assigned(changes, target, node.value)
        elif isinstance(node, ast.AugAssign):
            _added(changes, node)
        elif isinstance(node, ast.Delete):
            changes.closed.update(_names(*node.targets))
        elif isinstance(node, ast.Call):
            _called(changes, node)
    return changes


def _take_apart(changes: ContainerChanges, target: ast.expr, how: str, of: ast.expr, place: tuple[int, ...]) -> None:
    if isinstance(target, ast.Name):
        changes.targets[id(target)] = (how, of, place)
    elif isinstance(target, ast.Tuple | ast.List):
        for index, each in enumerate(target.elts):
            _take_apart(changes, each, how, of, (*place, index))


def _assigned(changes: ContainerChanges, target: ast.expr, value: ast.expr) -> None:
    if isinstance(target, ast.Tuple):
        _take_apart(changes, target, "value", value, ())
    elif isinstance(target, ast.Subscript):
        _stored(changes, target, value)
    elif isinstance(target, ast.Name) and isinstance(value, ast.Dict):
        _written(changes, target.id, value)


def _added(changes: ContainerChanges, node: ast.AugAssign) -> None:
    """`name += more`; other operators are not followed."""
    if not isinstance(node.target, ast.Name):
        return
    if isinstance(node.op, ast.Add):
        changes.longer.add(node.target.id)
        changes.added.setdefault(node.target.id, []).append(("extend", node.value))
    else:
        changes.closed.add(node.target.id)


def _stored(changes: ContainerChanges, target: ast.Subscript, value: ast.expr) -> None:
    """`name[key] = value`; a value that reads the name converts what is in it."""
    if not isinstance(target.value, ast.Name):
        changes.closed.update(_names(target.value))
    elif target.value.id in set(_names(value)):
        changes.closed.add(target.value.id)
    else:
        name, key = target.value.id, target.slice
        changes.added.setdefault(name, []).append(("[]", value))
        if isinstance(key, ast.Constant) and _twice(changes.keys.setdefault(name, set()), key.value):
            changes.closed.add(name)


def _written(changes: ContainerChanges, name: str, value: ast.Dict) -> None:
    for key in value.keys:
        if isinstance(key, ast.Constant) and _twice(changes.keys.setdefault(name, set()), key.value):
            changes.closed.add(name)


def _twice(keys: set[object], key: object) -> bool:
    """True if the key was there before; it is from now on."""
    before = key in keys
    keys.add(key)
    return before


def _called(changes: ContainerChanges, node: ast.Call) -> None:
    function = node.func
    if isinstance(function, ast.Attribute):
        method, owner = function.attr, function.value
        if isinstance(owner, ast.Name) and method in ("append", "extend", "insert", "update", "setdefault"):
            added = changes.added.setdefault(owner.id, [])
            added.extend((method, each) for each in node.args[-1:])
            added.extend(("[]", each.value) for each in node.keywords if each.arg)
        elif isinstance(owner, ast.Name) and method in ("pop", "clear", "remove", "popitem"):
            changes.closed.add(owner.id)
        leaves = method in _METHODS_THAT_LEAVE
    elif isinstance(function, ast.Name):
        mapped = node.args[0] if function.id == "map" and len(node.args) == 2 else None
        if isinstance(mapped, ast.Lambda) and len(mapped.args.args) == 1:
            changes.targets[id(mapped.args.args[0])] = ("loop", node.args[1], ())
        leaves = function.id in _BUILTINS_THAT_LEAVE
    else:
        leaves = False
    if not leaves:
        changes.closed.update(each.id for each in node.args if isinstance(each, ast.Name))


def _names(*nodes: ast.AST) -> Iterator[str]:
    for node in nodes:
        yield from (each.id for each in ast.walk(node) if isinstance(each, ast.Name))
