"""Assets of Azure ML v1 as files of v2."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceTask
from scoredock.visible import DATA

MigrationNoteKind = Literal["maps", "changes", "absent", "broken"]
"""The same in v2; another meaning in v2; nothing like it in v2; needs a decision."""


@dataclass(frozen=True)
class MigrationParams(WorkspaceTask):
    """Source and target of a migration: a folder or a file, or what a workspace has."""

    path: str = ""
    """A folder of a project, or one of its files; empty for a workspace."""
    services: list[str] = field(default_factory=list)
    """Of the workspace: these with their models and environments; none for everything that it has."""
    output_path: str = ""
    """A folder that does not exist yet or is empty; empty only with `preview`."""
    preview: bool = False
    """Tell what would be written, and write nothing."""


@dataclass(frozen=True)
class MigratedFile:
    """A file that is written."""

    path: str
    """Below the output folder, forward slashes."""
    text: str = field(default="", metadata=DATA)
    """Empty for one that is copied as it is."""
    origin: str = ""
    """The file whose place it takes, absolute; empty for none."""
    source: str = ""
    """The file that is copied, absolute; empty for one that is written anew."""


@dataclass(frozen=True)
class MigrationNote:
    """One line of the report."""

    kind: MigrationNoteKind
    subject: str
    """The asset or file that it is about."""
    key: str
    """What v1 calls it."""
    message: str
    next_step: str = ""


@dataclass(frozen=True)
class ScriptChange:
    """A script that was changed on the way."""

    path: str
    """Below the output folder."""
    diff: str = field(metadata=DATA)
    """Unified, against the original."""


@dataclass(frozen=True)
class Migration:
    """Files and notes of a migration that was made, or is previewed."""

    folder: str
    """Absolute; empty for a preview without one."""
    is_written: bool
    """False for a preview."""
    files: list[MigratedFile]
    """By path; the report is among them."""
    notes: list[MigrationNote]
    changes: list[ScriptChange]
    commands: list[str]
    """Lines of `az ml` that make it all in Azure, in their order."""
    counts: dict[str, int]
    """Notes by kind."""
    summary: str
    """The same as one line."""
    report: str
    """Markdown."""
