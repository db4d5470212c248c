"""Functions that expressions of Azure Pipelines can call, without those that ask how the job is going, and how values
of different types are compared there: the right one is converted to the type of the left one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Union

from scoredock import l10n
from scoredock.contrib.pipelines.domain.expressions.evaluation import (
    ExpressionScope,
    Function,
    LateFunction,
    Thunk,
    VersionText,
)
from scoredock.contrib.pipelines.domain.expressions.functions import as_json, filled, joined, require_short
from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault

AnyFunction = Union[Function, LateFunction]  # noqa: UP007 (evaluated late)

_CONSTANTS = {"true": True, "false": False, "null": None}
"""Their names have no case."""
_NUMBER = re.compile(r"\s*[-+]?(?:\d[\d,]*\.?\d*|\.\d+)\s*")
_VERSION = re.compile(r"\s*\d+(?:\.\d+){1,3}\s*")

_PART_OF_DATE = re.compile(r"'([^']*)'|\"([^\"]*)\"|\\(.)|([A-Za-z])\4*|[^A-Za-z]")
_CODES: Mapping[str, str] = {
    "yyyy": "%Y",
    "yy": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "dddd": "%A",
    "ddd": "%a",
    "dd": "%d",
    "HH": "%H",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S",
    "tt": "%p",
    "K": "+00:00",
    "zzz": "+00:00",
}
"""As `strftime` calls them. Times are in UTC."""
_SHORT = frozenset("yMdHhms")
"""Without the zero in front."""


def azure_scope(names: Mapping[str, Any], functions: Mapping[str, AnyFunction]) -> ExpressionScope:
    """Names and functions for an expression of Azure Pipelines."""
    return ExpressionScope({**_CONSTANTS, **names}, functions)


def azure_true(value: Any) -> bool:
    """True if a condition holds: every text but the empty one does, and every list and mapping."""
    return value is not None and value is not False and value != "" and value != 0


def azure_text(value: Any) -> str:
    """Text that a value becomes when it is filled in. Raises ExpressionFault for a list or a mapping."""
    text = _text_or_none(value)
    if text is None:
        raise ExpressionFault(
            l10n.t("A list or a mapping of values stands where a text is expected; convertToJson() makes one of it.")
        )
    return text


def number_of(text: str) -> float | None:
    """A number as Azure Pipelines reads it in a text; None for what is none."""
    return float(text.replace(",", "")) if _NUMBER.fullmatch(text) else None


def _text_or_none(value: Any) -> str | None:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, (int, float)):
        return str(getattr(value, "text", "")) or _number_text(value)
    if isinstance(value, datetime):
        return dated("yyyy-MM-dd HH:mm:ssK", value)
    if isinstance(value, VersionText):
        return ".".join(str(int(part)) for part in value.split("."))
    return value if isinstance(value, str) else None


def _number_text(value: float) -> str:
    """At most seven digits behind the point, and no exponent."""
    text = f"{Decimal(repr(float(value))):.7f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def dated(form: str, date: datetime) -> str:
    """Date as .NET writes it by a custom form such as `yyyyMMdd`. Raises ExpressionFault for letters that are not part
    of a date.
    """

    def part(match: re.Match[str]) -> str:
        text = match.group()
        if match.group(4) is None:
            return next((each for each in match.groups()[:3] if each is not None), text)
        if set(text) == {"f"} and len(text) <= 7:
            return f"{date.microsecond:06}0"[: len(text)]
        if text in _SHORT:
            return str(int(date.strftime(_CODES[text * 2])))
        if text not in _CODES:
            raise ExpressionFault(l10n.t("“{form}” has “{part}”, which is not part of a date.", form=form, part=text))
        return date.strftime(_CODES[text])

    return _PART_OF_DATE.sub(part, form)


# -------------------------------------------------------------------------------------------------- comparisons


def _equal(one: Any, other: Any) -> bool:
    """True if the values are equal; not if the right one cannot be converted to the type of the left one."""
    if isinstance(one, bool):
        return one == azure_true(other)
    if one is None:
        return other is None or other == ""
    if isinstance(one, (int, float)):
        return bool(_as_number(other) == one)
    if isinstance(one, VersionText):
        return _as_version(other) == _as_version(one)
    if isinstance(one, (list, Mapping)):
        return one is other
    text, mine = _text_or_none(other), _text_or_none(one) or ""
    return text is not None and mine.lower() == text.lower()


def _less(one: Any, other: Any) -> bool:
    """Raises ExpressionFault where the right value cannot be converted."""
    convert: Callable[[Any], Any] = _as_number
    if isinstance(one, bool):
        convert = azure_true
    elif isinstance(one, VersionText):
        convert = _as_version
    elif isinstance(one, str):
        convert = _as_lower
    pair = convert(one), convert(other)
    if None in pair:
        texts = [_text_or_none(each) for each in (one, other)]
        raise ExpressionFault(
            l10n.t("“{one}” and “{other}” cannot be compared.", one=texts[0] or "", other=texts[1] or "")
        )
    return bool(pair[0] < pair[1])


def _as_lower(value: Any) -> str:
    return azure_text(value).lower()


def _as_number(value: Any) -> float | None:
    if value is None or isinstance(value, (bool, int, float)):
        return float(value or 0)
    if isinstance(value, VersionText) or not isinstance(value, str):
        return None
    return number_of(value) if value else 0.0


def _as_version(value: Any) -> tuple[int, ...] | None:
    is_text = isinstance(value, str) or (isinstance(value, (int, float)) and not isinstance(value, bool))
    text = azure_text(value) if is_text else ""
    return tuple(map(int, text.split("."))) if _VERSION.fullmatch(text) else None


# ---------------------------------------------------------------------------------------------------- functions


def _all_of(*conditions: Thunk) -> bool:
    _require_some(conditions, 2)
    return all(azure_true(condition()) for condition in conditions)


def _any_of(*conditions: Thunk) -> bool:
    _require_some(conditions, 2)
    return any(azure_true(condition()) for condition in conditions)


def _coalesced(*values: Thunk) -> Any:
    _require_some(values, 2)
    return next((value for each in values if (value := each()) not in (None, "")), None)


def _require_some(arguments: Sequence[Any], least: int) -> None:
    if len(arguments) < least:
        raise TypeError


def _placed(value: Any, form: str) -> str | None:
    """A date may have a form of its own."""
    if form:
        return dated(form, value) if isinstance(value, datetime) else None
    return azure_text(value)


def _contains_value(whole: Any, part: Any) -> bool:
    items = list(whole.values()) if isinstance(whole, Mapping) else whole if isinstance(whole, list) else []
    return any(_equal(part, each) for each in items)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (list, Mapping)) else len(azure_text(value))


def _replaced(text: Any, old: Any, new: Any) -> str:
    whole, part, other = azure_text(text), azure_text(old), azure_text(new)
    if not part:
        return whole
    require_short(len(whole) + whole.count(part) * len(other))
    return whole.replace(part, other)


def _split(text: Any, marks: Any) -> list[Any]:
    """At each of some characters."""
    characters = azure_text(marks)
    return re.split(f"[{re.escape(characters)}]", azure_text(text)) if characters else [azure_text(text)]


def _of_texts(test: Callable[[str, str], bool]) -> Function:
    """Function that tests two texts, without regard to case."""
    return lambda one, other: test(azure_text(one).lower(), azure_text(other).lower())


def _part(text: Any, start: Any, length: Any) -> str:
    begin, characters = int(_as_number(start) or 0), int(_as_number(length) or 0)
    whole = azure_text(text)
    if begin < 0 or characters < 0 or begin + characters > len(whole):
        raise ValueError
    return whole[begin : begin + characters]


AZURE: Mapping[str, AnyFunction] = {
    "and": LateFunction(_all_of),
    "or": LateFunction(_any_of),
    "coalesce": LateFunction(_coalesced),
    "not": lambda value: not azure_true(value),
    "xor": lambda one, other: azure_true(one) != azure_true(other),
    "iif": lambda condition, one, other: one if azure_true(condition) else other,
    "eq": _equal,
    "ne": lambda one, other: not _equal(one, other),
    "lt": _less,
    "ge": lambda one, other: not _less(one, other),
    "gt": lambda one, other: not _less(one, other) and not _equal(one, other),
    "le": lambda one, other: _less(one, other) or _equal(one, other),
    "in": lambda one, *others: any(_equal(one, each) for each in others),
    "notin": lambda one, *others: not any(_equal(one, each) for each in others),
    "contains": _of_texts(lambda whole, part: part in whole),
    "containsvalue": _contains_value,
    "startswith": _of_texts(str.startswith),
    "endswith": _of_texts(str.endswith),
    "format": lambda pattern, *values: filled(azure_text(pattern), values, _placed),
    "join": lambda mark, value: joined(value, azure_text(mark), lambda each: _text_or_none(each) or ""),
    "split": _split,
    "replace": _replaced,
    "substring": _part,
    "trim": lambda text: azure_text(text).strip(),
    "upper": lambda text: azure_text(text).upper(),
    "lower": lambda text: azure_text(text).lower(),
    "length": _length,
    "converttojson": as_json,
}
