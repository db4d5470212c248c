"""Modules that an entry script imports from beside it or from its source directory: they go into the service with
it."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable
from functools import lru_cache

_MOST = 50
_LONGEST = 500_000
_IMPORTS = re.compile(r"^[ \t]*(?:from|import)[ \t]", re.MULTILINE)


def imported_modules(
    path: str,
    text: str,
    source_directory: str,
    exists: Callable[[str], bool],
    read: Callable[[str], str | None],
) -> tuple[str, ...]:
    """Absolute paths of the modules that a script imports, and of those that they import, in the order they are met."""
    roots = tuple(dict.fromkeys(filter(None, (source_directory, posixpath.dirname(path.replace("\\", "/"))))))
    found: dict[str, None] = {}
    pending = [(path, text)]
    while pending and len(found) < _MOST:
        where, content = pending.pop()
        here = posixpath.dirname(where.replace("\\", "/"))
        for level, name in imports_of(content):
            folders = roots if level == 0 else (_above(here, level - 1),)
            for place in _places(folders, name, exists):
                if place in found or place == path:
                    continue
                found[place] = None
                inner = read(place)
                if inner is not None:
                    pending.append((place, inner))
    return tuple(found)


def _above(folder: str, levels: int) -> str:
    for _ in range(levels):
        folder = posixpath.dirname(folder)
    return folder


def _places(folders: tuple[str, ...], name: str, exists: Callable[[str], bool]) -> list[str]:
    """Files that a dotted name means, its packages' own files included."""
    parts = name.split(".") if name else []
    for folder in folders:
        found = []
        for count in range(1, len(parts) + 1):
            base = posixpath.join(folder, *parts[:count])
            for candidate in (f"{base}.py", posixpath.join(base, "__init__.py")):
                if exists(candidate):
                    found.append(candidate)
                    break
        if found:
            return found
    return []


@lru_cache(maxsize=64)
def imports_of(text: str) -> tuple[tuple[int, str], ...]:
    """(level, dotted name) of every import; a name that follows `from` may be a module too."""
    if len(text) > _LONGEST or not _IMPORTS.search(text):
        return ()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found += [(node.level, f"{module}.{alias.name}".strip(".")) for alias in node.names]
    return tuple(dict.fromkeys(found))
