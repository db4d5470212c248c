"""Result of a verification of a workspace: how much was looked at, and each problem as one sentence."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path

from scoredock.late_dataclass import dataclass
from scoredock.registry.manifests.forms import MODEL
from scoredock.registry.records import AssetRecord, ModelFile, ModelVersion

Record = ModelVersion | AssetRecord


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    sort: str
    """What repairing does with it: store, rows, number, bytes, manifest, lost, name, service, mode, stray."""
    subject: str
    """`name:version`, or the file or store itself."""
    message: str
    fix: str
    repairable: bool
    kind: str = ""
    name: str = ""
    version: int = 0
    path: Path | None = None
    file: ModelFile | None = None


@dataclass(slots=True)
class Verified:
    """Counts of what was looked at, and the problems found."""

    deep: bool
    problems: list[Problem] = field(default_factory=list)
    versions: int = 0
    files: int = 0
    bytes: int = 0

    def add(self, sort: str, subject: str | Path, message: str, fix: str, *, repairable: bool = True) -> None:
        """Adds a problem of a file, a service or the store."""
        path = subject if isinstance(subject, Path) else None
        self.problems.append(Problem(sort, str(subject), _one_stop(message), fix, repairable, path=path))

    def add_name(
        self, sort: str, key: tuple[str, str], message: str, fix: str, *, path: Path, repairable: bool = True
    ) -> None:
        """Adds a problem of a name, given by its kind and itself."""
        kind, name = key
        self.problems.append(Problem(sort, name, _one_stop(message), fix, repairable, kind, name, path=path))

    def add_version(
        self,
        sort: str,
        record: Record,
        message: str,
        fix: str,
        *,
        place: Path | ModelFile | None = None,
        repairable: bool = True,
    ) -> None:
        """Adds a problem of a version: of its manifest, one of its files or its rows."""
        path, file = (place, None) if isinstance(place, Path) else (None, place)
        key = (kind_of(record), record.name, record.version)
        self.problems.append(Problem(sort, record.id, _one_stop(message), fix, repairable, *key, path, file))


def _one_stop(message: str) -> str:
    return message.replace("..", ".") if message.endswith("..") else message


def kind_of(record: Record) -> str:
    """Kind of a record, as manifests and rows name it."""
    return MODEL if isinstance(record, ModelVersion) else record.kind
