"""Stand-ins for the Azure packages that entry scripts import; a package that is really installed wins.

May import: `contract`, `base` and `observability`, and Flask late. Door: `install`; scripts then import by Azure's
names.
"""

import importlib
import os
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, Dict, Optional, Sequence

if TYPE_CHECKING:
    from importlib.abc import Loader, MetaPathFinder
else:
    # The base classes do nothing for ours, and loading them would be 4 ms of every worker's start.
    Loader = MetaPathFinder = object

OUTPUT, LOGS, AGENT = "AZUREML_BI_OUTPUT_PATH", "SCOREDOCK_BATCH_LOGS", "SCOREDOCK_BATCH_AGENT"
"""Variables by which a worker of a batch job tells the script its folders and its name."""
SDK = "SCOREDOCK_BATCH_SDK"
"""The one that names the folder of the SDK, for a job that a pipeline of it has submitted."""
ORIGIN = "scoredock-runtime"
"""Of the modules that are ours, in their specifications."""
_SHIMS, _SCHEMA = "scoredock_runtime.shims", "scoredock_runtime.schema"

MODULES: Dict[str, str] = {
    # Import name: our module whose names it has; an empty one is a package that only holds others.
    "azureml": "",
    "azureml.core": f"{_SHIMS}.azureml_core",
    "azureml.core.model": f"{_SHIMS}.azureml_core_model",
    "azureml.core.run": f"{_SHIMS}.azureml_core_run",
    "azureml.automl": "",
    "azureml.automl.core": "",
    "azureml.automl.core.shared": "",
    "azureml.automl.core.shared.log_server": f"{_SHIMS}.automl_logging",
    "azureml.automl.core.shared.logging_utilities": f"{_SHIMS}.automl_logging",
    "azureml.telemetry": f"{_SHIMS}.automl_logging",
    "azureml.contrib": "",
    "azureml.contrib.services": f"{_SHIMS}.aml_services",
    "azureml.contrib.services.aml_request": f"{_SHIMS}.aml_request",
    "azureml.contrib.services.aml_response": f"{_SHIMS}.aml_response",
    "azureml.datacollector": f"{_SHIMS}.azureml_monitoring",
    "azureml.monitoring": f"{_SHIMS}.azureml_monitoring",
    "azureml.monitoring.modeldatacollector": f"{_SHIMS}.azureml_monitoring",
    "azureml_user": "",
    "azureml_user.parallel_run": f"{_SHIMS}.parallel_run",
    "azureml_inference_server_http": "",
    "azureml_inference_server_http.log_config": f"{_SHIMS}.aml_log_config",
    "azureml_inference_server_http.api": "",
    "azureml_inference_server_http.api.aml_request": f"{_SHIMS}.aml_request",
    "azureml_inference_server_http.api.aml_response": f"{_SHIMS}.aml_response",
    "inference_schema": "",
    "inference_schema.schema_decorators": f"{_SCHEMA}.decorators",
    "inference_schema.schema_util": f"{_SCHEMA}.registry",
    "inference_schema.parameter_types": "",
    "inference_schema.parameter_types.abstract_parameter_type": f"{_SCHEMA}.parameter_type",
    "inference_schema.parameter_types.numpy_parameter_type": f"{_SCHEMA}.numpy_type",
    "inference_schema.parameter_types.pandas_parameter_type": f"{_SCHEMA}.pandas_type",
    "inference_schema.parameter_types.standard_py_parameter_type": f"{_SCHEMA}.standard_type",
    "inference_schema.parameter_types.spark_parameter_type": f"{_SCHEMA}.spark_type",
}

_WHOLE = ("azureml.contrib.services.aml_request", "azureml.contrib.services.aml_response")
"""Modules below `azureml` of which every name is here: another one cannot be imported, as in Azure."""


class LastResort(MetaPathFinder):
    """Asked when no installed package has the module."""

    def find_spec(
        self,
        fullname: str,
        path: Optional[Sequence[str]],
        target: Any = None,  # noqa: ARG002 (the import system's signature)
    ) -> Optional[ModuleSpec]:
        """Named by the import system; None for what is not ours."""
        if fullname in MODULES:
            is_package = any(name.startswith(f"{fullname}.") for name in MODULES)
            return ModuleSpec(fullname, _Names(MODULES[fullname]), origin=ORIGIN, is_package=is_package)
        if not fullname.startswith("azureml."):
            return None
        from scoredock_runtime.shims.absent import is_served

        return ModuleSpec(fullname, _Names(""), origin=ORIGIN, is_package=True) if is_served(fullname, path) else None


class _Names(Loader):
    """Gives a module the names of one of ours. Raises what importing that raises, such as a missing numpy."""

    def __init__(self, ours: str) -> None:
        self._ours = ours

    def create_module(self, spec: ModuleSpec) -> Optional[ModuleType]:
        """One below `azureml` that is not here whole has every name; None is the import system's default."""
        if not spec.name.startswith("azureml.") or spec.name in _WHOLE:
            return None
        from scoredock_runtime.shims.absent import AzureModule

        return AzureModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Copies the names."""
        if self._ours:
            names = vars(importlib.import_module(self._ours))
            kept = ("__all__", "__doc__", "__version__")
            vars(module).update({k: v for k, v in names.items() if not k.startswith("__") or k in kept})


_SDK = os.path.join("scoredock_azureml", "packages")
"""The end of the folder in which scoredock-azureml keeps the SDK for scripts that deploy: no service reads it, and a
batch job only where a pipeline gave it a run."""


def install() -> None:
    """Puts the finder last; harmless when it is there."""
    sys.path[:] = [each for each in sys.path if not each.endswith(_SDK)]
    if not any(isinstance(finder, LastResort) for finder in sys.meta_path):
        sys.meta_path.append(LastResort())


def real_sdk() -> str:
    """The azureml-core that imports of `azureml` find before ours, and where it is; empty where it is ours, or nobody
    has imported any."""
    package = sys.modules.get("azureml")
    for folder in getattr(package, "__path__", ()):
        core = os.path.join(folder, "core")
        if os.path.isdir(core):
            beside = os.listdir(os.path.dirname(folder))
            names = [each.replace(".dist", "").split("-") for each in beside if each.startswith("azureml_core-")]
            return f"azureml-core {names[0][1]} ({core})" if names else core
    return ""
