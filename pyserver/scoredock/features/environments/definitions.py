"""Registered environments as `azureml_environment.json` has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.features.context import Context

_BYTES = 1_000_000
_PYTHON = "3.10"
_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"


def definition(reference: str, context: Context, workspace: str = "") -> dict[str, Any]:
    """A registered version or a curated environment. Raises ScoredockError `asset-not-found`."""
    from scoredock.registry.assets.environment_definition import sections
    from scoredock.registry.assets.environments import resolve

    found = resolve(context.registry(workspace).assets, reference)
    return {**sections(found.definition), "version": found.id.partition(":")[2] or None}


def scaffold(name: str) -> dict[str, Any]:
    """The default environment of v1 under a name, to be changed and registered."""
    from scoredock.checks.configs.environment.conda import CondaSpec
    from scoredock.registry.assets.environment_definition import Definition, sections

    packages = CondaSpec(name, f"={_PYTHON}", pip=("azureml-defaults",), channels=("conda-forge",))
    return {**sections(Definition(conda=packages, image=_IMAGE, name=name)), "version": None}


def name_in(path: Path) -> str:
    """What an `azureml_environment.json` calls itself. Raises ScoredockError `file-not-found`, `file-unreadable`."""
    place = Place(str(path))
    try:
        document = json.loads(path.read_bytes()[:_BYTES])
    except FileNotFoundError:
        raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path), place=place) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ScoredockError(
            "file-unreadable", l10n.t("{path} cannot be read: {error}.", path=path, error=error), place=place
        ) from error
    name = document.get("name") if isinstance(document, dict) else None
    if not isinstance(name, str) or not name:
        raise ScoredockError("file-unreadable", l10n.t("{path} has no name.", path=path), place=place)
    return name
