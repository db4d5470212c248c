"""Output of the findings of a check: for people, for GitHub, and the words of the summary."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.counts import counted
from scoredock.protocol import messages

_GITHUB = {"error": "error", "warning": "warning", "information": "notice", "hint": "notice"}
_ONE: dict[str, Callable[[], str]] = {
    "error": lambda: l10n.t("1 error"),
    "warning": lambda: l10n.t("1 warning"),
    "information": lambda: l10n.t("1 remark"),
    "hint": lambda: l10n.t("1 hint"),
}
_SEVERAL: dict[str, Callable[[int], str]] = {
    "error": lambda count: l10n.t("{count:,} errors", count=count),
    "warning": lambda count: l10n.t("{count:,} warnings", count=count),
    "information": lambda count: l10n.t("{count:,} remarks", count=count),
    "hint": lambda count: l10n.t("{count:,} hints", count=count),
}


def finding_line(item: messages.DocumentFinding) -> str:
    """Line of a finding as compilers write it, one-based; in a notebook line and column of the cell, which is what a
    person sees."""
    place = f"{item.line + 1}:{item.character + 1}"
    if item.cell:
        place = l10n.t("cell {number}", number=f"{item.cell}:{item.cell_line + 1}:{item.cell_character + 1}")
    return f"{short_path(item.path)}:{place}: {item.code} {item.severity}: {item.message}"


def github_line(item: messages.DocumentFinding) -> str:
    """A workflow command, which GitHub shows at the line."""
    more = f",col={item.character + 1},endLine={item.end_line + 1},endColumn={item.end_character + 1}"
    return annotation(_GITHUB[item.severity], item.path, item.line, item.code, item.message, more)


def annotation(kind: str, path: str, line: int, title: str, message: str, more: str = "") -> str:
    """A workflow command of GitHub; its own special characters are escaped. `line` counts from 0."""

    def escaped(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    def property_text(text: str) -> str:
        return escaped(text).replace(":", "%3A").replace(",", "%2C")

    place = property_text(_path_for_github(path))
    return f"::{kind} file={place},line={line + 1}{more},title={property_text(title)}::{escaped(message)}"


def _path_for_github(path: str) -> str:
    """GitHub counts from the root of the repository, wherever the command runs."""
    root = os.environ.get("GITHUB_WORKSPACE", "")
    relative = os.path.relpath(path, root) if root and Path(path).is_absolute() else ".."
    return short_path(path) if relative.startswith("..") else relative


def short_path(path: str) -> str:
    """Relative to the working directory where that is shorter."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # Another drive of Windows.
        return path
    return path if relative.startswith("..") else relative


def summary(files: int, severities: Sequence[str], hidden: int, repairable: int) -> str:
    """Summary in one line: `3 files checked: 2 errors, 1 warning; 2 can be repaired with --fix; 4 not shown, …`."""
    count = Counter(severities)
    counts = [_ONE[each]() if count[each] == 1 else _SEVERAL[each](count[each]) for each in _ONE if count[each]]
    findings = l10n.t(", ").join(counts) or l10n.t("nothing found")
    parts = [l10n.t("{files} checked: {findings}", files=counted(files, "file"), findings=findings)]
    if repairable:
        parts.append(l10n.t("{count:,} can be repaired with --fix", count=repairable))
    if hidden:
        parts.append(l10n.t("{count:,} not shown, see --min-severity", count=hidden))
    return l10n.t("; ").join(parts)
