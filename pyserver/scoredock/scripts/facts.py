"""Gathers what the checks may know besides the text: files, registered models, the models a script is deployed with."""

from __future__ import annotations

import gc
import json
import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.context import Context
from scoredock.environments.pip.uv_cache import is_known_to_uv
from scoredock.errors import ScoredockError
from scoredock.formats.document_kind import DocumentKind
from scoredock.late_dataclass import dataclass
from scoredock.pickles.facts import PickleFacts
from scoredock.registry import Registry
from scoredock.registry.assets.environment_names import environment_versions
from scoredock.registry.store.aliases import pointed_to
from scoredock.scripts.environment import (
    OverlayReader,
    ScriptDeployment,
    environment_of_request,
    surroundings,
)
from scoredock.scripts.file_kinds import FileKinds
from scoredock.scripts.texts import encoding_of, listing, read_text
from scoredock.services.planning.project import PROJECTS

if TYPE_CHECKING:
    from scoredock.services.request import DeployRequest

logger = logging.getLogger(__name__)

_REMEMBERED_SECONDS = 1.0
_REMEMBERED_FILES = 200


@dataclass(frozen=True, slots=True)
class _StoredFacts:
    """Facts of a workspace store, as of one value of its change counter."""

    counter: int
    topics: Mapping[str, int]
    models: Mapping[str, tuple[ModelFacts, ...]]
    deployed: Mapping[str, tuple[str, ...]]
    """Entry script → models of its last deployment, by `name` or `name:version`."""
    requests: Mapping[str, Mapping[str, Any]]
    """Entry script → request of its last deployment."""
    environments: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class _Around:
    """Surroundings of one file; remembered for a moment, so that a keystroke does not read it all again."""

    until: float
    workspace_id: str | None
    surroundings: ScriptDeployment
    stored_state: object
    """What the store said of the last deployment and of its environments."""


