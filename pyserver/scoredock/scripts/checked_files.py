"""Checks of files on disk, one after the other, with all that is known around each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.project_settings import NO_SETTINGS, ProjectSettings, effective, excluded
from scoredock.checks.type_checked import ignored_rules
from scoredock.context import Context, Operation
from scoredock.file_text import USUAL, FileEncoding, FileText
from scoredock.late_dataclass import dataclass
from scoredock.registry.blobs.plain_files import readable_text
from scoredock.scripts.facts import FactSource
from scoredock.scripts.file_search import Candidate, candidates, read
from scoredock.services.planning.project import PROJECTS

if TYPE_CHECKING:
    from scoredock.services.request import DeployRequest


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file of ours, its text and its findings."""

    path: Path
    text: str
    """Line ends as they are in the file."""
    findings: tuple[Finding, ...]
    encoding: FileEncoding = USUAL


class FileChecker:
    """Checks texts as the files they are or will be. What the person chose for this run comes on top of the
    project's."""

    def __init__(self, context: Context, settings: ProjectSettings = NO_SETTINGS) -> None:
        self._context = context
        self._source = FactSource(context)
        self._settings = settings
        self._ignored = ProjectSettings(ignore=ignored_rules(context.settings))
        self._facts: tuple[Path, Facts] | None = None
        self._deployment: tuple[Path, DeployRequest] | None = None
        self.installed: list[Path] = []
        """Folders of packages below what was checked, which were not looked into."""

    def assume(self, script: Path, request: DeployRequest) -> None:
        """Checks this script as a deployment that is asked for does."""
        self._deployment = script, request
        self._facts = None

    def left_out(self, path: Path) -> bool:
        """True if the project or the person leaves out a file or folder."""
        return excluded(str(path), PROJECTS.settings(path)) or excluded(str(path), self._settings)

    def check(self, path: Path, text: str) -> tuple[Finding, ...] | None:
        """Sorted by position; None for a file that is not ours."""
        from scoredock.checks.check import check

        kind = self._source.kind(path, text)
        if kind is None or excluded(str(path), self._settings):
            return None
        if self._facts is None or self._facts[0] != path:  # one file is checked several times while it is repaired
            self._facts = path, self._around(path)
        facts = self._facts[1]
        if any(code.startswith("SD7") for code in self._settings.select):
            facts = replace(facts, migration=True)  # who asks for the rules of the migration wants them
        if facts.overlays:
            facts = replace(facts, overlays={**facts.overlays, str(path): text})
        found = check(text, facts, kind)
        return tuple(effective(effective(found, str(path), self._ignored), str(path), self._settings))

    def _around(self, path: Path) -> Facts:
        if self._deployment is not None and self._deployment[0] == path:
            return self._source.facts_of_deployment(*self._deployment)
        return self._source.facts(path)

    def forget(self) -> None:
        """A file was written: what is known around others may have changed."""
        self._facts = None
        self._source.invalidate()

    def files(
        self,
        paths: Iterable[Path],
        operation: Operation,
        on_progress: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> Iterator[CheckedFile]:
        """Files of ours in the paths, each with its findings. Unsaved texts win.

        Raises file-not-found, file-unreadable, file-too-large, cancelled.
        """
        yield from self.of(list(candidates(paths, self.left_out, self.installed.append)), operation, on_progress)

    def of(
        self,
        files: Sequence[Candidate],
        operation: Operation,
        on_progress: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> Iterator[CheckedFile]:
        """Files as `files` yields them, for those that were looked for already."""
        overlays = self._context.overlays()
        for number, candidate in enumerate(files):
            operation.cancel.raise_if_cancelled()
            on_progress(number, len(files))
            unsaved = overlays.get(str(candidate.path))
            text = read(candidate) if unsaved is None else FileText(unsaved)
            file = self.file(candidate.path, text)
            if file is not None:
                yield file
            elif candidate.named and text is not None:
                readable_text(text, candidate.path)

    def file(self, path: Path, text: FileText | None) -> CheckedFile | None:
        """File with its findings; None for what was passed over, and for one that is not ours. A notebook that is too
        large has no text."""
        if text is not None and text.encoding.problem == "size":
            return CheckedFile(path, "", (), text.encoding)
        findings = self.check(path, text.text) if text is not None else None
        return CheckedFile(path, text.text, findings, text.encoding) if text and findings is not None else None
