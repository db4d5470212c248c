"""Gathers what the checks may know besides the text: files, registered models, the models a script is deployed with."""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scoredock.configs.facts import EnvironmentFacts, Facts, ModelFacts
from scoredock.errors import ScoredockError
from scoredock.features.context import Context
from scoredock.registry import Registry
from scoredock.registry.aliases import pointed_to
from scoredock.registry.assets.environment_names import environment_versions

logger = logging.getLogger(__name__)

_NAMES_LIMIT = 2_000
"""Names of one folder that are looked at; a folder with more is no project folder."""
_CONFIG_BYTES = 1_000_000
_REMEMBERED_SECONDS = 1.0
_REMEMBERED_FILES = 200


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a workspace store says, as of one value of its change counter."""

    counter: int
    topics: Mapping[str, int]
    models: Mapping[str, tuple[ModelFacts, ...]]
    deployed: Mapping[str, tuple[str, ...]]
    """Entry script → models of its last deployment, by `name` or `name:version`."""
    environments: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class _Around:
    """What lies around one file; remembered for a moment, so that a keystroke does not read it all again."""

    until: float
    workspace_id: str | None
    environment: EnvironmentFacts | None


class FactSource:
    """Facts for one document after the other; models are read again only when the store changed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._stored: dict[str, _Stored] = {}
        self._around: dict[Path, _Around] = {}

    def invalidate(self) -> None:
        """Files around the documents changed, or their unsaved texts."""
        with self._lock:
            self._around.clear()

    def facts(self, path: Path) -> Facts:
        """What is known around this file. Never raises: what cannot be read is not known."""
        overlays = self._context.overlays()
        around = self._look_around(path, overlays)
        stored: _Stored | None = None
        try:
            if around.workspace_id is not None:
                stored = self._read(around.workspace_id)
        except ScoredockError as error:
            logger.info("no models for %s: %s", path, error)
        return Facts(
            path=str(path),
            exists=lambda name: name in overlays or os.path.exists(name),  # noqa: PTH110 (strings from user files)
            is_folder=os.path.isdir,
            listing=_listing,
            models=stored.models if stored is not None else None,
            deployed_models=_deployed(stored, path) if stored is not None else None,
            environments=stored.environments if stored is not None else None,
            environment=around.environment,
            overlays=overlays,
        )

    def _look_around(self, path: Path, overlays: Mapping[str, str]) -> _Around:
        now = time.monotonic()
        with self._lock:
            known = self._around.get(path)
        if known is not None and now < known.until:
            return known
        workspace_id = None
        try:
            workspace_id = self._context.workspace_of(path).id
        except ScoredockError as error:
            logger.info("no workspace for %s: %s", path, error)
        environment = self._environment(path, overlays) if path.suffix.lower() == ".py" else None
        found = _Around(now + _REMEMBERED_SECONDS, workspace_id, environment)
        with self._lock:
            if len(self._around) > _REMEMBERED_FILES:
                self._around.clear()
            self._around[path] = found
        return found

    def _read(self, workspace_id: str) -> _Stored:
        registry = self._context.workspaces.open(workspace_id)
        counter = registry.store.change_counter()
        with self._lock:
            known = self._stored.get(workspace_id)
        if known is not None and known.counter == counter:
            return known
        # Services write to the store all the time; what is known of thousands of models is read anew only when it changed.
        topics = registry.store.changes()
        same = known is not None and topics and known.topics == topics
        models = known.models if known is not None and same else _models(registry)
        environments = known.environments if known is not None and same else environment_versions(registry.assets)
        found = _Stored(counter, topics, models, _last_deployments(registry), environments)
        with self._lock:
            self._stored[workspace_id] = found
        return found

    def _environment(self, path: Path, overlays: Mapping[str, str]) -> EnvironmentFacts | None:
        """The environment of the file that the inference configuration beside the script names."""
        from scoredock.configs.conda import parse_conda
        from scoredock.configs.inference import parse_inference

        for folder in (path.parent, path.parent.parent):
            for name in sorted(_listing(str(folder))):
                if not re.fullmatch(r".*inference.*config.*\.json", name, re.IGNORECASE):
                    continue
                text = read_text(folder / name, overlays)
                config = parse_inference(text, Facts(path=str(folder / name)))[0] if text else None
                if config is None or Path(config.entry_script).name != path.name or not config.conda_file:
                    continue
                base = folder / config.source_directory if config.source_directory else folder
                conda = read_text(base / config.conda_file, overlays) or read_text(folder / config.conda_file, overlays)
                spec = parse_conda(conda, Facts())[0] if conda else None
                if spec is None:
                    return None
                return EnvironmentFacts(
                    str(base / config.conda_file),
                    spec.name,
                    packages=_by_name((*spec.conda, *spec.pip)),
                    complete=not any(line.startswith("-") for line in spec.pip),
                )
        return None


def _models(registry: Registry) -> dict[str, tuple[ModelFacts, ...]]:
    grouped: dict[str, list[ModelFacts]] = {}
    for name, version, paths in registry.trees():
        grouped.setdefault(name, []).append(ModelFacts(name, version, paths))
    return {name: tuple(versions) for name, versions in grouped.items()}


def _last_deployments(registry: Registry) -> dict[str, tuple[str, ...]]:
    """Entry script → models of its last deployment, aliases as the versions that they point to now."""

    def meant(reference: str) -> str:
        name, at, alias = reference.partition("@")
        version = pointed_to(connection, name, alias) if at else None
        return reference if version is None else f"{name}:{version}"

    # Not by way of Deployments: engines and environments cost start-up time that no check needs.
    with registry.store.read() as connection:
        rows = connection.execute("SELECT entry_script, request FROM last_deployments ORDER BY updated").fetchall()
        return {
            script: tuple(map(meant, json.loads(request).get("models") or ())) for script, request in map(tuple, rows)
        }


def _deployed(stored: _Stored, path: Path) -> tuple[ModelFacts, ...] | None:
    """The models of the last deployment of this very script; None when one of them is gone."""
    asked = stored.deployed.get(str(path))
    if asked is None:
        return None
    chosen: list[ModelFacts] = []
    for reference in asked:
        name, _, version = reference.partition(":")
        match = [found for found in stored.models.get(name, ()) if not version or str(found.version) == version]
        if not match:
            return None
        chosen.append(match[-1])
    return tuple(chosen)


def read_text(path: Path, overlays: Mapping[str, str]) -> str | None:
    """The unsaved or the stored text of a small file; None when it cannot be read."""
    if str(path) in overlays:
        return overlays[str(path)]
    try:
        if path.stat().st_size > _CONFIG_BYTES or not path.is_file():
            return None
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _listing(folder: str) -> Sequence[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry, _ in zip(entries, range(_NAMES_LIMIT), strict=False)]
    except OSError:
        return ()


def _by_name(requirements: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for requirement in requirements:
        match = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)", requirement)
        if match:
            found[re.sub(r"[-_.]+", "-", match[1]).lower()] = match[2].strip()
    return found
