"""Names of packages that a text uses, whole: modules, their names and arguments, and methods of data frames."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

_FRAME = "pandas.DataFrame"
_WITHOUT_ARGUMENTS = ("as_matrix", "iteritems")
"""Methods that nothing else of Python 3 has."""
_PART = (ast.If, ast.Try)


def _imports(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """Names after the imports, each with its whole name; a module whose part is imported stands under its own whole
    name."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name, alias.name
                if alias.asname is None:
                    top = alias.name.partition(".")[0]
                    yield top, top
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module, node.module
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def used_names(text: str, *, is_sure: bool = False) -> Iterator[str]:
    """Whole names that a text uses; none of what is not Python. `is_sure`: only what a run of the file comes to,
    whatever a condition says."""
    try:
        tree = ast.parse(text)
        nodes = list(_certain(tree) if is_sure else ast.walk(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    imports: dict[str, str] = {}
    for name, whole in _imports(nodes):
        imports[name] = whole
        yield whole
    for node in nodes:
        if isinstance(node, ast.Attribute):
            yield _whole_name(node, imports)
        elif isinstance(node, ast.Call):
            called = _whole_name(node.func, imports)
            yield from (f"{called}({each.arg})" for each in node.keywords if called and each.arg)
    if any(each.partition(".")[0] == "pandas" for each in imports.values()):
        yield from (f"{_FRAME}.{each}" for node in nodes for each in _of_frame(node))


def _whole_name(node: ast.expr, imports: dict[str, str]) -> str:
    """Whole name of a name or attribute after the imports; empty where they bind nothing of it."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return ".".join((imports[node.id], *parts)) if isinstance(node, ast.Name) and node.id in imports else ""


def _certain(node: ast.AST) -> Iterator[ast.AST]:
    """Without what is tried, and what stands under a condition other than that of a program."""
    yield node
    for each in ast.iter_child_nodes(node):
        if not isinstance(each, _PART) or (isinstance(each, ast.If) and "__name__" in ast.dump(each.test)):
            yield from _certain(each)


def _of_frame(node: ast.AST) -> Iterator[str]:
    """`x = x.append(y)` is of no list, whose method gives None."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "ix":
        yield "ix"
    call = node.value if isinstance(node, ast.Assign) else node
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return
    method = call.func.attr
    if method in _WITHOUT_ARGUMENTS and not call.args and not call.keywords:
        yield method
    if method == "append":
        targets = [ast.unparse(each) for each in node.targets] if isinstance(node, ast.Assign) else []
        if ast.unparse(call.func.value) in targets or any(each.arg == "ignore_index" for each in call.keywords):
            yield method
