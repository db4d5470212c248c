"""`ModelDataCollector`: collects model data in a service."""

from __future__ import annotations

import os
from typing import Any

__all__ = ["ModelDataCollector"]

_DEBUG = "AML_MODEL_DC_DEBUG"
"""Variable of v1 by which rows are printed."""


class ModelDataCollector:
    """Collects nothing outside of a service, and says so, as in v1."""

    def __init__(
        self,
        model_name: str,
        designation: str = "default",
        feature_names: Any = None,
        workspace: str = "default/default/default",
        webservice_name: str = "default",
        model_version: Any = "default",
        collection_name: str = "default",
        **kwargs: Any,
    ) -> None:
        self._is_printed = os.environ.get(_DEBUG, "").lower() == "true"
        if not self._is_printed:
            print(f"No model data of {model_name} is collected outside of a service; with {_DEBUG}=true it is printed.")

    def collect(self, input_data: Any, user_correlation_id: str = "") -> None:
        """Prints the rows where the environment wants that."""
        if self._is_printed:
            print(input_data)

    def add_correlations(self, input_data: Any, correlation_list: Any) -> Any:
        """The rows as they are: without a request there is nothing that they are of."""
        return input_data
