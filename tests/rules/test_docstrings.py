"""Docstrings of public modules, classes and functions begin with what is returned, held or done, and not with a
question word that leaves it to the reader (docs/internals/words.md)."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rules.syntax import tree_of

FOLDERS = ("pyserver/scoredock", "pyserver/runtime", "pyserver/sdk", "pyserver/tools")
RIDDLES = frozenset({"Where", "What", "Whether", "With", "Of", "As"})
LEFT: dict[str, int] = {}
"""Folder → docstrings that are still to be rewritten. It may only shrink."""


def riddles(tree: ast.Module) -> Iterator[str]:
    """First words of public docstrings that say nothing of what there is, each with its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            name = getattr(node, "name", "module")
            first = (ast.get_docstring(node) or "-").split()[0]
            if first in RIDDLES and not name.startswith("_"):
                yield f"{name}: {first} …"


def test_public_docstrings_say_what_there_is(root: Path) -> None:
    found = {
        path.relative_to(root).as_posix(): names
        for folder in FOLDERS
        for path in sorted((root / folder).rglob("*.py"))
        if (names := list(riddles(tree_of(path.read_text("utf-8")))))
    }
    counted: Counter[str] = Counter()
    for path, names in found.items():
        counted[next((each for each in LEFT if path.startswith(each)), path)] += len(names)
    assert {folder: count for folder, count in counted.items() if count > LEFT.get(folder, 0)} == {}


def test_one_is_seen() -> None:
    planted = 'def place(text):\n    """Where the interpreter is that a text means."""\n'
    assert list(riddles(ast.parse(planted))) == ["place: Where …"]
    assert not list(riddles(ast.parse(planted.replace("def place", "def _place"))))
    assert not list(riddles(ast.parse(planted.replace("Where the interpreter is that a text means", "Path of it"))))
