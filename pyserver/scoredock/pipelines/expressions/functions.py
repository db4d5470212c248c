"""What expressions can call, without those that ask how the job is going."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from scoredock import l10n
from scoredock.pipelines.expressions.evaluation import Function, as_text, compared, is_true
from scoredock.pipelines.expressions.tokens import ExpressionFault

_LONGEST = 1_000_000
"""Characters of a text that an expression makes: functions around functions multiply them."""
_PLACE = re.compile(r"\{\{|\}\}|\{(\d+)\}")


def _filled(pattern: Any, *values: Any) -> str:
    def part(match: re.Match[str]) -> str:
        if match.group(1) is None:
            return match.group()[0]
        number = int(match.group(1))
        return as_text(values[number]) if number < len(values) else match.group()

    form = as_text(pattern)
    _require_short(len(form) + sum(len(part(match)) for match in _PLACE.finditer(form)))
    return _PLACE.sub(part, form)


def _require_short(length: int) -> None:
    """Before it is made. Raises ExpressionFault."""
    if length > _LONGEST:
        raise ExpressionFault(l10n.t("The expression makes more than {most:,} characters.", most=_LONGEST))


def _contains(whole: Any, part: Any) -> bool:
    if isinstance(whole, list):
        return any(compared("==", each, part) for each in whole)
    if isinstance(whole, Mapping):
        return part in whole
    return as_text(part).lower() in as_text(whole).lower()


def _joined_github(value: Any, mark: Any = ",") -> str:
    if not isinstance(value, list):
        return as_text(value)
    parts, between = list(map(as_text, value)), as_text(mark)
    _require_short(sum(map(len, parts)) + len(between) * len(parts))
    return between.join(parts)


def _as_json(value: Any) -> str:
    _require_short(_least_json(value))
    return json.dumps(value, indent=2)


def _least_json(value: Any) -> int:
    """Of how many characters its JSON is at least."""
    if isinstance(value, Mapping):
        return sum(len(str(key)) + _least_json(each) for key, each in value.items()) + 2
    if isinstance(value, list):
        return sum(map(_least_json, value)) + 2
    return len(as_text(value))


def _json(value: Any) -> Any:
    return json.loads(as_text(value))


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (list, Mapping)) else len(as_text(value))


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value not in (None, "")), None)


def _replaced(text: Any, old: Any, new: Any) -> str:
    whole, part, other = as_text(text), as_text(old), as_text(new)
    _require_short(len(whole) + (whole.count(part) if part else len(whole) + 1) * len(other))
    return whole.replace(part, other)


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
    "tojson": _as_json,
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
    "converttojson": _as_json,
    "iif": lambda condition, one, other: one if is_true(condition) else other,
}
