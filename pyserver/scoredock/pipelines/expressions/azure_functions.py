"""What expressions of Azure Pipelines can call, without those that ask how the job is going."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from scoredock.pipelines.expressions.evaluation import ExpressionScope, Function, as_number, as_text, is_true
from scoredock.pipelines.expressions.functions import filled, joined, require_short

_CONSTANTS = {"true": True, "false": False, "null": None}
"""Their names have no case."""


def azure_scope(names: Mapping[str, Any], functions: Mapping[str, Function]) -> ExpressionScope:
    """What an expression of Azure Pipelines knows."""
    return ExpressionScope({**_CONSTANTS, **names}, functions)


def _compared(sign: str, one: Any, other: Any) -> bool:
    """Texts without regard to case; a number with a text as numbers, where both are."""
    one, other = _alike(one, other)
    if sign in ("==", "!="):
        return bool(one == other) == (sign == "==")
    try:
        return bool({"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[sign])
    except TypeError:
        return False


def _alike(one: Any, other: Any) -> tuple[Any, Any]:
    if isinstance(one, str) and isinstance(other, str):
        return one.lower(), other.lower()
    if type(one) is type(other) or isinstance(one, (list, Mapping)) or isinstance(other, (list, Mapping)):
        return one, other
    return as_number(one), as_number(other)


def _contains(whole: Any, part: Any) -> bool:
    if isinstance(whole, list):
        return any(_compared("==", each, part) for each in whole)
    if isinstance(whole, Mapping):
        return part in whole
    return as_text(part).lower() in as_text(whole).lower()


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (list, Mapping)) else len(as_text(value))


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value not in (None, "")), None)


def _replaced(text: Any, old: Any, new: Any) -> str:
    whole, part, other = as_text(text), as_text(old), as_text(new)
    require_short(len(whole) + (whole.count(part) if part else len(whole) + 1) * len(other))
    return whole.replace(part, other)


def _split(text: Any, mark: Any) -> list[Any]:
    return re.split(f"[{re.escape(as_text(mark))}]", as_text(text)) if mark else [as_text(text)]


def _as_json(value: Any) -> str:
    text = json.dumps(value, indent=2)
    require_short(len(text))
    return text


AZURE: Mapping[str, Function] = {
    "contains": _contains,
    "startswith": lambda text, part: as_text(text).lower().startswith(as_text(part).lower()),
    "endswith": lambda text, part: as_text(text).lower().endswith(as_text(part).lower()),
    "format": lambda pattern, *values: filled(as_text(pattern), list(map(as_text, values))),
    "eq": lambda one, other: _compared("==", one, other),
    "ne": lambda one, other: _compared("!=", one, other),
    "lt": lambda one, other: _compared("<", one, other),
    "le": lambda one, other: _compared("<=", one, other),
    "gt": lambda one, other: _compared(">", one, other),
    "ge": lambda one, other: _compared(">=", one, other),
    "and": lambda *values: all(map(is_true, values)),
    "or": lambda *values: any(map(is_true, values)),
    "not": lambda value: not is_true(value),
    "xor": lambda one, other: is_true(one) != is_true(other),
    "in": lambda one, *others: any(_compared("==", one, each) for each in others),
    "notin": lambda one, *others: not any(_compared("==", one, each) for each in others),
    "containsvalue": lambda whole, part: _contains(list(whole.values()) if isinstance(whole, Mapping) else whole, part),
    "coalesce": _coalesce,
    "join": lambda mark, value: joined(value, as_text(mark), as_text),
    "split": _split,
    "replace": _replaced,
    "trim": lambda text: as_text(text).strip(),
    "upper": lambda text: as_text(text).upper(),
    "lower": lambda text: as_text(text).lower(),
    "length": _length,
    "converttojson": _as_json,
    "iif": lambda condition, one, other: one if is_true(condition) else other,
}
