"""Examples of described values: what a sample's items look like in the swagger documents."""

import base64
import sys
from datetime import date, datetime
from typing import Any, Dict

from scoredock_runtime import schema

Json = Dict[str, Any]

_DAY = "%Y-%m-%d"
_MOMENT = "%Y-%m-%d %H:%M:%S,%f"


def example_of(value: Any, fragment: Json) -> Any:
    """The value as JSON, by what its fragment says of it.

    Raises AttributeError for moments that Python's own types cannot hold, and what conversions raise."""
    kind, form = fragment["type"], fragment.get("format")
    if schema.strict and value is None:
        return None
    if kind == "object":
        if "properties" in fragment:
            return {name: example_of(value[name], inner) for name, inner in fragment["properties"].items()}
        if "additionalProperties" in fragment:
            return {name: example_of(value[name], fragment["additionalProperties"]) for name in value}
        return str(value)
    if kind == "array":
        return [example_of(value[index], fragment["items"]) for index in range(len(value))]
    if kind == "number":
        return float(value)
    if kind == "integer":
        return int(value)
    if kind == "boolean" and schema.strict:
        return bool(value)
    if kind == "string" and form == "date":
        return _moment(value, _DAY)
    if kind == "string" and form == "date-time":
        return _moment(value, _MOMENT)
    if kind == "string" and form == "binary":
        return base64.b64encode(value).decode()
    return str(value)


def _moment(value: Any, form: str) -> str:
    """Text of a date or time of NumPy, of pandas, and in strict mode of Python as well."""
    pandas = sys.modules.get("pandas")
    if form == _MOMENT and pandas is not None and type(value) is pandas.Timestamp:
        return str(value.strftime(form))
    if schema.strict:
        moment = value if isinstance(value, date) else value.astype(datetime)
        return str(moment.strftime(form)) if isinstance(moment, date) else str(value)
    return str(value.astype(datetime).strftime(form))
