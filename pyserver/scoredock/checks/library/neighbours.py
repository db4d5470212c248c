"""Modules that lie beside a script or in its source directory: their names and functions, without running them."""

from __future__ import annotations

import ast
import posixpath
from functools import lru_cache

from scoredock.checks.script.script import ParsedScript
from scoredock.late_dataclass import dataclass

_MOST_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Names and functions of a module."""

    names: frozenset[str]
    functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef]
    """Plain functions of the top level that are bound once."""


def neighbour(script: ParsedScript, module: str) -> Neighbour | None:
    """A module by its dotted name; None when there is none, or it binds names in ways that no reading can follow."""
    relative = posixpath.join(*module.split("."))
    for folder in script.facts.import_folders:
        for name in (f"{relative}.py", posixpath.join(relative, "__init__.py")):
            path = posixpath.join(folder, name)
            if script.facts.exists(path):
                text = script.facts.read(path)
                return _read(text) if text is not None and len(text) <= _MOST_CHARACTERS else None
    return None


def module_exists(script: ParsedScript, relative: str) -> bool:
    """True if a path below one of the folders of the script exists."""
    return any(script.facts.exists(posixpath.join(folder, relative)) for folder in script.facts.import_folders)


@lru_cache(maxsize=32)
def _read(text: str) -> Neighbour | None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name == "__getattr__":
                return None
            names.append(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                if alias.name == "*":
                    return None
                names.append((alias.asname or alias.name).split(".")[0])
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.append(node.id)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("globals", "exec", "setattr")
        ):
            return None
    functions = {
        node.name: node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.decorator_list
        and names.count(node.name) == 1
    }
    return Neighbour(frozenset(names), functions)
