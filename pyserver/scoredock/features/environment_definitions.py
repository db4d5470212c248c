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


def definition(reference: str, context: Context) -> dict[str, Any]:
    """One version. Raises ScoredockError `asset-not-found`."""
    from scoredock.registry.assets import environments as environment_records

    assets = context.registry("").assets
    record = assets.get("environment", reference)
    found = environment_records.of_record(assets, record)
    conda = _conda(found.text) if found.conda is not None else None
    if conda is None and found.requirements is not None:
        conda = _conda_of(record.name, [line for line in found.requirements if line])
    return _document(
        record.name,
        str(record.version),
        conda,
        image=found.image or None,
        dockerfile=found.dockerfile or None,
        variables=dict(found.variables or {}),
        user_managed=found.user_managed,
    )


def scaffold(name: str) -> dict[str, Any]:
    """The default environment of v1 under a name, to be changed and registered."""
    return _document(name, None, _conda_of(name, ["azureml-defaults"]), image=_IMAGE)


def name_in(path: Path) -> str:
    """What an `azureml_environment.json` calls itself. Raises ScoredockError `file-not-found`, `file-unreadable`."""
    place = Place(str(path))
    try:
        told = json.loads(path.read_bytes()[:_BYTES])
    except FileNotFoundError:
        raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path), place=place) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ScoredockError(
            "file-unreadable", l10n.t("{path} cannot be read: {error}.", path=path, error=error), place=place
        ) from error
    name = told.get("name") if isinstance(told, dict) else None
    if not isinstance(name, str) or not name:
        raise ScoredockError("file-unreadable", l10n.t("{path} has no name.", path=path), place=place)
    return name


def _conda(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _conda_of(name: str, pip: list[str]) -> dict[str, Any]:
    return {"name": name, "channels": ["conda-forge"], "dependencies": [f"python={_PYTHON}", {"pip": pip}]}


def _document(name: str, version: str | None, conda: Any, **more: Any) -> dict[str, Any]:
    """`more`: image, dockerfile, variables, user_managed."""
    return {
        "name": name,
        "version": version,
        "environmentVariables": more.get("variables") or {},
        "python": {
            "userManagedDependencies": more.get("user_managed") is True,
            "interpreterPath": "python",
            "condaDependenciesFile": None,
            "baseCondaEnvironment": None,
            "condaDependencies": conda,
        },
        "docker": {"enabled": False, "baseImage": more.get("image"), "baseDockerfile": more.get("dockerfile")},
        "inferencingStackVersion": None,
    }
