"""`Model.get_model_path` as it behaves inside a service: it only looks at the files that were deployed."""

import os
from typing import Any, Optional

# As in v1 this is decided when the module is imported.
MODELS_DIR = os.path.join(os.environ.get("AML_APP_ROOT", ""), "azureml-models")


class ModelNotFoundException(Exception):
    """The model is not among those deployed with the service."""


class Model:
    """Stands for a registered model; in a service only its path can be asked for."""

    def __init__(self, *_: Any, **__: Any) -> None:
        raise RuntimeError(
            "Model objects need the real package: add azureml-sdk, which brings azureml-core, to the environment. In a"
            " service of Scoredock Model.get_model_path(name) gives the path of a deployed model. [sdk-not-here]"
        )

    @staticmethod
    def get_model_path(model_name: str, version: Optional[int] = None, _workspace: Any = None) -> str:
        """Path of the deployed file or folder; without a version the newest one.

        Raises ModelNotFoundException, and ValueError for a version that is none."""
        if version is not None and not isinstance(version, int):
            raise ValueError("version should be an int")
        folder = os.path.join(MODELS_DIR, model_name)
        if not os.path.isdir(folder):
            return _beside(model_name)
        chosen = _newest(folder) if version is None else version
        versioned = os.path.join(folder, str(chosen))
        if not os.path.isdir(versioned):
            raise ModelNotFoundException(
                f"Model {model_name} with version {chosen} not found in cache at {MODELS_DIR}; "
                f"there: {', '.join(sorted(os.listdir(folder))) or 'none'}."
            )
        entries = os.listdir(versioned)
        if len(entries) != 1:
            raise ModelNotFoundException(f"Dir {versioned} can contain only 1 file or folder. Found {entries}")
        return os.path.join(versioned, entries[0])


def _newest(folder: str) -> int:
    versions = [int(entry) for entry in os.listdir(folder)]
    if not versions:
        raise ModelNotFoundException(f"versions is empty: {folder} holds no version of the model.")
    return max(versions)


def _beside(model_name: str) -> str:
    if os.path.exists(model_name):
        return model_name
    known = sorted(os.listdir(MODELS_DIR)) if os.path.isdir(MODELS_DIR) else []
    raise ModelNotFoundException(
        f"Model {model_name} not found in cache at {MODELS_DIR} or in current working directory {os.getcwd()}. "
        f"Deployed models: {', '.join(known) or 'none'}."
    )
