"""The files of Azure ML v1 in a folder, by kind."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import field
from pathlib import Path

from scoredock import l10n
from scoredock.analysis.project_settings import excluded
from scoredock.context import Context, Operation
from scoredock.contrib.migration.domain.source import Broken
from scoredock.file_text import FileText
from scoredock.formats.document_kind import kind_of
from scoredock.late_dataclass import dataclass
from scoredock.progress import WARNING
from scoredock.registry.blobs.plain_files import readable_text
from scoredock.scripts.file_search import NOTEBOOK_LIMIT, candidates, read
from scoredock.scripts.project_files import look
from scoredock.scripts.texts import read_text
from scoredock.services.planning.project import PROJECTS

_V1 = frozenset(
    (
        "entry-script",
        "batch-script",
        "sdk-script",
        "notebook",
        "commands",
        "inference-config",
        "deployment-config",
        "conda",
        "environment",
    )
)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file of v1."""

    path: Path
    text: str


@dataclass(slots=True)
class Project:
    """Files of a folder by kind, before anything is made of them."""

    root: Path
    files: dict[str, list[TextFile]] = field(default_factory=lambda: defaultdict(list))
    """By kind."""
    broken: list[Broken] = field(default_factory=list)
    _by_folder: dict[tuple[str, Path], list[TextFile]] = field(default_factory=dict)

    def add(self, kind: str, file: TextFile) -> None:
        """Adds a file that was read."""
        self.files[kind].append(file)
        self._by_folder.setdefault((kind, file.path.parent), []).append(file)

    def lying_in(self, kind: str, folder: Path) -> list[TextFile]:
        """The files of a kind that lie in a folder itself."""
        return self._by_folder.get((kind, folder), [])


def read_project(path: Path, context: Context, operation: Operation, left_out: Path | None) -> Project:
    """The files of v1 in a folder, or the one that is named. Raises cancelled, and for a file that was
    named what reading it raises."""
    project = Project(path if path.is_dir() else path.parent)
    overlays = context.overlays()

    def is_left_out(each: Path) -> bool:
        return each == left_out or excluded(str(each), PROJECTS.settings(each))

    for number, candidate in enumerate(candidates([path], is_left_out)):
        operation.cancel.raise_if_cancelled()
        if number % 100 == 0:
            operation.progress.report(l10n.t("Looking at {path}", path=candidate.path))
        unsaved = overlays.get(str(candidate.path))
        content = FileText(unsaved) if unsaved else read(candidate)
        if content is not None and content.encoding.problem == "size":
            limit = NOTEBOOK_LIMIT // 1_000_000
            operation.progress.report(
                WARNING + l10n.t("{path} is larger than {limit} MB.", path=candidate.path, limit=limit)
            )
        kind = kind_of(str(candidate.path), content.text) if content is not None else None
        if kind in _V1 and content is not None:
            project.add(kind, TextFile(candidate.path, readable_text(content, candidate.path)))
    if path.is_file():
        _beside(project, path, context)
    return project


def _beside(project: Project, path: Path, context: Context) -> None:
    """Deployment configurations of the same folder, for one inference configuration or script."""
    if project.files["deployment-config"] or not (project.files["inference-config"] or project.files["entry-script"]):
        return
    for name in look(path.parent, context, depth=0).kinds["deployment-config"]:
        text = read_text(Path(name), context.overlays())
        if text is not None:
            project.add("deployment-config", TextFile(Path(name), text))
