"""Data frames (public as `inference_schema.parameter_types.pandas_parameter_type`)."""

import json
import warnings
from io import StringIO
from typing import Any, Dict, List, Tuple

import pandas as pd  # type: ignore[import-untyped,unused-ignore]

from scoredock_runtime.schema.fragments import array_of, object_of
from scoredock_runtime.schema.parameter_type import AbstractParameterType

__all__ = ["PandasParameterType"]

Json = Dict[str, Any]

_NAIVE_TO_AWARE = "Cannot use .astype to convert from timezone-naive dtype to timezone-aware dtype"
_ORIENTS = ("split", "records", "index", "columns", "values", "table")


class PandasParameterType(AbstractParameterType):
    """Data frame of pandas. By default the sample's column types are applied, and the number of columns must match."""

    __module__ = "inference_schema.parameter_types.pandas_parameter_type"  # messages show it

    def __init__(
        self,
        sample_input: Any,
        enforce_column_type: bool = True,
        enforce_shape: bool = True,
        apply_column_names: bool = False,
        orient: str = "records",
    ) -> None:
        if not isinstance(sample_input, pd.DataFrame):
            raise Exception("Invalid sample input provided, must provide a sample Pandas Dataframe.")
        super().__init__(sample_input)
        self.enforce_column_type = enforce_column_type
        self.enforce_shape = enforce_shape
        if apply_column_names:
            message = "apply_column_names is a deprecated parameter and will be removed in a future update"
            warnings.warn(message, DeprecationWarning, stacklevel=2)
        self.apply_column_names = apply_column_names
        if orient not in _ORIENTS:
            raise Exception(
                "Invalid orient provided, must be one of ('split', 'records', 'index', 'columns', 'values', or 'table')"
            )
        self.orient = orient

    def deserialize_input(self, input_data: Any) -> Any:
        """Data frame of the value that came as JSON. Raises Exception for what is not a frame, and ValueError for
        another number of columns."""
        if isinstance(input_data, pd.DataFrame):
            return input_data
        if not isinstance(input_data, (list, dict)):
            raise Exception(f"Error, unable to convert input of type {type(input_data)} into Pandas Dataframe")
        frame = pd.read_json(StringIO(json.dumps(input_data)), orient=self.orient, dtype=False)
        if self.apply_column_names:
            frame.columns = self.sample_input.columns.copy()
        if self.enforce_column_type:
            frame = self._typed(frame)
        if self.enforce_shape:
            self._check_shape(frame.shape)
        return frame

    def _typed(self, frame: Any) -> Any:
        known = self.sample_input.dtypes.to_dict()
        wanted = {column: known.get(column, object) for column in frame.columns}
        for column, dtype in wanted.items():
            if str(dtype).startswith("timedelta"):
                frame[column] = pd.to_timedelta(frame[column])
        try:
            return frame.astype(dtype=wanted)
        except TypeError as fault:
            if _NAIVE_TO_AWARE not in fault.args[0]:
                raise
            raise Exception(
                "As of pandas 2.0, can no longer convert from timezone-naive dtype to timezone-aware dtype. "
                "Please make sure that the provided input data matches the expected timezone handling of the "
                "provided deployment sample."
            ) from fault

    def _check_shape(self, shape: Tuple[int, ...]) -> None:
        expected = self.sample_input.shape
        if shape[1] != expected[1]:
            raise ValueError(
                f"Invalid input data frame: data frame has size {shape[1]} on dimension #1, "
                f"while expected value is {expected[1]}"
            )

    def input_to_swagger(self) -> Json:
        """Described by what pandas itself writes for the sample.

        Raises KeyError for moments and durations in a sample without rows."""
        sample = json.loads(self.sample_input.to_json(orient=self.orient, date_format="iso"))
        fragment = array_of(sample) if self.orient in ("records", "values") else object_of(sample)
        self._mark_moments(fragment)
        fragment["format"] = f"pandas.DataFrame:{self.orient}"
        return fragment

    def _mark_moments(self, fragment: Json) -> None:
        """Gives columns of moments and durations their format, in orientations that name columns."""
        dtypes = self.sample_input.dtypes
        forms = [(str(column), _form(str(dtypes[column]))) for column in self.sample_input.columns]
        if self.orient == "columns":
            for name, form in forms:
                for cell in fragment["properties"][name]["properties"].values():
                    cell.update(form)
            return
        rows: List[Json] = []
        if self.orient == "records":
            rows = [fragment["items"]]
        elif self.orient == "index":
            rows = list(fragment["properties"].values())
        elif self.orient == "table":
            rows = [fragment["properties"]["data"]["items"]]
        for row in rows:
            for name, form in forms:
                if form:
                    row["properties"][name].update(form)


def _form(dtype: str) -> Json:
    """By the name of a column's type; empty for what JSON has itself."""
    if dtype.startswith("datetime"):
        return {"format": "date-time"}
    return {"format": "timedelta"} if dtype.startswith("timedelta") else {}
