"""Stand-ins for the Azure packages that entry scripts import; a package that is really installed wins."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any, Dict, Optional, Sequence

MODULES: Dict[str, str] = {
    # Import name: our module behind it; an empty one is a package that only holds others.
    "azureml": "",
    "azureml.core": "azureml_core",
    "azureml.core.model": "azureml_core_model",
    "azureml.contrib": "",
    "azureml.contrib.services": "",
    "azureml.contrib.services.aml_request": "aml_request",
    "azureml.contrib.services.aml_response": "aml_response",
    "azureml_inference_server_http": "",
    "azureml_inference_server_http.api": "",
    "azureml_inference_server_http.api.aml_request": "aml_request",
    "azureml_inference_server_http.api.aml_response": "aml_response",
    "inference_schema": "",
    "inference_schema.schema_decorators": "schema_decorators",
    "inference_schema.schema_util": "schema_util",
    "inference_schema.parameter_types": "",
    "inference_schema.parameter_types.abstract_parameter_type": "abstract_parameter_type",
    "inference_schema.parameter_types.numpy_parameter_type": "numpy_parameter_type",
    "inference_schema.parameter_types.pandas_parameter_type": "pandas_parameter_type",
    "inference_schema.parameter_types.standard_py_parameter_type": "standard_py_parameter_type",
    "inference_schema.parameter_types.spark_parameter_type": "spark_parameter_type",
}


class LastResort(MetaPathFinder):
    """Asked when no installed package has the module."""

    def find_spec(
        self,
        fullname: str,
        path: Optional[Sequence[str]],  # noqa: ARG002 (the import system's signature)
        target: Any = None,  # noqa: ARG002
    ) -> Optional[ModuleSpec]:
        """Named by the import system; None for what is not ours."""
        module = MODULES.get(fullname)
        if module is None:
            return None
        is_package = any(name.startswith(f"{fullname}.") for name in MODULES)
        if not module:
            spec = ModuleSpec(fullname, _Empty(), is_package=True)
            spec.submodule_search_locations = []
            return spec
        file = os.path.join(os.path.dirname(__file__), f"{module}.py")
        return importlib.util.spec_from_file_location(
            fullname, file, submodule_search_locations=[] if is_package else None
        )


class _Empty(Loader):
    """Loads a package without contents."""

    def create_module(self, spec: ModuleSpec) -> None:
        """None is the import system's default."""

    def exec_module(self, module: Any) -> None:
        """Nothing to run."""


def install() -> None:
    """Puts the finder last; harmless when it is there."""
    if not any(isinstance(finder, LastResort) for finder in sys.meta_path):
        sys.meta_path.append(LastResort())
