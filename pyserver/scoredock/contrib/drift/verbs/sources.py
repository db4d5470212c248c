"""Finds the files of data that a person names: collected inputs of a service, a registered dataset, files."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.context import absolute
from scoredock.contrib.drift.options import DATASET, SERVICE
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass

if TYPE_CHECKING:
    from scoredock.contrib.drift.domain.comparison import DataSet
    from scoredock.registry import Registry

_KINDS = {".csv": "csv", ".parquet": "parquet", ".jsonl": "bodies", ".txt": "bodies", ".json": "bodies"}
"""Endings of files, and how they are read."""
_TRAINING = "training"


def canonical(source: str) -> str:
    """A path from the root, anything else as it is."""
    return source if not source or source.startswith((SERVICE, DATASET)) else str(absolute(source))


def name_of(source: str) -> str:
    """Name under which a comparison of a target is kept if no name is given."""
    if source.startswith((SERVICE, DATASET)):
        name = source.partition(":")[2].partition(":")[0]
    else:
        name = Path(source.rstrip("/")).stem
    return "".join(c if c.isascii() and (c.isalnum() or c in "-._") else "-" for c in name).lstrip("-._")[:64] or "data"


@dataclass(frozen=True)
class Sources:
    """Files of what is named in a workspace. Raises ScoredockError `drift-…`, `model-damaged`, and the codes of a
    service and a dataset that are missing."""

    registry: Registry

    def default_baseline(self, target: str) -> str:
        """The training or sample dataset of the models of a service, or the version before of a dataset."""
        if target.startswith(SERVICE):
            dataset = self._of_service(target.removeprefix(SERVICE))
            if dataset:
                return f"{DATASET}{dataset}"
            raise ScoredockError(
                "drift-baseline-missing",
                l10n.t("No model of {target} names a training or sample dataset.", target=target),
            )
        if target.startswith(DATASET):
            record = self.registry.assets.get("dataset", target.removeprefix(DATASET))
            all_versions = self.registry.assets.records("dataset", name=record.name)
            versions = [each.version for each in all_versions if each.version < record.version]
            if versions:
                return f"{DATASET}{record.name}:{max(versions)}"
        raise ScoredockError("drift-baseline-missing", l10n.t("{target} has no baseline of its own.", target=target))

    def data_set(self, source: str, since: str, until: str) -> DataSet:
        """`since` and `until` as collected rows have their times; they hold for collected rows alone."""
        from scoredock.contrib.drift.domain.comparison import DataSet

        if source.startswith(SERVICE):
            return DataSet(source, self._collected(source.removeprefix(SERVICE), since, until), since, until)
        if since or until:
            raise ScoredockError(
                "drift-option-invalid",
                l10n.t("{source} has no times; only what a service collected has.", source=source),
                l10n.t("Leave the times out."),
            )
        if source.startswith(DATASET):
            record = self.registry.assets.get("dataset", source.removeprefix(DATASET))
            return DataSet(f"{DATASET}{record.id}", self._registered(record.id))
        return DataSet(source, tuple(_by_kind(_files(source))))

    def _of_service(self, name: str) -> str:
        from scoredock.services.ledger import Ledger

        current = Ledger(self.registry.store).require(name).current
        samples = []
        for model in current.models if current is not None else ():
            try:
                metadata = self.registry.model(model).metadata
            except ScoredockError:
                continue
            training = [dataset for scenario, dataset in metadata.datasets if scenario.lower() == _TRAINING]
            if training:
                return training[0]
            samples += [each for each in (metadata.sample_input_dataset,) if each]
        return samples[0] if samples else ""

    def _collected(self, name: str, since: str, until: str) -> tuple[dict[str, Any], ...]:
        from scoredock.services.collected_data import collected_files

        files = collected_files(self.registry, name, since, until)
        times = {"since": since, "until": until}
        if files.tables:
            tables = {"kind": "csv", "files": list(map(str, files.tables)), **times}
            predictions = {"kind": "csv", "files": list(map(str, files.predictions)), "predictions": True, **times}
            return (tables, predictions)
        return ({"kind": "collected", "files": list(map(str, files.requests)), **times},)

    def _registered(self, reference: str) -> tuple[dict[str, Any], ...]:
        record = self.registry.assets.get("dataset", reference)
        own = _files_of_script(self.registry, record.id)
        if own:
            return tuple(_by_kind(own))
        path = self.registry.assets.path(record, record.files[0])
        return ({"kind": "bodies", "files": [str(path)], "wrapped": True},)


def _files_of_script(registry: Registry, reference: str) -> list[Path]:
    from scoredock.registry.assets.datasets import files_of_dataset

    return [Path(path) for path in files_of_dataset(registry.folder, reference)]


def _files(source: str) -> list[Path]:
    path = Path(source)
    if path.is_dir():
        files = [each for each in sorted(path.rglob("*")) if each.suffix.lower() in _KINDS and each.is_file()]
    elif path.exists():
        files = [path]
    else:
        files = [Path(each) for each in sorted(glob.glob(source, recursive=True)) if Path(each).is_file()]  # noqa: PTH207
    if not files:
        raise ScoredockError(
            "drift-data-missing", l10n.t("There is no data at {path}.", path=source), place=Place(source)
        )
    return files


def _by_kind(paths: list[Path]) -> list[dict[str, Any]]:
    sources: dict[str, list[str]] = {}
    for path in paths:
        kind = _KINDS.get(path.suffix.lower())
        if kind is None:
            raise ScoredockError(
                "drift-data-missing",
                l10n.t("{path} is neither CSV, Parquet nor JSON, by its name.", path=path),
                l10n.t("Name a file that ends in {endings}.", endings=", ".join(_KINDS)),
                place=Place(str(path)),
            )
        sources.setdefault(kind, []).append(str(path))
    return [{"kind": kind, "files": files} for kind, files in sources.items()]
