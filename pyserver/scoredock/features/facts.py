"""Gathers what the checks may know besides the text: files, registered models, the models a script is deployed with."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from scoredock.configs.facts import Facts, ModelFacts
from scoredock.errors import ScoredockError
from scoredock.features.context import Context
from scoredock.registry.records import ModelVersion

logger = logging.getLogger(__name__)

_NAMES_LIMIT = 2_000
"""Names of one folder that are looked at; a folder with more is no project folder."""
_CONFIG_BYTES = 1_000_000


class FactSource:
    """Facts for one document after the other; models are read again only when the store changed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._models: dict[str, tuple[int, Mapping[str, tuple[ModelFacts, ...]]]] = {}

    def facts(self, path: Path) -> Facts:
        """What is known around this file. Never raises: what cannot be read is not known."""
        models: Mapping[str, tuple[ModelFacts, ...]] | None = None
        deployed: tuple[ModelFacts, ...] | None = None
        try:
            info = self._context.workspace_of(path)
            models = self._models_of(info.id)
            deployed = self._deployed(info.id, path, models)
        except ScoredockError as error:
            logger.info("no workspace facts for %s: %s", path, error)
        overlays = self._context.overlays()
        return Facts(
            path=str(path),
            exists=lambda name: name in overlays or os.path.exists(name),  # noqa: PTH110 (strings from user files)
            is_folder=os.path.isdir,
            listing=_listing,
            models=models,
            deployed_models=deployed,
            packages=self._packages(path, overlays) if path.suffix.lower() == ".py" else None,
            overlays=overlays,
        )

    def _models_of(self, workspace_id: str) -> Mapping[str, tuple[ModelFacts, ...]]:
        registry = self._context.workspaces.open(workspace_id)
        counter = registry.store.change_counter()
        with self._lock:
            cached = self._models.get(workspace_id)
        if cached is not None and cached[0] == counter:
            return cached[1]
        grouped: dict[str, list[ModelFacts]] = {}
        for version in sorted(registry.models(), key=lambda found: (found.name, found.version)):
            grouped.setdefault(version.name, []).append(_model_facts(version))
        found = {name: tuple(versions) for name, versions in grouped.items()}
        with self._lock:
            self._models[workspace_id] = (counter, found)
        return found

    def _deployed(
        self, workspace_id: str, path: Path, models: Mapping[str, tuple[ModelFacts, ...]]
    ) -> tuple[ModelFacts, ...] | None:
        """The models of the last deployment of this very script."""
        if path.suffix.lower() != ".py":
            return None
        request = self._context.deployments(workspace_id).last_request(path.parent)
        if request is None or not request.entry_script or Path(request.entry_script).name != path.name:
            return None
        chosen: list[ModelFacts] = []
        for reference in request.models:
            name, _, version = reference.partition(":")
            versions = models.get(name, ())
            match = [found for found in versions if not version or str(found.version) == version]
            if not match:
                return None
            chosen.append(match[-1])
        return tuple(chosen)

    def _packages(self, path: Path, overlays: Mapping[str, str]) -> Mapping[str, str] | None:
        """Distributions of the environment file that the inference configuration beside the script names."""
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
                return _by_name((*spec.conda, *spec.pip)) if spec is not None else None
        return None


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


def _model_facts(version: ModelVersion) -> ModelFacts:
    return ModelFacts(version.name, version.version, tuple(file.path for file in version.files))


def _by_name(requirements: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for requirement in requirements:
        match = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)", requirement)
        if match:
            found[re.sub(r"[-_.]+", "-", match[1]).lower()] = match[2].strip()
    return found
