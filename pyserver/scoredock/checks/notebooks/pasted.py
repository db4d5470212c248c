"""Scripts that were pasted from a notebook, or saved as a script by it: the first line that Python has no use for."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass

from scoredock.checks.notebooks.cells import read_cell
from scoredock.checks.script.syntax import ipython_call

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class NotebookLine:
    """A line of a notebook in a script."""

    line: int
    """From zero."""
    text: str
    """As much of it as fits in a sentence."""


def notebook_line(text: str) -> NotebookLine | None:
    """The first magic, line for the shell or call of `get_ipython()` that a script would end at; None for a script that
    is all Python, or whose only fault is another one."""
    text = text.removeprefix("\ufeff")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError:
        return _magic(text)
    except (ValueError, RecursionError, MemoryError):
        return None
    call = ipython_call(tree)
    return None if call is None else _shown(text, call.lineno - 1)


def _magic(text: str) -> NotebookLine | None:
    cell = read_cell(text)
    if cell.magic:
        line = text.count("\n", 0, cell.start) - 1 if cell.start else 0
        return _shown(text, max(line, 0))
    first = min((call.offset for call in cell.calls), default=None)
    return None if first is None else _shown(text, text.count("\n", 0, first))


def _shown(text: str, line: int) -> NotebookLine:
    lines = text.splitlines()
    found = lines[line].strip() if line < len(lines) else ""
    return NotebookLine(line, found if len(found) <= _LONGEST else f"{found[: _LONGEST - 1]}…")
