"""Registered environments as `azureml_environment.json` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scoredock.registry.assets.assets import Assets

_PYTHON = "3.10"
_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"


def definition(reference: str, assets: Assets) -> dict[str, Any]:
    """A registered version or a curated environment. Raises ScoredockError `asset-not-found`."""
    from scoredock.registry.assets.environment_definition import sections
    from scoredock.registry.assets.environments import resolve

    found = resolve(assets, reference)
    return {**sections(found.definition), "version": found.id.partition(":")[2] or None}


def scaffold(name: str) -> dict[str, Any]:
    """The default environment of v1 under a name, to be changed and registered."""
    from scoredock.checks.configs.environment.conda import CondaSpec
    from scoredock.registry.assets.environment_definition import Definition, sections

    packages = CondaSpec(name, f"={_PYTHON}", pip=("azureml-defaults",), channels=("conda-forge",))
    return {**sections(Definition(conda=packages, image=_IMAGE, name=name)), "version": None}
