"""Outcome of a migration to v2: documents, copied files, and notes about them."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass

NoteKind = Literal["maps", "changes", "absent", "broken"]
"""The same in v2; another meaning in v2; nothing like it in v2; could not be moved."""


@dataclass(frozen=True, slots=True)
class WrittenDocument:
    """A file that is written."""

    path: str
    """Below the output folder, forward slashes."""
    text: str
    origin: str = ""
    """The file it takes the place of, for a look at both side by side; empty for none."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A file that is taken along as it is."""

    path: str
    place: str


@dataclass(frozen=True, slots=True)
class Note:
    """One line of the report."""

    kind: NoteKind
    subject: str
    """The asset or file that it is about."""
    key: str
    """What v1 calls it."""
    message: str
    next_step: str = ""
    path: str = ""
    """The file that it is about, absolute; empty for none."""
    line: int = 0
    """In that file, from 1; 0 for the file as a whole."""


@dataclass(slots=True)
class Outcome:
    """Outcome of a migration; what goes through a migration adds to it."""

    documents: list[WrittenDocument] = field(default_factory=list)
    copies: list[Copied] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    """Lines of `az ml` that make it all in Azure, in their order."""
    services: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Service of v1 → its endpoint, and the files of endpoint and deployment."""
    diffs: list[tuple[str, str]] = field(default_factory=list)
    """Path of a changed file and the unified diff against its original."""

    def write(self, path: str, text: str, origin: str = "") -> None:
        """Adds a file to write."""
        self.documents.append(WrittenDocument(path, text, origin))

    def note(self, kind: NoteKind, subject: str, key: str, message: str, next_step: str = "") -> None:
        """Adds a line to the report."""
        self.notes.append(Note(kind, subject, key, message, next_step))

    @property
    def paths(self) -> set[str]:
        """Paths of all files that are written."""
        return {*(each.path for each in self.documents), *(each.path for each in self.copies)}
