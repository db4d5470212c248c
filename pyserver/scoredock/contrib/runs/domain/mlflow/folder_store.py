"""Runs in an `mlruns` folder: `<experiment>/<run>/{meta.yaml,metrics,params,tags,artifacts}`, and since MLflow 3
`<experiment>/models/<model>`.

A run or experiment with a fault is left out alone; for a folder in which nothing can be read, an error is raised.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.runs.domain.mlflow.local_artifacts import (
    LocalFolder,
    StoredInFolders,
    read_small,
    read_tail,
    split_location,
    unsupported_place,
)
from scoredock.contrib.runs.domain.mlflow.records import (
    LONGEST_VALUE,
    MOST_LABELS,
    PARENT_TAG,
    ExperimentRecord,
    Holder,
    LoggedModel,
    RunRecord,
    StoreKind,
    experiment_missing,
    finite,
    is_id,
    parse_page,
    require_few_children,
    require_id,
    run_missing,
    seconds,
)
from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry.grammar import printable
from scoredock.small_yaml import small_yaml

logger = logging.getLogger(__name__)

_META_BYTES = 256 << 10
_METRIC_BYTES = 1 << 20
"""Of a metric's history only the end is read: the last value stands there."""
_MOST_RUNS = 50_000
_EXPERIMENTS_A_PAGE = 200
_STATUS = {"1": "RUNNING", "2": "SCHEDULED", "3": "FINISHED", "4": "FAILED", "5": "KILLED"}
_PLAIN_LINE = re.compile(r"([a-z_]+): (?:'([^'\\\n]*)'|([A-Za-z0-9_./\-]+)|\[\]|\{\})")
"""What MLflow writes nearly always; small_yaml reads the rest, thirty times slower."""


