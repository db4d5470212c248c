"""How the findings of a check are printed: for people, for GitHub, and the words of the summary."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence

from scoredock.cli.session import counted
from scoredock.protocol import messages

_GITHUB = {"error": "error", "warning": "warning", "information": "notice", "hint": "notice"}
_PLURALS = {"error": "errors", "warning": "warnings", "information": "remarks", "hint": "hints"}
_SINGLE = {"error": "error", "warning": "warning", "information": "remark", "hint": "hint"}


def finding_line(item: messages.DocumentFinding) -> str:
    """As compilers write it, one-based; in a notebook line and column of the cell, which is what a person sees."""
    place = f"{item.line + 1}:{item.character + 1}"
    if item.cell:
        place = f"cell {item.cell}:{item.cell_line + 1}:{item.cell_character + 1}"
    return f"{short_path(item.path)}:{place}: {item.code} {item.severity}: {item.message}"


def github_line(item: messages.DocumentFinding) -> str:
    """A workflow command, which GitHub shows at the line; its own special characters are escaped."""

    def escaped(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    place = escaped(short_path(item.path)).replace(":", "%3A").replace(",", "%2C")
    return (
        f"::{_GITHUB[item.severity]} file={place},line={item.line + 1},col={item.character + 1},"
        f"endLine={item.end_line + 1},endColumn={item.end_character + 1},title={item.code}::{escaped(item.message)}"
    )


def short_path(path: str) -> str:
    """Relative to the working directory where that is shorter."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # Another drive of Windows.
        return path
    return path if relative.startswith("..") else relative


def summary(files: int, severities: Sequence[str], hidden: int, repairable: int) -> str:
    """One line: `3 files checked: 2 errors, 1 warning; 2 can be repaired with --fix; 4 hints are not shown`."""
    count = Counter(severities)
    found = [
        f"{count[each]:,} {_SINGLE[each] if count[each] == 1 else _PLURALS[each]}" for each in _SINGLE if count[each]
    ]
    told = [f"{counted(files, 'file')} checked: {', '.join(found) or 'nothing found'}"]
    if repairable:
        told.append(f"{repairable:,} can be repaired with --fix")
    if hidden:
        told.append(f"{hidden:,} not shown, see --min-severity")
    return "; ".join(told)
