"""Files of a project that a deployment can be made of: scripts, configurations, files of packages, files of models."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

from scoredock.context import Context
from scoredock.late_dataclass import dataclass
from scoredock.scripts.texts import read_text

KINDS = ("entry-script", "inference-config", "deployment-config", "conda", "requirements", "environment")
_DEPTH = 2
"""Folders below the chosen one that are looked into: projects keep the script in a source directory."""
_MOST_TEXTS = 500
_MOST_ENTRIES = 200_000
_MOST_MODELS = 50
_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "azureml-app", "azureml-models"})
"""The last two are what packages of services hold."""
_ENVIRONMENT_MARKS = frozenset({"pyvenv.cfg", "conda-meta"})
_TEXTS = (".py", ".json", ".yml", ".yaml", ".txt")
_MODEL_FILE = re.compile(
    r".+\.(?:pkl|pickle|joblib|sav|onnx|pt|pth|h5|hdf5|keras|skops|ubj|bst|safetensors|lgb|xgb|cbm)"
    r"|.*(?:model|lgb|lightgbm|xgb|xgboost|booster|trees).*\.(?:txt|json)",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(r".*(?:config|requirements|sample|request|schema|card|metrics).*\.(?:txt|json)", re.IGNORECASE)
_MODEL_FOLDERS = frozenset({"MLmodel", "saved_model.pb"})
"""Files that make a model of the folder they lie in."""


@dataclass(slots=True)
class DeployableFiles:
    """Absolute paths, nearest to the folder first."""

    kinds: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    models: list[str] = field(default_factory=list)
    """Files and folders that look like models by their names."""

    @property
    def environments(self) -> list[str]:
        """Files that say which packages."""
        return [*self.kinds["conda"], *self.kinds["requirements"], *self.kinds["environment"]]


def look(folder: Path, context: Context, depth: int = _DEPTH) -> DeployableFiles:
    """Deployable files in a folder and in those below it. Bounded, and silent about what cannot be read."""
    from scoredock.formats.document_kind import kind_of

    files = DeployableFiles()
    texts = 0
    for current, names, folders in levels(folder, depth):
        whole = next((name for name in names if name in _MODEL_FOLDERS), "")
        if whole and current != folder:
            files.models.append(str(current))
            folders.clear()
            continue
        for name in names:
            path = current / name
            if _MODEL_FILE.fullmatch(name) and not _NO_MODEL.fullmatch(name):
                files.models.append(str(path))
            if not name.lower().endswith(_TEXTS) or texts >= _MOST_TEXTS:
                continue
            texts += 1
            text = read_text(path, context.overlays())
            kind = kind_of(str(path), text) if text is not None else None
            if kind in files.kinds:
                files.kinds[kind].append(str(path))
                files.models = [each for each in files.models if each != str(path)]
    del files.models[_MOST_MODELS:]
    return files


def levels(folder: Path, depth: int = _DEPTH) -> Iterator[tuple[Path, list[str], list[Path]]]:
    """Each folder with the names of its files and the folders in it that are looked into next, level by level. Who
    empties the last keeps it from that."""
    level, entry_count = [folder], 0
    for below in range(depth + 1):
        following: list[Path] = []
        for current in level:
            try:
                with os.scandir(current) as entries:
                    first = zip(entries, range(_MOST_ENTRIES - entry_count), strict=False)
                    here = [(entry.name, entry.is_dir()) for entry, _ in first]
            except (OSError, ValueError):
                continue
            entry_count += len(here)
            if current != folder and any(name in _ENVIRONMENT_MARKS for name, _ in here):
                continue
            inner = [current / name for name, is_folder in sorted(here) if is_folder and _is_looked_into(name)]
            names = sorted(name for name, is_folder in here if not is_folder)
            yield current, names, inner
            following += inner if below < depth else []
        level = following


def _is_looked_into(name: str) -> bool:
    return not name.startswith(".") and name not in _SKIPPED
