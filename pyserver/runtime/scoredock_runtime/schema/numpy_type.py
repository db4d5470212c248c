"""NumPy arrays (public as `inference_schema.parameter_types.numpy_parameter_type`)."""

from __future__ import annotations

import base64
from typing import Any, Dict, Tuple

import numpy as np

from scoredock_runtime.schema.parameter_type import AbstractParameterType

__all__ = ["NumpyParameterType"]

Json = Dict[str, Any]

_UNITS = {
    "years": "Y", "months": "M", "weeks": "W", "days": "D", "hours": "h", "minutes": "m", "seconds": "s",
    "milliseconds": "ms", "microseconds": "us", "nanoseconds": "ns", "picoseconds": "ps", "femtoseconds": "fs",
    "attoseconds": "as",
}  # fmt: skip


class NumpyParameterType(AbstractParameterType):
    """By default the sample's dtype is applied, and all dimensions but the first must match."""

    def __init__(self, sample_input: Any, enforce_column_type: bool = True, enforce_shape: bool = True) -> None:
        if not isinstance(sample_input, np.ndarray):
            raise Exception("Invalid sample input provided, must provide a sample Numpy array.")
        super().__init__(sample_input)
        self.enforce_column_type = enforce_column_type
        self.enforce_shape = enforce_shape

    def deserialize_input(self, input_data: Any) -> Any:
        """Raises ValueError for what is not a list or has another shape."""
        if isinstance(input_data, np.ndarray):
            return input_data
        if not isinstance(input_data, list):
            raise ValueError("Invalid input format: expected an array of items.")
        if self.enforce_column_type:
            dtype = self.sample_input.dtype
            items = [_item(each, dtype) for each in input_data] if _needs_items(dtype) else input_data
            array = np.array(items, dtype=dtype)
        else:
            array = np.array(input_data)
        if self.enforce_shape:
            self._check_shape(array.shape)
        return array

    def _check_shape(self, shape: Tuple[int, ...]) -> None:
        expected = self.sample_input.shape
        if len(shape) != len(expected):
            raise ValueError(
                f"Invalid input array: an array with {len(expected)} dimensions is expected; "
                f"input has {len(shape)} [shape {shape}]"
            )
        for dimension in range(1, len(expected)):
            if shape[dimension] != expected[dimension]:
                raise ValueError(
                    f"Invalid input array: array has size {shape[dimension]} on dimension #{dimension}, "
                    f"while expected value is {expected[dimension]}"
                )

    def input_to_swagger(self) -> Json:
        """Raises TypeError for a dtype that JSON cannot carry."""
        item = _dtype_fragment(self.sample_input.dtype)
        fragment = _nested(item, max(1, len(self.sample_input.shape)))
        fragment["example"] = [_example(each, fragment["items"]) for each in self.sample_input]
        fragment["format"] = "numpy.ndarray"
        return fragment


def _nested(item: Json, depth: int) -> Json:
    for _ in range(depth):
        item = {"type": "array", "items": item}
    return item


def _dtype_fragment(dtype: Any) -> Json:
    if dtype.names:
        return {"type": "object", "properties": {name: _dtype_fragment(dtype[name]) for name in dtype.names}}
    if dtype.subdtype is not None:
        return _nested(_dtype_fragment(dtype.subdtype[0]), len(dtype.subdtype[1]))
    return _scalar_fragment(dtype)


def _scalar_fragment(dtype: Any) -> Json:
    name = dtype.name.lower()
    if dtype.kind in "iu":
        return {"type": "integer", "format": name}
    if name in ("float16", "float32"):
        return {"type": "number", "format": "float"}
    if name == "float64":
        return {"type": "number", "format": "double"}
    simple: Dict[str, Json] = {
        "b": {"type": "boolean"},
        "O": {"type": "object"},
        "M": {"type": "string", "format": "date-time"},
        "m": {"type": "string", "format": "timedelta"},
        "U": {"type": "string"},
        "S": {"type": "string", "format": "binary"},
        "V": {"type": "string", "format": "binary"},
    }
    if dtype.kind not in simple:
        raise TypeError(f"We currently do not support extracting schema from data of type {name}")
    return simple[dtype.kind]


def _example(value: Any, fragment: Json) -> Any:
    kind = fragment["type"]
    if kind == "array":
        return [_example(each, fragment["items"]) for each in value]
    if "properties" in fragment:
        return {name: _example(value[name], inner) for name, inner in fragment["properties"].items()}
    if kind == "number":
        return float(value)
    if kind == "integer":
        return int(value)
    if kind == "boolean":
        return bool(value)
    if fragment.get("format") == "binary":
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, np.datetime64):
        return str(value.astype("datetime64[us]"))
    return value if isinstance(value, (dict, list, str, int, float, bool)) else str(value)


def _needs_items(dtype: Any) -> bool:
    return bool(dtype.names) or dtype.kind in "Mm"


def _item(value: Any, dtype: Any) -> Any:
    """Records become tuples, texts become moments and durations."""
    if dtype.names:
        fields = enumerate(dtype.names)
        if isinstance(value, dict):
            return tuple(_item(value[name], dtype[name]) for _, name in fields)
        return tuple(_item(value[index], dtype[name]) for index, name in fields)
    if isinstance(value, list) and dtype.kind in "Mm":
        return [_item(each, dtype) for each in value]
    if dtype.kind == "M":
        return np.datetime64(value)
    if dtype.kind == "m":
        return _duration(value)
    return value


def _duration(text: str) -> Any:
    number, _, unit = text.strip().partition(" ")
    symbol = _UNITS.get(unit.strip().lower())
    if not unit.strip():
        raise ValueError(
            f"Invalid numpy.timestamp64 value specified: {text}. Format should be <value> <time_unit_code>"
        )
    if symbol is None:
        raise ValueError(f"Invalid numpy.timestamp64 value specified: {text}. Unrecognized time unit code")
    return np.timedelta64(int(number), symbol)  # type: ignore[call-overload,unused-ignore]
