"""Facts from the opcodes of the pickles of a version, for checks of what will load them. Nothing is loaded."""

from __future__ import annotations

from pathlib import Path

from scoredock.analysis.facts import ModelFacts
from scoredock.errors import ScoredockError
from scoredock.pickles.facts import PickleFacts
from scoredock.registry import Registry
from scoredock.registry.formats.recognise import pickle_facts


def pickle_of(registry: Registry | None, model: ModelFacts, path: str) -> PickleFacts | None:
    """Facts about the pickle at a path in the version; None if it is not a pickle, or cannot be read. Never raises."""
    if model.folder:
        return pickle_facts(Path(model.folder) / path)
    if registry is None:
        return None
    try:
        version = registry.model(f"{model.name}:{model.version}")
    except ScoredockError:
        return None
    file = next((each for each in version.files if each.path == path), None)
    return pickle_facts(registry.blob(file.sha256)) if file is not None else None
