"""Check that a file holds what Scoredock writes: one that comes from elsewhere may hold anything."""

from __future__ import annotations

import collections.abc
import json
import math
import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

_LARGEST = 16 << 20
"""Bytes of a document."""
_MAPPINGS = (dict, collections.abc.Mapping)
_T = TypeVar("_T")


def document_of(path: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises ValueError, OSError."""
    if path.stat().st_size > _LARGEST:
        raise ValueError(path.name)
    try:
        document = json.loads(path.read_bytes())
    except RecursionError as error:
        raise ValueError(path.name) from error
    if not isinstance(document, dict):
        raise ValueError(path.name)
    return document


def record_of(kind: type[_T], document: Any, *, is_exact: bool = False) -> _T:
    """The record that a file holds as `dataclasses.asdict` gives it; keys of a newer release are passed over, or
    refused with `is_exact`. Values are as they are: `require_field_types` looks at them. Raises TypeError,
    ValueError."""
    if not isinstance(document, collections.abc.Mapping):
        raise TypeError(kind.__name__)
    hints = _hints(kind)
    values = {name: each for name, each in document.items() if is_exact or name in hints}
    return kind(**{name: _value_of(hints.get(name), each) for name, each in values.items()})


_hints: Callable[[Any], dict[str, Any]] = cache(get_type_hints)


def _value_of(kind: Any, value: Any) -> Any:
    origin, kinds = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return record_of(kind, value)  # type: ignore[arg-type]
    if origin in (Union, types.UnionType):
        return value if value is None else _value_of(kinds[0], value)
    if origin is tuple and isinstance(value, list):
        several = kinds if kinds[-1] is not ... else kinds[:1] * len(value)
        return tuple(_value_of(each, one) for each, one in zip(several, value, strict=True))
    if origin in _MAPPINGS and isinstance(value, dict):
        return {kinds[0](name): _value_of(kinds[1], each) for name, each in value.items()}
    return value


def require_field_types(record: Any) -> None:
    """Each field of a dataclass, and of those in its fields, holds what it is declared to. Raises ValueError."""
    kinds = _hints(type(record))
    for each in fields(record):
        if not _suits(getattr(record, each.name), kinds[each.name]):
            raise ValueError(each.name)


def _suits(value: Any, kind: Any) -> bool:
    if kind is Any:
        return True
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return any(_suits(value, each) for each in get_args(kind))
    if origin is Literal:
        return isinstance(value, str) and value in get_args(kind)
    if origin is not None:
        return _suits_several(value, origin, get_args(kind))
    if is_dataclass(kind):
        return type(value) is kind and _has_field_types(value)
    return _is_one(value, kind)


def _has_field_types(record: Any) -> bool:
    try:
        require_field_types(record)
    except ValueError:
        return False
    return True


def _suits_several(value: Any, origin: Any, kinds: tuple[Any, ...]) -> bool:
    if origin in _MAPPINGS:
        key, one = kinds
        return isinstance(value, collections.abc.Mapping) and all(
            _suits(name, key) and _suits(each, one) for name, each in value.items()
        )
    if not isinstance(value, origin):
        return False
    if origin is tuple and kinds[-1] is not ...:
        return len(value) == len(kinds) and all(map(_suits, value, kinds))
    return all(_suits(each, kinds[0]) for each in value)


def _is_one(value: Any, kind: Any) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)
