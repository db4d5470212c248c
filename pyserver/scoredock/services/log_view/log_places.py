"""Tracebacks in the log of a service, with the person's own files in place of their staged copies."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from scoredock.services.folders import service_folder
from scoredock.services.ledger import ServiceRows
from scoredock.services.lifecycle.failures import Origins
from scoredock.services.lifecycle.launch import origins_of
from scoredock.services.revision import Revision

_PLACE = re.compile(r'(?<=File ")[^"\n]+(?=")')
_MARK = 'File "'


class OwnPlaces:
    """Paths of the person's files for the staged ones of one service. Files that are not the person's, and those that
    are gone, keep the path that Python printed."""

    def __init__(self, workspace: Path, name: str, rows: Callable[[], ServiceRows]) -> None:
        """`rows` reads what the ledger knows; asked for only where a line has a path."""
        self._workspace = workspace
        self._name = name
        self._rows = rows
        self._revisions = str(service_folder(workspace, name) / "revisions")
        self._origins: dict[int, Origins | None] = {}
        self._known: dict[str, str] = {}

    def mapped(self, line: str) -> str:
        """The line with the person's own paths."""
        return _PLACE.sub(lambda found: self.own(found[0]), line) if _MARK in line else line

    def own(self, staged: str) -> str:
        """The person's own file, where it is there."""
        found = self._known.get(staged)
        if found is None:
            found = self._known[staged] = self._look(staged)
        return found

    def _look(self, staged: str) -> str:
        number = self._revision(staged)
        if number is None:
            return staged
        if number not in self._origins:
            self._origins[number] = self._origins_of(number)
        origins = self._origins[number]
        own = origins.own(staged) if origins is not None else ""
        return own if own and own != staged and Path(own).is_file() else staged

    def _revision(self, staged: str) -> int | None:
        """The revision whose staged file this is: a folder of each on this machine, in a container 0 for whichever is
        the newest; None for files of others."""
        if staged.startswith(self._revisions):
            first = Path(staged[len(self._revisions) :].lstrip("/\\")).parts[:1]
            return int(first[0]) if first and first[0].isdecimal() else None
        return 0 if PurePosixPath(staged).is_absolute() and "/azureml-app/" in staged else None

    def _origins_of(self, number: int) -> Origins | None:
        """A revision that is gone had its files from where the newest has them."""
        rows = self._rows()
        known: Revision | None = next((each for each in rows.revisions if each.number == number), rows.current)
        return origins_of(self._workspace, known, number or None) if known is not None else None