class FactSource:
    """Facts for one document after the other; models are read again only when the store changed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._stored: dict[str, _StoredFacts] = {}
        self._around: dict[Path, _Around] = {}
        self._kinds = FileKinds(context.overlays)

    def invalidate(self) -> None:
        """Files around the documents changed, or their unsaved texts."""
        with self._lock:
            self._around.clear()
        self._kinds.clear()

    def kind(self, path: Path, text: str) -> DocumentKind | None:
        """Kind of a file of ours; None for those of others."""
        return self._kinds.kind(path, text)

    def facts(self, path: Path) -> Facts:
        """Facts around this file. Never raises: what cannot be read is not known."""
        overlays = self._context.overlays()
        workspace_id, stored = self._workspace(path)
        importer = self._kinds.importer(path)
        script = path if importer is None else Path(importer.script)  # a module runs where its script does
        deployed = _deployed(stored, script) if stored is not None else None
        around = self._look_around(script, overlays, workspace_id, stored, deployed or ()).surroundings
        return Facts(
            path=str(path),
            exists=lambda name: name in overlays or os.path.exists(name),  # noqa: PTH110 (strings from user files)
            is_folder=os.path.isdir,
            listing=listing,
            read=lambda name: read_text(Path(name), overlays),
            pickle=partial(self._pickle, workspace_id),
            models=stored.models if stored is not None and not around.unseen_model else None,
            deployed_models=deployed if deployed is not None else around.models,
            environments=stored.environments if stored is not None else None,
            environment=around.environment,
            configuration=around.configuration,
            source_directory=around.source_directory,
            script_only=around.script_only,
            in_script_folder=around.in_script_folder,
            overlays=overlays,
            is_package=is_known_to_uv,
            imported_by=importer.script if importer is not None else "",
            surely_imported=importer is None or importer.surely,
            settings=PROJECTS.settings(path, overlays),
            encoding=encoding_of(path),
            migration=bool(self._context.settings.get("scoredock.check.migration")),
        )

    def facts_of_deployment(self, path: Path, request: DeployRequest) -> Facts:
        """The same with the environment and the models of a deployment of this script that was asked for."""
        facts = self.facts(path)
        names = [reference.partition(":")[0].partition("@")[0] for reference in request.models or ()]
        known = facts.models or {}
        models = tuple(known[name][-1] for name in names if name in known) or facts.deployed_models
        workspace_id, _ = self._workspace(path)
        registry = self._context.workspaces.open(workspace_id) if workspace_id else None
        reader = OverlayReader(registry, facts.overlays)
        environment = environment_of_request(request, path, reader, models or (), self._settings)
        return replace(facts, environment=environment or facts.environment, deployed_models=models)

    def _pickle(self, workspace_id: str | None, model: ModelFacts, path: str) -> PickleFacts | None:
        from scoredock.services.planning.pickle_contents import pickle_of

        registry = self._context.workspaces.open(workspace_id) if workspace_id else None
        return pickle_of(registry, model, path)

    def _workspace(self, path: Path) -> tuple[str | None, _StoredFacts | None]:
        """The workspace of a file, remembered for a moment, and what its store says now."""
        with self._lock:
            known = self._around.get(path)
        workspace_id = known.workspace_id if known is not None and time.monotonic() < known.until else None
        try:
            if workspace_id is None:
                workspace_id = self._context.workspace_of(path).id
            return workspace_id, self._read(workspace_id)
        except ScoredockError as error:
            logger.info("no models for %s: %s", path, error)
        return workspace_id, None

    def _look_around(
        self,
        path: Path,
        overlays: Mapping[str, str],
        workspace_id: str | None,
        stored: _StoredFacts | None,
        models: tuple[ModelFacts, ...],
    ) -> _Around:
        last = stored.requests.get(str(path)) if stored is not None else None
        stored_state = (last, stored.topics, models) if stored is not None else None
        with self._lock:
            known = self._around.get(path)
        if known is not None and time.monotonic() < known.until and known.stored_state == stored_state:
            return known
        around = ScriptDeployment()
        if path.suffix.lower() == ".py":
            registry = self._context.workspaces.open(workspace_id) if stored is not None and workspace_id else None
            around = surroundings(path, OverlayReader(registry, overlays), last, models, self._settings)
        found = _Around(time.monotonic() + _REMEMBERED_SECONDS, workspace_id, around, stored_state)
        with self._lock:
            if len(self._around) > _REMEMBERED_FILES:
                self._around.clear()
            self._around[path] = found
        return found

    def _settings(self) -> tuple[str, str]:
        """Interpreter and index, which decide what an environment is built from."""
        chosen = self._context.settings
        return str(chosen.get("scoredock.environment.interpreter")), str(chosen.get("scoredock.environment.indexUrl"))

    def _read(self, workspace_id: str) -> _StoredFacts:
        registry = self._context.workspaces.open(workspace_id)
        counter = registry.store.change_counter()
        with self._lock:
            cached_facts = self._stored.get(workspace_id)
        if cached_facts is not None and cached_facts.counter == counter:
            return cached_facts
        # Services write to the store all the time; what is known of thousands of models is read anew only when it
        # changed.
        topics = registry.store.changes()
        same = cached_facts is not None and topics and cached_facts.topics == topics
        models = cached_facts.models if cached_facts is not None and same else _models(registry)
        environments = (
            cached_facts.environments if cached_facts is not None and same else environment_versions(registry.assets)
        )
        deployed, requests = _last_deployments(registry)
        found = _StoredFacts(counter, topics, models, deployed, requests, environments)
        with self._lock:
            self._stored[workspace_id] = found
        return found


def _models(registry: Registry) -> dict[str, tuple[ModelFacts, ...]]:
    # Ten thousand versions are a hundred thousand small objects; looking for garbage amid them doubles the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _read_models(registry)
    finally:
        if collecting:
            gc.enable()


def _read_models(registry: Registry) -> dict[str, tuple[ModelFacts, ...]]:
    used = registry.used_by()
    with registry.store.read() as connection:
        cursor = connection.cursor()
        cursor.row_factory = None  # tuples: a sqlite3.Row costs more than all the rest for ten thousand versions
        rows = cursor.execute(
            "SELECT name, version, framework, framework_version, labels FROM model_versions WHERE deleted IS NULL"
        ).fetchall()
    labels = json.loads(f"[{','.join([row[4] for row in rows])}]")  # at once, a third of the time of one by one
    metadata = {
        (name, version): (framework, number, tuple(tags.items()))
        for (name, version, framework, number, _), (tags, _) in zip(rows, labels, strict=True)
    }
    grouped: dict[str, list[ModelFacts]] = defaultdict(list)
    for name, version, paths in registry.trees():
        framework, number, tags = metadata.get((name, version), ("", "", ()))
        users = tuple(used.get(f"{name}:{version}", ()))
        grouped[name].append(ModelFacts(name, version, paths, framework, number, tags, users))
    return {name: tuple(versions) for name, versions in grouped.items()}


def _last_deployments(registry: Registry) -> tuple[dict[str, tuple[str, ...]], dict[str, dict[str, Any]]]:
    """Entry script → models of its last deployment, aliases as the versions that they point to now; and its request."""

    def meant(reference: str) -> str:
        name, at, alias = reference.partition("@")
        version = pointed_to(connection, name, alias) if at else None
        return reference if version is None else f"{name}:{version}"

    # Not by way of Deployments: engines and environments cost start-up time that no check needs.
    with registry.store.read() as connection:
        rows = connection.execute("SELECT entry_script, request FROM last_deployments ORDER BY updated").fetchall()
        requests = {script: json.loads(request) for script, request in map(tuple, rows)}
        deployed = {script: tuple(map(meant, each.get("models") or ())) for script, each in requests.items()}
        return deployed, requests


def _deployed(stored: _StoredFacts, path: Path) -> tuple[ModelFacts, ...] | None:
    """The models of the last deployment of this very script; None when one of them is gone."""
    asked = stored.deployed.get(str(path))
    if asked is None:
        return None
    models: list[ModelFacts] = []
    for reference in asked:
        name, _, version = reference.partition(":")
        match = [found for found in stored.models.get(name, ()) if not version or str(found.version) == version]
        if not match:
            return None
        models.append(match[-1])
    return tuple(models)


__all__ = ["FactSource", "read_text"]
