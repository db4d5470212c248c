"""`from azureml.core import Model`, the one name of azureml-core that entry scripts need in a service."""

from __future__ import annotations

from typing import Any

from scoredock_runtime.shims.azureml_core_model import Model

__all__ = ["Model"]

_ELSEWHERE = (
    "Dataset",
    "Datastore",
    "Environment",
    "Experiment",
    "Image",
    "Keyvault",
    "Run",
    "Webservice",
    "Workspace",
)


def __getattr__(name: str) -> Any:
    if name in _ELSEWHERE:
        raise ImportError(f"azureml.core.{name} needs the real package: add azureml-core to the environment.")
    raise AttributeError(f"module 'azureml.core' has no attribute {name!r}")
