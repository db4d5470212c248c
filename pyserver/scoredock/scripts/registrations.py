"""Models that are registered on the way to a service or a batch job."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from scoredock import l10n
from scoredock.context import Operation, absolute
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken

if TYPE_CHECKING:
    from scoredock.registry import ModelVersion, Registry

_MOST_COMPARED_BYTES = 512 << 20
"""Of files that a proposal reads to compare them; larger ones count as the same when their sizes are."""


class NamedPaths(Protocol):
    """Files that become a version of a model."""

    @property
    def name(self) -> str: ...

    @property
    def paths(self) -> Sequence[str]: ...


class Registrations:
    """Models that were registered on the way to one service."""

    def __init__(self, registry: Registry, operation: Operation) -> None:
        self._registry = registry
        self._operation = operation
        self.models: list[str] = []
        self.new: list[str] = []
        """Those of `models` that were not there before."""

    def register(self, models: Sequence[NamedPaths]) -> None:
        """Files that the newest version of their model holds already are not registered again: asking twice, as after
        a failure, changes nothing. Raises what registering raises."""
        from scoredock.registry.formats.recognise import propose

        for each in models:
            paths = [absolute(path) for path in each.paths]
            known = self._newest(each.name)
            if known and holds_exactly(self._registry, known, list(map(str, paths)), most=1 << 62):
                self.models.append(known)
                continue
            proposal = propose(paths)
            model = self._registry.register(
                paths,
                each.name,
                framework=proposal.framework,
                framework_version=proposal.framework_version,
                progress=self._operation.progress,
                cancel=self._operation.cancel,
            )
            self.models.append(model.id)
            self.new.append(model.id)

    def _newest(self, name: str) -> str:
        try:
            return self._registry.summary(name).id
        except ScoredockError:
            return ""

    def tell(self, error: ScoredockError) -> None:
        """Says of a deployment that failed what stays of it."""
        if self.new:
            kept = (
                l10n.t("The model {model} stays registered.", model=self.new[0])
                if len(self.new) == 1
                else l10n.t("The models {models} stay registered.", models=", ".join(self.new))
            )
            error.fix = f"{error.fix} {kept}"
            error.details = {**error.details, "registered": self.new}


def holds_exactly(registry: Registry, reference: str, paths: Sequence[str], most: int = _MOST_COMPARED_BYTES) -> bool:
    """True if a registered version holds these files and no others, byte by byte."""
    from scoredock.registry.models.survey import survey

    try:
        model = registry.model(reference)
        source = survey([Path(path) for path in paths], registry.limits, CancelToken())
    except (ScoredockError, OSError):
        return False
    return _same_bytes(model, {file.stored: (file.path, file.size) for file in source.files}, most)


def _same_bytes(model: ModelVersion, files: dict[str, tuple[Path, int]], most: int) -> bool:
    from scoredock.registry.blobs.hashing import digest_of

    sizes = {file.path: file.size for file in model.files}
    if sizes != {stored: size for stored, (_, size) in files.items()}:
        return False
    if sum(sizes.values()) > most:
        return True
    try:
        return all(digest_of(files[file.path][0]) == file.sha256 for file in model.files)
    except OSError:
        return False
