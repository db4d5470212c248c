"""Runs of a workspace as a `mlruns` folder that MLflow opens. Whatever is in the folder already stays as it is."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

from scoredock import l10n
from scoredock.contrib.runs.domain.journal import RunJournals
from scoredock.contrib.runs.domain.mlflow.folder_store import FolderStore
from scoredock.contrib.runs.domain.mlflow.records import PARENT_TAG
from scoredock.contrib.runs.domain.mlflow.run_values import RunValues, label, values_of
from scoredock.contrib.runs.domain.mlflow.workspace_store import STATUS
from scoredock.contrib.runs.domain.recorded_run import RecordedRun
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.registry.store.faults import storing
from scoredock.temporary.fresh_files import FreshFolder, sweep_quietly

_NUMBERS = {"RUNNING": 1, "FINISHED": 3, "FAILED": 4, "KILLED": 5}
_LOCAL = 4
"""MLflow's number for a run that began on a machine of its own."""


@dataclass(slots=True)
class ExportedRuns:
    """Ids."""

    runs: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def export(journals: RunJournals, runs: Sequence[RecordedRun], target: Path, cancel: CancelToken) -> ExportedRuns:
    """Writes the runs below `target`, each as a whole or not at all. Raises file-unreadable, io-failed."""
    exported_runs = ExportedRuns()
    if target.exists() and not target.is_dir():
        raise ScoredockError(
            "file-unreadable", l10n.t("{path} is not a folder.", path=target), place=Place(str(target))
        )
    with storing(target):
        target.mkdir(parents=True, exist_ok=True)
        sweep_quietly(target)
        for run in runs:
            cancel.raise_if_cancelled()
            experiment = _experiment(target, run, cancel)
            place = experiment / run.id
            if place.exists():
                exported_runs.skipped.append(run.id)
                continue
            with FreshFolder(target) as making:
                _write(making.path, place, run, journals, cancel)
                making.publish(place)
            exported_runs.runs.append(run.id)
    return exported_runs


def _experiment(target: Path, run: RecordedRun, cancel: CancelToken) -> Path:
    """Its folder: the one of that name, else a new one."""
    with contextlib.suppress(ScoredockError):
        store, page = FolderStore(target, cancel), ""
        while True:
            found, page = store.experiments(page)
            for each in found:
                if each.name == run.experiment:
                    return target / each.id
            if not page:
                break
    # As many digits as MLflow draws at random, the same for each export.
    id = str(10**17 + int(hashlib.sha256(run.experiment.encode()).hexdigest(), 16) % (9 * 10**17))
    folder = target / id
    folder.mkdir(exist_ok=True)
    milliseconds = int(run.started * 1000)
    _meta(
        folder,
        {
            "artifact_location": folder.absolute().as_uri(),
            "creation_time": milliseconds,
            "experiment_id": id,
            "last_update_time": milliseconds,
            "lifecycle_stage": "active",
            "name": run.experiment,
        },
    )
    return folder


def _write(folder: Path, place: Path, run: RecordedRun, journals: RunJournals, cancel: CancelToken) -> None:
    for name in ("metrics", "params", "tags", "artifacts"):
        (folder / name).mkdir(parents=True)
    values = values_of(run)
    _labels(folder, run, values)
    for path in run.files:
        cancel.raise_if_cancelled()
        copy = folder / "artifacts" / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(journals.file(run.id, path), copy)
    status = STATUS.get(run.status, "RUNNING")
    _meta(
        folder,
        {
            "artifact_uri": (place / "artifacts").absolute().as_uri(),
            "end_time": None if run.ended is None else int(run.ended * 1000),
            "entry_point_name": "",
            "experiment_id": place.parent.name,
            "lifecycle_stage": "active",
            "run_id": run.id,
            "run_name": run.name or run.id,
            "run_uuid": run.id,
            "source_name": "",
            "source_type": _LOCAL,
            "source_version": "",
            "start_time": int(run.started * 1000),
            "status": _NUMBERS[status],
            "tags": [],
            "user_id": run.tags.get("mlflow.user", ""),
        },
    )


def _labels(folder: Path, run: RecordedRun, values: RunValues) -> None:
    for name, points in values.metrics.items():
        lines = "".join(f"{int(each.time * 1000)} {each.value!r} {each.step}\n" for each in points)
        _file(folder / "metrics", name, lines)
    for name, text in run.properties.items():
        _file(folder / "params", label(name), text)
    tags = {**values.tags, **{label(name): text for name, text in run.tags.items()}}
    tags["mlflow.runName"] = run.name or run.id
    if run.parent:
        tags[PARENT_TAG] = run.parent
    if run.error:
        tags["error"] = run.error
    for name, text in tags.items():
        _file(folder / "tags", name, text)


def _file(folder: Path, name: str, text: str) -> None:
    """A name with slashes is a path of folders; one that another name needs as a folder gets a further letter."""
    path = folder.joinpath(*name.split("/"))
    while path.is_dir() or any(above.is_file() for above in path.parents):
        name = name.replace("/", "_") if any(above.is_file() for above in path.parents) else f"{name}_"
        path = folder.joinpath(*name.split("/"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def _meta(folder: Path, facts: dict[str, object]) -> None:
    """YAML, of which JSON's values are a part."""
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in facts.items())
    (folder / "meta.yaml").write_text(lines, encoding="utf-8", newline="")
