"""Names that are proposed for services: inside their grammar, and free."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments

_LONGEST = 32
_OF_CODE = frozenset({"src", "source", "code", "score", "scoring", "onlinescoring", "inference", "app", "scripts"})
"""Folders that say nothing of the project they belong to."""
_OF_MODELS = frozenset({"model", "models", "output", "outputs", "artifacts"})
"""Folders below a project in which its models lie."""


def service_name(text: str) -> str:
    """A name inside the grammar of services (3 to 32 lowercase letters, digits and dashes) that resembles `text`."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower())
    name = re.sub(r"^[^a-z]+", "", name)[:_LONGEST].strip("-")
    return name if len(name) >= 3 else f"{name}-service".lstrip("-")


def project_name(folder: Path) -> str:
    """Name of a project's folder, or of the one above if the folder's own name only says that it holds code."""
    above = folder.parent.name
    return above if folder.name.lower() in _OF_CODE and above else folder.name


def folder_of_model(path: Path) -> Path:
    """The folder of the project that a model file or folder belongs to."""
    folder = path.parent
    return folder.parent if folder.name.lower() in _OF_MODELS and folder.parent.name else folder


def free_name(proposed_name: str, existing: Sequence[str]) -> str:
    """The name, with a number where it is taken."""
    name = proposed_name
    for number in range(2, len(existing) + 2):
        if name not in existing:
            break
        ending = f"-{number}"
        name = proposed_name[: _LONGEST - len(ending)].rstrip("-") + ending
    return name


def serving_without_code(model: str, path: str, existing: Sequence[str], deployments: Deployments) -> str:
    """The service that serves this model (any version of it), or this path that is not registered, without a script;
    empty when there is none."""
    for name in existing:
        known = deployments.ledger.one(name)
        if known is None or known.current is None:
            continue
        request = known.current.request
        if request.entry_script or request.inference_config:
            continue
        former = request.models[0].partition(":")[0] if request.models else ""
        if (path and request.model_path == path) or (former and former == model.partition(":")[0]):
            return name
    return ""
