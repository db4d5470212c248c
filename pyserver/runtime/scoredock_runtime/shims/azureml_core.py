"""`from azureml.core import Model`, the one name of azureml-core that entry scripts need in a service; the others say
so, under `azureml.core.workspace` and `azureml.core.run` as well."""

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
        raise ImportError(
            f"azureml.core.{name} needs the real package: add azureml-core to the environment. In a service of"
            " Scoredock there is no workspace and no run; pass what the script needs as a model, a file or a variable."
            " [sdk-not-here]"
        )
    raise AttributeError(f"module 'azureml.core' has no attribute {name!r}")
