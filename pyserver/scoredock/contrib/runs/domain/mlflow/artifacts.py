"""The artifacts of one run as one tree: what was logged to the run itself, and the models that MLflow 3 keeps beside
it.

A logged model is shown at the top under its name, as MLflow's own pages do; when two models of a run have one name, or
an artifact has it, the older one is shown under its id. Its id always leads to it, too.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager

from scoredock.contrib.runs.domain.mlflow.records import (
    HISTORY_TAG,
    ArtifactEntry,
    ArtifactStream,
    Holder,
    LoggedModel,
    RunRecord,
    TrackingStore,
    artifact_missing,
    artifact_parts,
)
from scoredock.errors import ArtifactMissing, Cancelled, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.grammar import file_name_problem

_MOST_LOOKS = 16
"""Folders of one level that a server is asked about whether they hold an MLmodel."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One entry of the tree."""

    path: str
    size: int | None
    is_folder: bool
    is_model: bool
    """A folder with an MLmodel file."""


class ArtifactTree:
    """Reads from the store when asked. Paths are checked here, and by the store once more."""

    def __init__(self, store: TrackingStore, run: RunRecord) -> None:
        self._store = store
        self.run = run
        self._models: dict[str, LoggedModel] | None = None

    def models(self) -> dict[str, LoggedModel]:
        """Logged models by the name they are shown under, newest first."""
        if self._models is None:
            models: dict[str, LoggedModel] = {}
            logged = self._store.logged_models(self.run.experiment_id, [self.run.id])
            names = {entry.name for entry in self._store.entries(self.run, ())} if logged else set()
            for model in logged:
                fits = (
                    model.name not in names and not set(model.name) & set("/\\:") and not file_name_problem(model.name)
                )
                shown = model.name if fits and model.name not in (".", "..") else model.id
                names.add(shown)
                models[shown] = model
            self._models = models
        return self._models

    def list(self, path: str, *, models: bool = True) -> tuple[Artifact, ...]:
        """Entries of one level, with `models` also which folders hold a model. Raises run-artifact-missing,
        -unsupported.
        """
        parts = artifact_parts(path)
        holder, below = self._holder(parts)
        entries = self._store.entries(holder, below)
        logged = {} if parts else self.models()
        known = set(history_paths(self.run))
        artifacts = []
        looks = _MOST_LOOKS
        for entry in entries:
            inner = "/".join((*parts, entry.name))
            is_model = inner in known
            if models and entry.is_folder and not is_model and (self._store.kind != "server" or looks > 0):
                looks -= 1
                is_model = self._has_mlmodel(holder, (*below, entry.name))
            artifacts.append(Artifact(inner, entry.size, entry.is_folder, is_model and entry.is_folder))
        artifacts += [Artifact(name, None, is_folder=True, is_model=True) for name in logged]
        return tuple(sorted(artifacts, key=lambda artifact: artifact.path))

    def find(self, path: str) -> ArtifactEntry:
        """Entry at a path: a file or a folder. Raises run-artifact-missing, run-artifact-unsupported."""
        parts = artifact_parts(path)
        if not parts:
            return ArtifactEntry("", None, is_folder=True)
        holder, below = self._holder(parts)
        if not below:
            return ArtifactEntry(parts[-1], None, is_folder=True)
        for entry in self._store.entries(holder, below[:-1]):
            if entry.name == below[-1]:
                return entry
        raise artifact_missing(holder, parts)

    def has(self, path: str) -> bool:
        """True if there is something at a path."""
        try:
            self.find(path)
        except ScoredockError as error:
            if not isinstance(error, ArtifactMissing):
                raise
            return False
        return True

    def open(self, path: str) -> AbstractContextManager[ArtifactStream]:
        """Stream of one file. Raises as `list`."""
        holder, below = self._holder(artifact_parts(path))
        return self._store.open(holder, below)

    def read_small(self, path: str, limit: int) -> bytes | None:
        """The first `limit` bytes of a file; None when it is not there."""
        with contextlib.suppress(_Missing), self._small(path) as stream:
            content = b""
            while len(content) < limit and (piece := stream.read(limit - len(content))):
                content += piece
            return content
        return None

    @contextlib.contextmanager
    def _small(self, path: str) -> Iterator[ArtifactStream]:
        try:
            with self.open(path) as stream:
                yield stream
        except ScoredockError as error:
            if isinstance(error, ArtifactMissing):
                raise _Missing from error
            raise

    def _holder(self, parts: tuple[str, ...]) -> tuple[Holder, tuple[str, ...]]:
        if parts:
            models = self.models()
            by_id = {model.id: model for model in models.values()}
            model = models.get(parts[0]) or by_id.get(parts[0])
            if model is not None:
                return model, parts[1:]
        return self.run, parts

    def _has_mlmodel(self, holder: Holder, path: tuple[str, ...]) -> bool:
        try:
            return any(entry.name == "MLmodel" and not entry.is_folder for entry in self._store.entries(holder, path))
        except ScoredockError as error:
            if isinstance(error, Cancelled):
                raise
            return False


class _Missing(Exception):
    pass


def model_paths(run: RunRecord, logged: Iterable[LoggedModel]) -> list[str]:
    """Paths of the models of a run in its tree, as far as its labels and `logged` tell without a look at it."""
    found = []
    for model in logged:
        if model.run_id == run.id:
            found.append(model.name if model.name not in found else model.id)
    return found + [path for path in history_paths(run) if path not in found]


def history_paths(run: RunRecord) -> tuple[str, ...]:
    """Artifact paths of the models that MLflow before version 3 noted at the run, last one first."""
    try:
        document = json.loads(run.tags.get(HISTORY_TAG, "[]"))
    except (ValueError, RecursionError):
        return ()
    paths: list[str] = []
    for item in reversed(document) if isinstance(document, list) else ():
        path = item.get("artifact_path") if isinstance(item, dict) else None
        if isinstance(path, str) and path and path not in paths:
            with contextlib.suppress(ScoredockError):
                paths.append("/".join(artifact_parts(path)))
    return tuple(paths)
