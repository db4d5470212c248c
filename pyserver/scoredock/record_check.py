"""Whether a file holds what Scoredock writes: one that comes from elsewhere may hold anything."""

from __future__ import annotations

import collections.abc
import json
import math
import types
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

_LARGEST = 16 << 20
"""Bytes of a document."""
_MAPPINGS = (dict, collections.abc.Mapping)


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


def require_field_types(record: Any) -> None:
    """Each field of a dataclass, and of those in its fields, holds what it is declared to. Raises ValueError."""
    kinds = get_type_hints(type(record))
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
