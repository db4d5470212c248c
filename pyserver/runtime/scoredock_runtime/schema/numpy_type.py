"""NumPy arrays (public as `inference_schema.parameter_types.numpy_parameter_type`)."""

from typing import Any, Dict, Tuple

import numpy as np

from scoredock_runtime import schema
from scoredock_runtime.schema.examples import example_of
from scoredock_runtime.schema.parameter_type import AbstractParameterType

__all__ = ["NumpyParameterType"]

Json = Dict[str, Any]

_UNITS = {
    "years": "Y",
    "months": "M",
    "weeks": "W",
    "days": "D",
    "hours": "h",
    "minutes": "m",
    "seconds": "s",
    "milliseconds": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
    "picoseconds": "ps",
    "femtoseconds": "fs",
    "attoseconds": "as",
}


class NumpyParameterType(AbstractParameterType):
    """Array of NumPy. By default the sample's dtype is applied, and all dimensions but the first must match."""

    __module__ = "inference_schema.parameter_types.numpy_parameter_type"  # messages show it

    def __init__(self, sample_input: Any, enforce_column_type: bool = True, enforce_shape: bool = True) -> None:
        if not isinstance(sample_input, np.ndarray):
            raise Exception("Invalid sample input provided, must provide a sample Numpy array.")
        super().__init__(sample_input)
        self.enforce_column_type = enforce_column_type
        self.enforce_shape = enforce_shape

    def deserialize_input(self, input_data: Any) -> Any:
        """Array of the value that came as JSON. Raises ValueError for what is not a list or has another shape, and what
        NumPy raises."""
        if isinstance(input_data, np.ndarray):
            return input_data
        if not isinstance(input_data, list):
            raise ValueError("Invalid input format: expected an array of items.")
        if self.enforce_column_type:
            dtype = self.sample_input.dtype
            if len(dtype) or dtype.kind in "Mm":
                for index, item in enumerate(input_data):
                    input_data[index] = _item(item, dtype)
            array = np.array(input_data, dtype=dtype)
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
        """Fragment that describes the sample. Raises TypeError for a dtype that JSON cannot carry and for a sample
        without dimensions."""
        item = _dtype_fragment(self.sample_input.dtype)
        fragment = _nested(item, len(self.sample_input.shape))
        rows = range(len(self.sample_input))
        fragment["example"] = [example_of(self.sample_input[row], fragment["items"]) for row in rows]
        fragment["format"] = "numpy.ndarray"
        return fragment


def _nested(item: Json, depth: int) -> Json:
    """At least one array around it."""
    for _ in range(max(1, depth)):
        item = {"type": "array", "items": item}
    return item


def _dtype_fragment(dtype: Any) -> Json:
    if dtype.names:
        return {"type": "object", "properties": {name: _dtype_fragment(dtype[name]) for name in dtype.names}}
    if dtype.subdtype is not None:
        return _nested(_dtype_fragment(dtype.subdtype[0]), len(dtype.subdtype[1]))
    return _scalar_fragment(dtype.name.lower())


def _scalar_fragment(name: str) -> Json:
    """By the lower-case name of a dtype."""
    if name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
        return {"type": "integer", "format": name}
    exact: Dict[str, Json] = {
        "bool": {"type": "boolean"},
        "float16": {"type": "number", "format": "float"},
        "float32": {"type": "number", "format": "float"},
        "float64": {"type": "number", "format": "double"},
        "object": {"type": "object"},
    }
    if name in exact:
        return exact[name]
    families: Dict[str, Json] = {
        "datetime": {"type": "string", "format": "date-time"},
        "str": {"type": "string"},
        "bytes": {"type": "string", "format": "binary"},
        "void": {"type": "string", "format": "binary"},
        "timedelta": {"type": "string", "format": "timedelta"},
    }
    for family, fragment in families.items():
        if name.startswith(family):
            return fragment
    raise TypeError(f"We currently do not support extracting schema from data of type {name}")


def _item(value: Any, dtype: Any) -> Any:
    """Records become tuples, texts become moments and durations. Raises ValueError, KeyError, TypeError, IndexError."""
    if len(dtype):
        if type(value) is dict:
            return tuple(_item(value[name], dtype[name]) for name in dtype.names)
        return tuple(_item(value[index], dtype[index]) for index in range(len(dtype)))
    if dtype.kind not in "Mm":
        return value
    if schema.strict and type(value) is list:
        return [_item(each, dtype) for each in value]
    return np.datetime64(value) if dtype.kind == "M" else _duration(value)


def _duration(text: str) -> Any:
    """Duration in a text like `3 days`."""
    words = text.split(None, 1)
    if len(words) != 2:
        raise ValueError(
            f"Invalid numpy.timestamp64 value specified: {text}. Format should be <value> <time_unit_code>"
        )
    number, unit = int(words[0]), words[1].lower()
    if unit not in _UNITS:
        raise ValueError(f"Invalid numpy.timestamp64 value specified: {text}. Unrecognized time unit code")
    return np.timedelta64(number, _UNITS[unit])  # type: ignore[call-overload,unused-ignore]
