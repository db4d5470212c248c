"""Reads which names the stubs of typeshed define and import, in every branch: for the tables of library names and of
kinds of arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Stubs:
    """The stubs of typeshed, read when needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, dict[str, list[ast.AST | tuple[str, str]]]] = {}
        """By module and name: definitions of every branch, and (module, name) for what is imported."""
        self.stars: dict[str, list[str]] = {}

    def read(self, name: str) -> dict[str, list[ast.AST | tuple[str, str]]]:
        """Definitions and imports of a module's own stub, by name."""
        if name in self.known:
            return self.known[name]
        definitions: dict[str, list[ast.AST | tuple[str, str]]] = {}
        self.known[name] = definitions
        self.stars[name] = []
        path = self.folder.joinpath(*name.split("."))
        file = path / "__init__.pyi" if path.is_dir() else path.with_suffix(".pyi")
        if file.exists():
            for node in statements_of(ast.parse(file.read_text(encoding="utf-8")).body):
                define(node, definitions)
                if isinstance(node, ast.ImportFrom):
                    self._import(name, node, definitions, package=path.is_dir())
        return definitions

    def _import(
        self,
        module: str,
        node: ast.ImportFrom,
        definitions: dict[str, list[ast.AST | tuple[str, str]]],
        *,
        package: bool,
    ) -> None:
        base = module if package else module.rpartition(".")[0]
        for _ in range(max(node.level - 1, 0)):
            base = base.rpartition(".")[0]
        origin = (f"{base}.{node.module}" if node.module else base).strip(".") if node.level else node.module or ""
        for alias in node.names:
            if alias.name == "*":
                self.stars[module].append(origin)
            else:
                definitions.setdefault(alias.asname or alias.name, []).append((origin, alias.name))

    def names(self, module: str, visited_modules: frozenset[str] = frozenset()) -> set[str]:
        """Every name of a module."""
        own = set(self.read(module))
        for origin in self.stars[module]:
            if origin not in visited_modules:
                own |= self.names(origin, visited_modules | {module})
        return own

    def nodes(
        self, module: str, name: str, visited_names: frozenset[tuple[str, str]] = frozenset()
    ) -> list[tuple[str, ast.AST]]:
        """Definitions of a name with the modules they stand in."""
        if (module, name) in visited_names:
            return []
        visited_names |= {(module, name)}
        definitions: list[tuple[str, ast.AST]] = []
        for entry in self.read(module).get(name, ()):
            if isinstance(entry, tuple):
                definitions += self.nodes(*entry, visited_names)
            else:
                definitions.append((module, entry))
        if not definitions:
            for origin in self.stars[module]:
                definitions += self.nodes(origin, name, visited_names)
        return definitions


def define(node: ast.stmt, definitions: dict[str, list[Any]]) -> None:
    """Notes what a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        definitions.setdefault(node.name, []).append(node)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                definitions.setdefault(target.id, []).append(node)
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        definitions.setdefault(node.target.id, []).append(node)
    elif isinstance(node, ast.Import):
        for alias in node.names:
            definitions.setdefault((alias.asname or alias.name).split(".")[0], []).append(node)


def statements_of(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body, those of all branches among them."""
    for node in body:
        if isinstance(node, ast.If):
            yield from statements_of(node.body)
            yield from statements_of(node.orelse)
        elif isinstance(node, ast.Try):
            yield from statements_of(node.body)
        else:
            yield node
