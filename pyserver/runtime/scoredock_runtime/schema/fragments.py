"""Swagger fragments of plain Python values, made of the samples of schemas."""

import base64
from datetime import date, datetime, time, timezone
from typing import Any, Callable, Dict

from scoredock_runtime.schema.parameter_type import AbstractParameterType

Json = Dict[str, Any]

DATE_FORMAT = "%Y-%m-%d"
_DATETIME_FORMAT = "%Y-%m-%d %H:%M:%S.%f %z"
_TIME_FORMAT = "%H:%M:%S.%f %z"


def plain_fragment(value: Any) -> Json:
    """Fragment of a sample by its exact type; what is not known is any object."""
    make = _KINDS.get(type(value))
    return {"type": "object", "example": value} if make is None else make(value)


def _plain(kind: str, form: str = "") -> Callable[[Any], Json]:
    def make(value: Any) -> Json:
        return {"type": kind, **({"format": form} if form else {}), "example": value}

    return make


def _text(form: str, show: Callable[[Any], str]) -> Callable[[Any], Json]:
    return lambda value: {"type": "string", "format": form, "example": show(value)}


def _encoded(value: Any) -> str:
    return base64.b64encode(value).decode()


def _zoned(value: Any) -> Any:
    """Without a zone UTC is meant."""
    return value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)


def array_of(values: Any) -> Json:
    """Described by its last item, and the first decides whether parameter types are meant, as in the library."""
    items: Json = {"type": "object"}
    examples = []
    if values:
        described = isinstance(values[0], AbstractParameterType)
        for value in values:
            items = value.input_to_swagger() if described else plain_fragment(value)
            examples.append(items.pop("example"))
    return {"type": "array", "items": items, "example": examples}


def object_of(values: Dict[Any, Any]) -> Json:
    """All keys of the sample are required."""
    fragments: Json = {}
    examples: Json = {}
    for key, value in values.items():
        described = isinstance(value, AbstractParameterType)
        fragments[key] = value.input_to_swagger() if described else plain_fragment(value)
        examples[key] = fragments[key].pop("example")
    return {"type": "object", "required": list(values), "properties": fragments, "example": examples}


_KINDS: Dict[type, Callable[[Any], Json]] = {
    int: _plain("integer", "int64"),
    float: _plain("number", "double"),
    str: _plain("string"),
    bool: _plain("boolean"),
    bytes: _text("byte", _encoded),
    bytearray: _text("byte", _encoded),
    date: _text("date", lambda value: str(value.strftime(DATE_FORMAT))),
    datetime: _text("date-time", lambda value: str(_zoned(value).strftime(_DATETIME_FORMAT))),
    time: _text("time", lambda value: str(_zoned(value).strftime(_TIME_FORMAT))),
    list: array_of,
    tuple: array_of,
    range: array_of,
    dict: object_of,
}
