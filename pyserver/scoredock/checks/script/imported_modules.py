"""Modules that an entry script imports from beside it or from its source directory: they go into the service with
it."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from scoredock.checks.script.run_branches import is_main_guard
from scoredock.checks.script.scope import ENTRY_FUNCTIONS
from scoredock.late_dataclass import dataclass

_MOST = 50
_LONGEST = 500_000
_IMPORTS = re.compile(r"^[ \t]*(?:from|import)[ \t]", re.MULTILINE)
_BLOCKS = (ast.stmt, ast.ExceptHandler, ast.match_case)


def imported_modules(
    path: str,
    text: str,
    source_directory: str,
    exists: Callable[[str], bool],
    read: Callable[[str], str | None],
) -> dict[str, bool]:
    """Absolute paths of the modules that a script imports, and of those that they import, in the order they are met;
    and whether a start of the service surely imports them."""
    roots = tuple(dict.fromkeys(filter(None, (source_directory, posixpath.dirname(path.replace("\\", "/"))))))
    modules: dict[str, bool] = {}
    pending = [(path, text, True)]
    while pending and len(modules) < _MOST:
        where, content, reached = pending.pop()
        here = posixpath.dirname(where.replace("\\", "/"))
        for each in _imports(content, is_entry=where == path):
            folders = roots if each.level == 0 else (_above(here, each.level - 1),)
            surely = reached and each.surely
            for place in _places(folders, each.name, exists):
                if place == path or (place in modules and modules[place] >= surely):
                    continue
                modules[place] = surely
                inner = read(place)
                if inner is not None:
                    pending.append((place, inner, surely))
    return modules


def _above(folder: str, levels: int) -> str:
    for _ in range(levels):
        folder = posixpath.dirname(folder)
    return folder


def _places(folders: tuple[str, ...], name: str, exists: Callable[[str], bool]) -> list[str]:
    """Files that a dotted name means, its packages' own files included."""
    parts = name.split(".") if name else []
    for folder in folders:
        paths = []
        for count in range(1, len(parts) + 1):
            base = posixpath.join(folder, *parts[:count])
            for candidate in (f"{base}.py", posixpath.join(base, "__init__.py")):
                if exists(candidate):
                    paths.append(candidate)
                    break
        if paths:
            return paths
    return []


def imports_of(text: str) -> tuple[tuple[int, str], ...]:
    """(level, dotted name) of every import that a service may come to; a name that follows `from` may be a module
    too."""
    return tuple(dict.fromkeys((each.level, each.name) for each in _imports(text, is_entry=True)))


@dataclass(frozen=True, slots=True)
class _Imported:
    level: int
    name: str
    surely: bool
    """Whether it runs as soon as the text does, or with init() or run() of an entry script."""


@lru_cache(maxsize=64)
def _imports(text: str, *, is_entry: bool) -> tuple[_Imported, ...]:
    if len(text) > _LONGEST or not _IMPORTS.search(text):
        return ()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    imports: dict[_Imported, None] = {}
    pending: list[tuple[ast.AST, bool]] = [(node, True) for node in reversed(tree.body)]
    called = {id(node) for node in tree.body if is_entry and getattr(node, "name", "") in ENTRY_FUNCTIONS}
    while pending:
        node, surely = pending.pop()
        if isinstance(node, ast.Import):
            imports.update(dict.fromkeys(_Imported(0, alias.name, surely) for alias in node.names))
        elif isinstance(node, ast.ImportFrom):
            names = (f"{node.module or ''}.{alias.name}".strip(".") for alias in node.names)
            imports.update(dict.fromkeys(_Imported(node.level, name, surely) for name in names))
        else:
            inner = [(each, surely and (certain or id(node) in called)) for each, certain in _inside(node)]
            pending += reversed(inner)
    return tuple(imports)


def _inside(node: ast.AST) -> Iterator[tuple[ast.AST, bool]]:
    """The statements inside one, and whether they run whenever it does."""
    if isinstance(node, ast.If) and (is_main_guard(node.test) or _is_for_types(node.test)):
        yield from ((each, False) for each in node.orelse)
        return
    always = isinstance(node, ast.With | ast.AsyncWith | ast.ClassDef) or (
        isinstance(node, ast.Try) and all(isinstance(each.body[-1], ast.Raise) for each in node.handlers)
    )
    for name in ("body", "handlers", "cases", "orelse"):
        for each in getattr(node, name, ()) if isinstance(node, _BLOCKS) else ():
            yield each, always
    yield from ((each, True) for each in getattr(node, "finalbody", ()))


def _is_for_types(test: ast.expr) -> bool:
    """`TYPE_CHECKING`, which is false wherever code runs."""
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"
