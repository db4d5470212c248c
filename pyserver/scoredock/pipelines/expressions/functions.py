"""What expressions can call, without those that ask how the job is going."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from scoredock.pipelines.expressions.evaluation import Function, as_text, compared, is_true

_PLACE = re.compile(r"\{\{|\}\}|\{(\d+)\}")


def _filled(pattern: Any, *values: Any) -> str:
    def part(match: re.Match[str]) -> str:
        if match.group(1) is None:
            return match.group()[0]
        number = int(match.group(1))
        return as_text(values[number]) if number < len(values) else match.group()

    return _PLACE.sub(part, as_text(pattern))


def _contains(whole: Any, part: Any) -> bool:
    if isinstance(whole, list):
        return any(compared("==", each, part) for each in whole)
    if isinstance(whole, Mapping):
        return part in whole
    return as_text(part).lower() in as_text(whole).lower()


def _joined_github(value: Any, mark: Any = ",") -> str:
    return as_text(mark).join(map(as_text, value)) if isinstance(value, list) else as_text(value)


def _json(value: Any) -> Any:
    return json.loads(as_text(value))


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (list, Mapping)) else len(as_text(value))


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value not in (None, "")), None)


def _replaced(text: Any, old: Any, new: Any) -> str:
    return as_text(text).replace(as_text(old), as_text(new))


def _split(text: Any, mark: Any) -> list[Any]:
    return re.split(f"[{re.escape(as_text(mark))}]", as_text(text)) if mark else [as_text(text)]


COMMON: Mapping[str, Function] = {
    "contains": _contains,
    "startswith": lambda text, part: as_text(text).lower().startswith(as_text(part).lower()),
    "endswith": lambda text, part: as_text(text).lower().endswith(as_text(part).lower()),
    "format": _filled,
}
GITHUB: Mapping[str, Function] = {
    **COMMON,
    "join": _joined_github,
    "tojson": lambda value: json.dumps(value, indent=2),
    "fromjson": _json,
}
AZURE: Mapping[str, Function] = {
    **COMMON,
    "eq": lambda one, other: compared("==", one, other),
    "ne": lambda one, other: compared("!=", one, other),
    "lt": lambda one, other: compared("<", one, other),
    "le": lambda one, other: compared("<=", one, other),
    "gt": lambda one, other: compared(">", one, other),
    "ge": lambda one, other: compared(">=", one, other),
    "and": lambda *values: all(map(is_true, values)),
    "or": lambda *values: any(map(is_true, values)),
    "not": lambda value: not is_true(value),
    "xor": lambda one, other: is_true(one) != is_true(other),
    "in": lambda one, *others: any(compared("==", one, each) for each in others),
    "notin": lambda one, *others: not any(compared("==", one, each) for each in others),
    "containsvalue": lambda whole, part: _contains(list(whole.values()) if isinstance(whole, Mapping) else whole, part),
    "coalesce": _coalesce,
    "join": lambda mark, value: _joined_github(value, mark),
    "split": _split,
    "replace": _replaced,
    "trim": lambda text: as_text(text).strip(),
    "upper": lambda text: as_text(text).upper(),
    "lower": lambda text: as_text(text).lower(),
    "length": _length,
    "converttojson": lambda value: json.dumps(value, indent=2),
    "iif": lambda condition, one, other: one if is_true(condition) else other,
}
