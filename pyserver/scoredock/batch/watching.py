"""Which batch jobs have come, gone or gone on since the last look: twice a second, for whoever shows them."""

from __future__ import annotations

from pathlib import Path

from scoredock.batch.jobs import JobFolder, JobState, all_folders

Mark = tuple[str, int, bool]
"""Name, when its progress was written (nanoseconds), and whether its driver lives."""


class JobWatch:
    """Of one workspace after the other; a record is read only where it was written anew."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[int, JobState]] = {}

    def marks(self, workspace: Path) -> frozenset[Mark]:
        """Of all jobs; others than before where something changed."""
        folders = all_folders(workspace)
        self._known = {each.path: self._looked_at(each) for each in folders}
        return frozenset(self._mark(each) for each in folders)

    def _looked_at(self, folder: JobFolder) -> tuple[int, JobState]:
        written = folder.written_at()
        last = self._known.get(folder.path)
        return last if last is not None and last[0] == written else (written, folder.written_progress().state)

    def _mark(self, folder: JobFolder) -> Mark:
        written, state = self._known[folder.path]
        # Only of one that has its lock: a look takes the lock for a moment, which a driver that begins must not meet.
        return folder.name, written, state == "Running" and folder.is_driven()
