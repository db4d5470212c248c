"""Files that a registration reads, by name, and what may stand among them. Nothing is opened here."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import field
from pathlib import Path
from typing import Protocol

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.grammar import file_name_problem, path_clash_key, printable


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the size of one version."""

    files: int = 10_000
    bytes: int = 1 << 40


class Stream(Protocol):
    """Bytes in order; zero at their end."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...


Opener = Callable[[], AbstractContextManager[Stream]]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file to read, on the disk or from wherever its opener takes it."""

    path: Path
    """What is opened, and named in errors; with an opener it is only named."""
    stored: str
    """Its path in the model, forward slashes."""
    size: int
    modified: int = 0
    """Nanoseconds; of files on the disk."""
    identity: tuple[int, int] | None = None
    """Device and file number; of files on the disk."""
    opener: Opener | None = None
    """Gives the bytes from their start, each time it is called; None for a file on the disk.

    Must give exactly `size` bytes; raises ScoredockError for what it cannot read.
    """
    origin: str = ""
    """What errors call it instead of the path: an address, or a member of an archive."""

    @property
    def label(self) -> str:
        return self.origin or str(self.path)


@dataclass(frozen=True, slots=True)
class Source:
    """Everything one registration reads."""

    files: tuple[SourceFile, ...]
    is_folder: bool
    size: int
    folders: tuple[str, ...] = ()
    """Stored paths of folders with nothing in them."""
    left_out: tuple[str, ...] = ()
    """Names of what is not part of a model, such as `.git`."""


@dataclass(slots=True)
class SourceBuilder:
    """Takes files and folders one by one, refusing too many, too large ones, and names that clash."""

    limits: Limits
    label: str
    """What the errors are about: a path."""
    files: list[SourceFile] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)
    size: int = 0
    _spelling: dict[str, str] = field(default_factory=dict)
    _known_folders: set[str] = field(default_factory=set)
    _leaves: set[str] = field(default_factory=set)

    def add_root(self, name: str, path: Path) -> None:
        """A path that was given. Two of one name would be mixed up."""
        key = path_clash_key(name)
        if key in self._spelling:
            raise _clash(name, self._spelling[key], str(path))

    def add(self, file: SourceFile) -> None:
        """Raises model-too-large, model-path-clash."""
        self._count()
        self.size += file.size
        if self.size > self.limits.bytes:
            raise ScoredockError(
                "model-too-large",
                l10n.t(
                    "{label} holds more than {bytes:,} bytes, which is the most a model version may have.",
                    label=self.label,
                    bytes=self.limits.bytes,
                ),
                place=Place(self.label),
            )
        if file.stored in self._known_folders:
            raise _clash(file.stored, file.stored, file.label)
        self._distinct(file.stored, file.label)
        self._leaves.add(file.stored)
        self.files.append(file)

    def add_folder(self, stored: str, label: str) -> None:
        """A folder with nothing in it. Raises model-too-large, model-path-clash."""
        self._count()
        self._distinct(stored, label)
        self.folders.append(stored)

    def source(self, is_folder: bool) -> Source:
        """All of it, by path. Raises model-path-empty, model-path-clash."""
        if not self.files:
            raise ScoredockError(
                "model-path-empty", l10n.t("{label} holds no files.", label=self.label), place=Place(self.label)
            )
        folders, left_out = tuple(sorted(self.folders)), tuple(sorted(self.left_out))
        return Source(tuple(self.files), is_folder, self.size, folders, left_out)

    def _count(self) -> None:
        if len(self.files) + len(self.folders) >= self.limits.files:
            raise ScoredockError(
                "model-too-large",
                l10n.t(
                    "{label} holds more than {files:,} files, which is the most a model version may have.",
                    label=self.label,
                    files=self.limits.files,
                ),
                place=Place(self.label),
            )

    def _distinct(self, stored: str, label: str) -> None:
        """Names that some file system would take for one; folders count as well (`A/x` and `a/y`)."""
        while stored and stored not in self._known_folders:
            self._known_folders.add(stored)
            spelling = self._spelling.setdefault(path_clash_key(stored), stored)
            if spelling != stored:
                raise _clash(stored, spelling, label)
            stored = stored.rpartition("/")[0]
        if stored in self._leaves:
            raise ScoredockError(
                "model-path-clash",
                l10n.t("The model would hold {stored} as a file and as a folder.", stored=printable(stored)),
                place=Place(self.label),
            )


def _clash(stored: str, other: str, label: str) -> ScoredockError:
    differ = (
        "twice"
        if stored == other
        else l10n.t("and {path}, which differ only in case or Unicode form", path=printable(other))
    )
    return ScoredockError(
        "model-path-clash",
        l10n.t("The model would hold {stored} {differ}.", stored=printable(stored), differ=differ),
        place=Place(label),
    )


def require_name(name: str, folder: str) -> None:
    """Raises model-path-unsupported for a name that cannot be part of a model."""
    problem = file_name_problem(name)
    if problem:
        raise ScoredockError(
            "model-path-unsupported",
            l10n.t(
                "{name} in {folder} cannot be registered: {problem}.",
                name=printable(name),
                folder=printable(folder),
                problem=problem,
            ),
            l10n.t("Rename it, then register again."),
            place=Place(folder),
        )


def unreadable(error: OSError, path: Path) -> ScoredockError:
    """Error for a failure to look at or read a source."""
    place = Place(str(path))
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return ScoredockError(
            "model-path-missing", l10n.t("The path {path} does not exist.", path=printable(str(path))), place=place
        )
    return ScoredockError(
        "model-path-unreadable",
        l10n.t("{path} cannot be read: {strerror}.", path=printable(str(path)), strerror=error.strerror),
        place=place,
    )


def changed(label: str) -> ScoredockError:
    return ScoredockError(
        "model-path-changed", l10n.t("{label} changed while it was being read.", label=label), place=Place(label)
    )


def open_flags() -> int:
    """Flags to open what is not ours: neither links are followed nor pipes waited for."""
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
        flags |= getattr(os, name, 0)
    return flags
