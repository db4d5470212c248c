"""`ModelDataCollector` without Azure: rows go to CSV files of the service, in the layout of v1's storage container."""

import csv
import io
import os
import sys
import uuid
import warnings
from datetime import datetime, timezone
from typing import Any, Dict, List, Optional, Sequence

from scoredock_runtime.base import current_request, script_data
from scoredock_runtime.base.script_data import ENABLED_VARIABLE, segment

_DESIGNATIONS = ("inputs", "predictions", "labels", "signals", "general")
_PREFIX = ("$Timestamp", "$CorrelationId", "$RequestId")
_NAMED = ("signals", "general")
"""Designations whose file is called after the collection."""


class ModelDataCollector:
    """Collects rows of one model and designation. Off, and telling so once, unless the service collects data."""

    AML_DC_CORRELATION_HEADER = "$aml_dc_correlation_id"
    AML_DC_SCORING_TIMESTAMP_HEADER = "$aml_dc_scoring_timestamp"
    AML_DC_BOUNDARY_HEADER = "$aml_dc_boundary"
    AML_WORKSPACE_HEADER = "$aml_workspace"
    AML_SERVICE_NAME_HEADER = "$aml_service_name"
    AML_MODEL_NAME_HEADER = "$aml_model_name"
    AML_MODEL_VERSION_HEADER = "$aml_model_version"
    AML_REQUEST_ID_HEADER = "$aml_request_id"

    def __init__(
        self,
        model_name: str,
        designation: str = "default",
        feature_names: Optional[Sequence[str]] = None,
        workspace: str = "default/default/default",
        webservice_name: str = "default",
        model_version: Any = "default",
        collection_name: str = "default",
        *,
        identifier: Optional[str] = None,
    ) -> None:
        self._feature_names = None if feature_names is None else [str(name) for name in feature_names]
        self._debug = os.environ.get("AML_MODEL_DC_DEBUG", "").lower() == "true"
        self._stored = os.environ.get(ENABLED_VARIABLE, "").lower() == "true"
        self._active = self._debug or self._stored
        self._correlated = False
        self._designation = designation
        if not self._active:
            print(f"No model data is collected: {ENABLED_VARIABLE} is not 'true'.")
            return
        if self._debug:
            print(f"Model data is printed; it is stored as well when {ENABLED_VARIABLE} is 'true'.")
        if identifier is not None:
            self._designation = str(identifier)  # before 0.1.0a15 this was the argument's name, and any text was right
        elif designation == "default":
            self._designation = "general"
        elif designation not in _DESIGNATIONS:
            print(
                f"{designation!r} is not a designation, so nothing is collected. There are: {', '.join(_DESIGNATIONS)}."
            )
            self._active = False
            return
        named = self._designation in _NAMED and collection_name != "default"
        self._file = f"{segment(str(collection_name)) if named else 'data'}.csv"
        self._model_name = str(model_name)
        self._model_version = str(_newest(self._model_name) if model_version == "default" else model_version)
        self._collector = _collector() if self._stored else None
        known = self._collector.place if self._collector is not None else None
        if known is not None and workspace == "default/default/default":
            workspace = known.workspace
        self._workspace = workspace.lower()
        if webservice_name == "default":
            webservice_name = known.service if known is not None else os.environ.get("SERVICE_NAME") or webservice_name
        self._service = webservice_name
        self._boundary = 60 if os.environ.get("AML_MODEL_DC_BOUNDARY") == "hour" else 60 * 24

    def collect(self, input_data: Any, user_correlation_id: str = "") -> Optional[Dict[str, Any]]:
        """Keeps the rows of a list, an array or a data frame. Of one dimension it is one row, as in v1, but where one
        name says that each value is a row.

        For the designation `inputs` it gives back what `add_correlations` adds to other data of the same request."""
        if not self._active:
            return None
        table = self._frame(input_data)
        if not _is_tabular(table):
            warnings.warn(
                f"{type(input_data).__name__} is not collected; lists, NumPy arrays and data frames are.", stacklevel=2
            )
            return None
        facts = self._facts(user_correlation_id)
        inputs = self._designation == "inputs"
        if inputs:
            table = self.add_correlations(table, facts)
        self._keep(table, facts)
        return facts if inputs else None

    def add_correlations(self, input_data: Any, correlations: Optional[Dict[str, Any]]) -> Any:
        """The data with a column for each of what `collect` gave back."""
        if correlations is None:
            return input_data
        self._correlated = False
        table = self._frame(input_data)
        if not _is_tabular(table):
            warnings.warn(f"{type(input_data).__name__} takes no correlations.", stacklevel=2)
            return input_data
        self._correlated = True
        values = [correlations[name] for name in self._headers()]
        if isinstance(table, list):
            if table and isinstance(table[0], (list, tuple)):
                return [[*row, *values] for row in table]
            return [*table, *values]
        if hasattr(table, "columns"):
            return table.assign(**dict(zip(self._headers(), values)))
        numpy = sys.modules["numpy"]
        rows = table.reshape(1, -1) if table.ndim == 1 else table
        added = numpy.repeat(numpy.array([values], dtype=object), rows.shape[0], axis=0)
        return numpy.append(rows, added, axis=1)

    def _frame(self, data: Any) -> Any:
        """A frame of Spark as one of pandas, flat values of one feature as a row each; anything else as it is."""
        if hasattr(data, "toPandas"):
            return data.toPandas()
        # What correlations were added to has rows already, but for a single value, which stays flat as in v1.
        one_name = self._feature_names is not None and len(self._feature_names) == 1 and not self._correlated
        if not one_name or not _is_tabular(data) or len(data) < 2:
            return data
        if isinstance(data, list):
            return data if any(isinstance(each, (list, tuple)) for each in data) else [[each] for each in data]
        return data.reshape(-1, 1) if getattr(data, "ndim", 2) == 1 else data

    def _keep(self, table: Any, facts: Dict[str, Any]) -> None:
        names = self._feature_names
        if hasattr(table, "columns"):
            names = [str(name) for name in table.columns]
            rows: List[Sequence[Any]] = table.to_numpy(dtype=object).tolist()
        else:
            rows = _rows(table)
            if names is not None and self._correlated:
                names = [*names, *self._headers()]
        prefix = (
            facts[self.AML_DC_SCORING_TIMESTAMP_HEADER],
            facts[self.AML_DC_CORRELATION_HEADER],
            facts[self.AML_REQUEST_ID_HEADER],
        )
        if names is None:
            names = [str(index) for index in range(len(rows[0]) if rows else 0)]
        header = _text([[*_PREFIX, *names]])
        lines = [_text([[*prefix, *row]]) for row in rows]
        if self._debug:
            print(header + "".join(lines), end="")
        if self._collector is not None and lines:
            self._collector.add(
                self._model_name,
                self._model_version,
                self._designation,
                self._file,
                header.encode("utf-8", "replace"),
                [line.encode("utf-8", "replace") for line in lines],
            )

    def _facts(self, user_correlation_id: str) -> Dict[str, Any]:
        made = str(uuid.uuid4())
        return {
            self.AML_DC_SCORING_TIMESTAMP_HEADER: datetime.now(timezone.utc).replace(tzinfo=None).isoformat(),
            self.AML_REQUEST_ID_HEADER: current_request.request_id,
            self.AML_DC_CORRELATION_HEADER: f"{user_correlation_id}-{made}" if user_correlation_id != "" else made,
            self.AML_DC_BOUNDARY_HEADER: self._boundary,
            self.AML_WORKSPACE_HEADER: self._workspace,
            self.AML_SERVICE_NAME_HEADER: self._service,
            self.AML_MODEL_NAME_HEADER: self._model_name,
            self.AML_MODEL_VERSION_HEADER: self._model_version,
        }

    def _headers(self) -> List[str]:
        return [
            self.AML_DC_CORRELATION_HEADER,
            self.AML_DC_SCORING_TIMESTAMP_HEADER,
            self.AML_DC_BOUNDARY_HEADER,
            self.AML_WORKSPACE_HEADER,
            self.AML_SERVICE_NAME_HEADER,
            self.AML_MODEL_NAME_HEADER,
            self.AML_MODEL_VERSION_HEADER,
            self.AML_REQUEST_ID_HEADER,
        ]


def _collector() -> Any:
    """Takes the rows."""
    if script_data.collector is not None:
        return script_data.collector
    from scoredock_runtime.observability import collection

    return collection.for_script()


def _is_tabular(table: Any) -> bool:
    if isinstance(table, list):
        return True
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    return (numpy is not None and isinstance(table, numpy.ndarray) and table.ndim > 0) or (
        pandas is not None and isinstance(table, pandas.DataFrame)
    )


def _rows(table: Any) -> List[Sequence[Any]]:
    if isinstance(table, list):
        return list(table) if table and all(isinstance(row, (list, tuple)) for row in table) else [table]
    values = table.tolist()
    return [values] if table.ndim == 1 else values


def _text(rows: List[Sequence[Any]]) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows(rows)
    return made.getvalue()


def _newest(model_name: str) -> str:
    """The highest version of the model that was deployed; `default` when there is none."""
    folder = os.path.join(os.environ.get("AML_APP_ROOT", ""), "azureml-models", model_name)
    try:
        versions = [int(name) for name in os.listdir(folder) if name.isdigit()]
    except OSError:
        versions = []
    return str(max(versions)) if versions else "default"
