"""Contents of AZUREML_MODEL_DIR when a script is deployed with the known models."""

from __future__ import annotations

from collections.abc import Iterable

from scoredock.analysis.facts import Facts, ModelFacts

FOLDER = "azureml-models"
"""Folder of all deployed models, in a service."""


def model_files(facts: Facts) -> Iterable[str]:
    """Paths below AZUREML_MODEL_DIR: of the deployed models, or of the newest version of every model."""
    if facts.deployed_models is not None:
        if len(facts.deployed_models) == 1:
            return facts.deployed_models[0].files
        return [f"{m.name}/{m.version}/{path}" for m in facts.deployed_models for path in m.files]
    return [path for versions in (facts.models or {}).values() if versions for path in versions[-1].files]


def model_folder(models: tuple[ModelFacts, ...]) -> str:
    """Value of AZUREML_MODEL_DIR, as a path from the working directory of a service."""
    return f"{FOLDER}/{models[0].name}/{models[0].version}" if len(models) == 1 else FOLDER


def path_of_model(name: str, version: int | None, facts: Facts) -> str | None:
    """Path that get_model_path returns: the one file or folder of the version, below the folder of all models; None for
    a model that is not deployed."""
    deployed = [m for m in facts.deployed_models or () if m.name == name and version in (None, m.version)]
    if not deployed:
        return None
    found = max(deployed, key=lambda m: m.version)
    tops = {path.split("/")[0] for path in found.files}
    return f"{FOLDER}/{name}/{found.version}/{tops.pop()}" if len(tops) == 1 else None
