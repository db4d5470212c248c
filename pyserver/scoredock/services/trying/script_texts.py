"""Texts of the person's files while findings of a trial are placed in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scoredock.analysis.facts import Facts
from scoredock.checks.check import apply_settings
from scoredock.errors import ScoredockError
from scoredock.services.planning.findings import LocatedFinding
from scoredock.services.planning.project import PROJECTS
from scoredock.services.planning.reading import read_text

_MOST_BYTES = 2_000_000


class ScriptTexts:
    """Reads each file once."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def read(self, path: str) -> str:
        """Empty for what cannot be read."""
        if path not in self._known:
            try:
                self._known[path] = read_text(Path(path), _MOST_BYTES)
            except ScoredockError:
                self._known[path] = ""
        return self._known[path]


def open_findings(findings: list[LocatedFinding], texts: ScriptTexts) -> Iterator[LocatedFinding]:
    """Findings that comments and the project's settings do not turn off."""
    for path in dict.fromkeys(each.path for each in findings):
        here = [each.finding for each in findings if each.path == path]
        facts = Facts(path=path, settings=PROJECTS.settings(Path(path)))
        for finding in apply_settings(here, texts.read(path), facts, unused=False):
            yield LocatedFinding(path, finding)
