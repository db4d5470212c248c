"""`from azureml.core import Model`, the one name of azureml-core that entry scripts need in a service; the others say
so, under `azureml.core.workspace` and `azureml.core.run` as well."""

import os
import sys
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


_WITH_GETATTR = (3, 7)
"""Python whose modules may have one."""
_REASON = (
    "azureml.core.{} needs the real package: add azureml-core to the environment. In a service of Scoredock there is no"
    " workspace and no run; pass what the script needs as a model, a file or a variable. [sdk-not-here]"
)
_REASON_IN_JOBS = (
    "azureml.core.{} of a pipeline's step needs Python 3.7 or newer here, and this is Python 3.6. Change the Python of"
    " the environment, or take the nearest versions that install: `scoredock sdk run --modernize`. [sdk-not-here]"
)


def __getattr__(name: str) -> Any:
    if name in _ELSEWHERE:
        raise ImportError(_REASON.format(name))
    raise AttributeError(f"module 'azureml.core' has no attribute {name!r}")


class _Absent:
    """A name in Python 3.6, whose modules have no `__getattr__`: it can be imported and says why it is not used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, _: str) -> Any:
        raise ImportError((_REASON_IN_JOBS if os.environ.get("SCOREDOCK_BATCH_SDK") else _REASON).format(self._name))

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self.__getattr__("")


if sys.version_info < _WITH_GETATTR:
    globals().update((name, _Absent(name)) for name in _ELSEWHERE)