class FolderStore(StoredInFolders):
    """See `records.TrackingStore`."""

    kind: StoreKind = "folder"

    def __init__(self, root: Path, cancel: CancelToken) -> None:
        self.uri = str(root)
        self._root = root
        self._cancel = cancel
        self._seen: dict[str, list[RunRecord]] = {}
        """Runs of an experiment without their labels: a store is opened for one question, which may need them twice."""

    def close(self) -> None:
        """Does nothing, as nothing is held open."""

    def check(self) -> None:
        self._all()

    def experiments(self, page: str) -> tuple[list[ExperimentRecord], str]:
        active = sorted(self._all(), key=lambda one: (-one.created, one.id))
        some, following = _page(active, page, _EXPERIMENTS_A_PAGE)
        return [replace(one, runs=self._count(one.id)) for one in some], following

    def experiment(self, id: str) -> ExperimentRecord:
        fields = self._fields(self._root / require_id(id, "experiment") / "meta.yaml", strict=True)
        experiment = self._experiment_of(id, fields, strict=True) if fields is not None and _active(fields) else None
        if experiment is None:
            raise experiment_missing(id, self.uri)
        return experiment

    def runs(self, experiment_id: str, parent: str, page: str, limit: int) -> tuple[list[RunRecord], str]:
        heads = self._heads(experiment_id)
        there = {run.id for run in heads}
        chosen = [run for run in heads if (run.parent if run.parent in there else "") == parent]
        chosen.sort(key=lambda run: (-(run.started or 0), run.id))
        some, following = _page(chosen, page, limit)
        return [self._with_labels(run) for run in some], following

    def parents(self, experiment_id: str, among: list[str]) -> set[str]:
        wanted = set(among)
        return {run.parent for run in self._heads(experiment_id) if run.parent in wanted}

    def children(self, run: RunRecord) -> list[RunRecord]:
        found = [each for each in self._heads(run.experiment_id) if each.parent == run.id]
        require_few_children(run, found)
        found.sort(key=lambda each: (each.started or 0, each.id))
        return [self._with_labels(each) for each in found]

    def run(self, id: str) -> RunRecord:
        require_id(id, "run")
        for experiment in self._names(self._root):
            if (self._root / experiment / id / "meta.yaml").exists():
                found = self._head(experiment, id, strict=True)
                if found is not None:
                    return self._with_labels(found)
        raise run_missing(id, self.uri)

    def logged_models(self, experiment_id: str, run_ids: Sequence[str]) -> list[LoggedModel]:
        folder = self._root / require_id(experiment_id, "experiment") / "models"
        wanted_run_ids = set(run_ids)
        models = []
        for name in self._names(folder):
            try:
                fields = _meta(folder / name / "meta.yaml")
            except (OSError, ValueError):
                continue
            run_id = _text(fields, "source_run_id")
            if run_id not in wanted_run_ids or not _active(fields):
                continue
            created = seconds(fields.get("creation_timestamp")) or 0.0
            uri = _text(fields, "artifact_location")
            models.append(LoggedModel(name, _text(fields, "name") or name, uri, experiment_id, run_id, created))
        return sorted(models, key=lambda model: (-model.created, model.id))

    def folder(self, holder: Holder) -> LocalFolder:
        """Folder of the artifacts: in their place in this folder, wherever it was moved to since."""
        below = (
            holder.experiment_id,
            *(("models",) if isinstance(holder, LoggedModel) else ()),
            holder.id,
            "artifacts",
        )
        usual = self._root.joinpath(*below)
        if not usual.exists() and holder.artifact_uri:
            scheme, path = split_location(holder.artifact_uri)
            if scheme not in ("", "file"):
                raise unsupported_place(holder.artifact_uri, scheme)
            if tuple(Path(path).parts[-len(below) :]) != below:
                raise ScoredockError(
                    "run-artifact-unsupported",
                    l10n.t(
                        "The artifacts are stored in {path}, outside {folder}. Scoredock does not read other folders.",
                        path=printable(path),
                        folder=self._root,
                    ),
                    place=Place(self.uri),
                )
        return LocalFolder(self._root, below, holder, self._cancel)

    # ------------------------------------------------------------------------------------------ files

    def _all(self) -> list[ExperimentRecord]:
        """Active experiments. Raises when there is nothing here that can be read."""
        if self._root.is_symlink():
            raise ScoredockError(
                "run-store-unsupported",
                l10n.t("{folder} is a symbolic link, which is not followed.", folder=self._root),
                l10n.t("Give the folder that it points to."),
                place=Place(self.uri),
            )
        readable_count = folder_count = 0
        experiments = []
        for name in self._names(self._root):
            self._cancel.raise_if_cancelled()
            path = self._root / name / "meta.yaml"
            fields = self._fields(path, strict=False)
            experiment = self._experiment_of(name, fields) if fields is not None else None
            if experiment is not None:
                readable_count += 1
                experiments += [experiment] if _active(fields) else []
            folder_count += os.path.lexists(path)
        if not readable_count and not self._root.exists():
            raise ScoredockError(
                "run-store-unreadable", l10n.t("{path} does not exist.", path=self._root), place=Place(self.uri)
            )
        if not readable_count:
            message = l10n.t("{folder} has no MLflow experiments.", folder=self._root)
            if folder_count:
                message = l10n.t("{folder} has no MLflow experiment that can be read.", folder=self._root)
            raise ScoredockError("run-store-unreadable", message, place=Place(self.uri))
        return experiments

    def _names(self, folder: Path) -> list[str]:
        """Names below that can be ids."""
        try:
            with os.scandir(folder) as entries:
                return sorted(
                    entry.name for entry in entries if is_id(entry.name) and entry.is_dir(follow_symlinks=False)
                )
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ScoredockError(
                "run-store-unreadable",
                l10n.t("{path} cannot be read: {error}.", path=folder, error=error.strerror),
                place=Place(str(folder)),
            ) from error

    def _experiment_of(self, id: str, fields: dict[str, object], *, strict: bool = False) -> ExperimentRecord | None:
        if not _text(fields, "name"):
            path = self._root / id / "meta.yaml"
            self._broken(path, l10n.t("{path} has no name.", path=path), strict)
            return None
        return ExperimentRecord(id, _text(fields, "name"), created=seconds(fields.get("creation_time")) or 0.0)

    def _count(self, id: str) -> int:
        folder = self._root / id
        return sum(1 for name in self._names(folder) if os.path.lexists(folder / name / "meta.yaml"))

    def _heads(self, experiment_id: str) -> list[RunRecord]:
        """All active runs of an experiment with nothing of their folders read but the parent."""
        if experiment_id in self._seen:
            return self._seen[experiment_id]
        self.experiment(experiment_id)
        runs = []
        names = self._names(self._root / experiment_id)
        if len(names) > _MOST_RUNS:
            raise ScoredockError(
                "run-store-unsupported",
                l10n.t(
                    "The experiment {id} has more than {limit:,} runs.",
                    id=experiment_id,
                    limit=_MOST_RUNS,
                ),
            )
        for name in names:
            self._cancel.raise_if_cancelled()
            head = self._head(experiment_id, name)
            if head is not None:
                runs.append(head)
        self._seen[experiment_id] = runs
        return runs

    def _head(self, experiment_id: str, id: str, *, strict: bool = False) -> RunRecord | None:
        path = self._root / experiment_id / id / "meta.yaml"
        fields = self._fields(path, strict)
        if fields is None or not _active(fields):
            return None
        run_id = _text(fields, "run_id") or _text(fields, "run_uuid")  # the older name of the same
        if run_id != id:
            self._broken(path, l10n.t("{path} belongs to the run {id}.", path=path, id=printable(run_id)), strict)
            return None
        parent = self._label(path.with_name("tags") / PARENT_TAG)
        status = _text(fields, "status")
        return RunRecord(
            id=id,
            name=_text(fields, "run_name") or _text(fields, "name"),
            experiment_id=experiment_id,
            status=_STATUS.get(status, status or "UNKNOWN"),
            started=seconds(fields.get("start_time")),
            ended=seconds(fields.get("end_time")),
            artifact_uri=_text(fields, "artifact_uri"),
            tags={PARENT_TAG: parent} if parent else {},
        )

    def _fields(self, path: Path, strict: bool) -> dict[str, object] | None:
        try:
            return _meta(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            self._broken(path, l10n.t("{path} cannot be read: {error}.", path=path, error=why), strict)
            return None

    def _broken(self, path: Path, message: str, strict: bool) -> None:
        """Raises where just this one was asked for; else it is passed over."""
        if strict:
            raise ScoredockError("run-store-unreadable", message, place=Place(str(path)))
        logger.info("%s", message)

    def _with_labels(self, run: RunRecord) -> RunRecord:
        folder = self._root / run.experiment_id / run.id
        tags = self._labels(folder / "tags", self._label)
        metrics = self._labels(folder / "metrics", _last_value)
        return RunRecord(
            id=run.id,
            name=run.name or tags.get("mlflow.runName", ""),
            experiment_id=run.experiment_id,
            status=run.status,
            started=run.started,
            ended=run.ended,
            artifact_uri=run.artifact_uri,
            metrics={key: value for key, value in metrics.items() if value is not None},
            params=self._labels(folder / "params", self._label),
            tags=tags,
        )

    def _labels(self, folder: Path, read: Callable[[Path], Any]) -> dict[str, Any]:
        """Key → value; a key with slashes is a path of folders."""
        values_by_key: dict[str, Any] = {}
        for path in _files(folder):
            self._cancel.raise_if_cancelled()
            if len(values_by_key) >= MOST_LABELS:
                break
            with contextlib.suppress(OSError, ValueError):
                values_by_key[path.relative_to(folder).as_posix()] = read(path)
        return values_by_key

    def _label(self, path: Path) -> str:
        try:
            return read_small(path, LONGEST_VALUE).decode("utf-8", "replace")
        except (OSError, ValueError):
            return ""


def _files(folder: Path) -> Iterator[Path]:
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        try:
            with os.scandir(here) as entries:
                below = sorted(entries, key=lambda entry: entry.name)[: 2 * MOST_LABELS]
        except OSError:
            continue
        for entry in below:
            if entry.is_dir(follow_symlinks=False) and depth < 8:
                waiting.append((Path(entry.path), depth + 1))
            elif entry.is_file(follow_symlinks=False):
                yield Path(entry.path)


def _last_value(path: Path) -> float | None:
    """Lines are `timestamp value step`; the last value is that of the greatest step, then time, then value."""
    content, whole = read_tail(path, _METRIC_BYTES)
    lines = content.decode("ascii", "replace").splitlines()
    best: tuple[int, int, float] | None = None
    for line in lines if whole else lines[1:]:
        words = line.split()
        if len(words) < 2:
            continue
        try:
            at = (int(words[2]) if len(words) > 2 else 0, int(words[0]), float(words[1]))
        except ValueError:
            continue
        if best is None or at[:2] > best[:2] or (at[:2] == best[:2] and not at[2] <= best[2]):
            best = at
    return finite(best[2]) if best is not None else None


def _meta(path: Path) -> dict[str, object]:
    """Raises OSError and ValueError."""
    content = read_small(path, _META_BYTES + 1)
    if len(content) > _META_BYTES:
        raise ValueError(l10n.t("it is larger than 256 KiB"))
    text = content.decode("utf-8")
    fields: dict[str, object] = {}
    for line in text.splitlines():
        match = _PLAIN_LINE.fullmatch(line)
        if match is None:
            return small_yaml(content)
        fields[match[1]] = match[2] if match[2] is not None else match[3] or ""
    return fields


def _active(fields: dict[str, object] | None) -> bool:
    return fields is not None and fields.get("lifecycle_stage", "active") == "active"


def _text(fields: dict[str, object], key: str) -> str:
    value = fields.get(key)
    return value[:LONGEST_VALUE] if isinstance(value, str) and value != "null" else ""


def _page(items: list[Any], page: str, limit: int) -> tuple[list[Any], str]:
    start = parse_page(page)
    following = start + limit
    return items[start:following], str(following) if following < len(items) else ""
