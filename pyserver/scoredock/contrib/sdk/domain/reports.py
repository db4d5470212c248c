"""Reads how the last run of a script or notebook of the SDK v1 has ended, from what its process left behind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.context import Context
from scoredock.contrib.sdk.domain.processes import report_path
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.scripts.notebook_cells import read_cells
from scoredock.scripts.run_faults import RunFault, RunPlace
from scoredock.scripts.texts import read_text

_LONGEST = 600
_MOST_BYTES = 1_000_000
_FINDING = re.compile(r"(?P<file>.+?):(?P<line>\d+):\d+: (?P<code>SD\d{3}) (?P<message>.+)", re.DOTALL)
"""As `services.planning.findings.describe` writes it."""
FAILED = "run-failed"
"""What Python itself or the script has raised, in place of a code of ours."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """Report that the last run of a file has left."""

    faults: tuple[RunFault, ...] = ()
    workspace: str = ""
    """The one that was used as no config.json names one; empty where one does."""
    folder: str = ""
    """Where that file is missing."""

    @property
    def note(self) -> str:
        """Note on the workspace that is used if no config.json names one; empty if one does."""
        if not self.workspace:
            return ""
        return l10n.t(
            "There is no config.json in {folder} or above it that names a workspace; the workspace {name} is used.",
            folder=self.folder,
            name=self.workspace,
        )


def read_report(path: Path, context: Context) -> RunReport:
    """Report of the last run of a file; an empty one if there is none."""
    report = report_path(context, path)
    try:
        with report.open("rb") as file:
            document = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError):
        return RunReport()
    texts = _LinesThatRan(context)
    faults = tuple(fault for failure in document.get("failures", ()) for fault in _faults(failure, texts))
    workspace = document.get("workspace") or {}
    return RunReport(faults, str(workspace.get("name", "")), str(workspace.get("folder", "")))


def forget_report(path: Path, context: Context) -> None:
    """Deletes the report of a file, as another run begins."""
    report_path(context, path).unlink(missing_ok=True)


def _faults(failure: dict[str, Any], texts: _LinesThatRan) -> Iterator[RunFault]:
    places = [texts.place(str(each["file"]), int(each["line"]) - 1, int(each["cell"])) for each in failure["places"]]
    message = str(failure["message"])
    shown = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"
    found = [match for each in failure["findings"] if (match := _FINDING.fullmatch(each)) is not None]
    if places:
        *above, last = dict.fromkeys(places)
        callers = (*reversed(above), *(texts.place(each["file"], int(each["line"]) - 1) for each in found))
        yield RunFault(failure["code"] or FAILED, shown, last, callers)
    for each in found:
        place = texts.place(each["file"], int(each["line"]) - 1)
        yield RunFault(each["code"], each["message"], place, is_checked=True)


class _LinesThatRan:
    """Lines of files as they ran: they were saved before."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lines: dict[tuple[str, int], list[str]] = {}

    def place(self, file: str, line: int, cell: int = 0) -> RunPlace:
        """One of them."""
        line = max(0, line)
        known = self._lines.get((file, cell))
        if known is None:
            known = self._lines[file, cell] = self._read(Path(file), cell).splitlines()
        return RunPlace(file, line, cell, known[line].strip() if line < len(known) else "")

    def _read(self, path: Path, cell: int) -> str:
        if not cell:
            return read_text(path, self._context.overlays()) or ""
        try:
            return next((found.text for number, found in read_cells(path) if number == cell), "")
        except ScoredockError:
            return ""
