"""Finds differences of two JSON values, as a person reads them. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from scoredock import l10n
from scoredock.counts import counted
from scoredock.late_dataclass import dataclass

MOST = 20
"""Differences that are listed one by one."""
_DEEPEST = 200
_WIDTH = 100
"""A list of plain values up to this width stays on one line."""
_SHOWN = 80
_NAME_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


@dataclass(frozen=True, slots=True)
class JsonDifference:
    path: str
    """`$.result[0]`"""
    sentence: str
    """What was expected there, and what came."""

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}"


def differences(expected: Any, actual: Any, tolerance: float = 0.0, path: str = "$") -> Iterator[JsonDifference]:
    """Yields all differences, in the order of the expected value. Numbers may differ by `tolerance` where one of them
    is no integer; the order of the keys of an object does not count.
    """
    if _depth(path) > _DEEPEST:
        return
    if isinstance(expected, dict) and isinstance(actual, dict):
        yield from _of_objects(expected, actual, tolerance, path)
    elif isinstance(expected, list) and isinstance(actual, list):
        yield from _of_lists(expected, actual, tolerance, path)
    elif not same_plain(expected, actual, tolerance):
        yield JsonDifference(path, _unlike(expected, actual, tolerance))


def _depth(path: str) -> int:
    return path.count(".") + path.count("[")


def _of_objects(
    expected: dict[str, Any], actual: dict[str, Any], tolerance: float, path: str
) -> Iterator[JsonDifference]:
    for key, value in expected.items():
        inner = path + key_path(key)
        if key in actual:
            yield from differences(value, actual[key], tolerance, inner)
        else:
            yield JsonDifference(inner, l10n.t("missing, expected {value}", value=short_text(value)))
    for key, value in actual.items():
        if key not in expected:
            yield JsonDifference(path + key_path(key), l10n.t("not expected, got {value}", value=short_text(value)))


def _of_lists(expected: list[Any], actual: list[Any], tolerance: float, path: str) -> Iterator[JsonDifference]:
    if len(expected) != len(actual):
        sentence = l10n.t("expected {expected} items, got {actual}", expected=len(expected), actual=len(actual))
        yield JsonDifference(path, sentence)
    for index, (one, other) in enumerate(zip(expected, actual, strict=False)):
        yield from differences(one, other, tolerance, f"{path}[{index}]")


def same_plain(expected: Any, actual: Any, tolerance: float = 0.0) -> bool:
    """True if two values are the same, one of which is neither an object nor a list."""
    if not (is_number(expected) and is_number(actual)):
        return bool(type(expected) is type(actual) and expected == actual)
    if expected == actual or (_is_nan(expected) and _is_nan(actual)):
        return True
    if isinstance(expected, int) and isinstance(actual, int):
        return False
    try:
        return bool(abs(expected - actual) <= tolerance)
    except OverflowError:
        return False


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _unlike(expected: Any, actual: Any, tolerance: float) -> str:
    fields = {"expected": short_text(expected), "actual": short_text(actual)}
    if not (is_number(expected) and is_number(actual)) or not _is_measured(expected, actual):
        return l10n.t("expected {expected}, got {actual}", **fields)
    apart = f"{abs(expected - actual):.6g}"
    if tolerance:
        return l10n.t(
            "expected {expected}, got {actual} ({apart} apart, tolerance {tolerance:g})",
            apart=apart,
            tolerance=tolerance,
            **fields,
        )
    return l10n.t("expected {expected}, got {actual} ({apart} apart)", apart=apart, **fields)


def _is_measured(expected: float, actual: float) -> bool:
    """True if it says something how far they are apart: of floats, not of counts."""
    if isinstance(expected, int) and isinstance(actual, int):
        return False
    try:
        return math.isfinite(expected - actual)
    except OverflowError:
        return False


def key_path(key: str) -> str:
    """`.name`, or `["a name"]` for what is not a word."""
    plain = bool(key) and not key[0].isdigit() and key[0] != "-" and set(key) <= _NAME_SIGNS
    return f".{key}" if plain else f"[{json.dumps(key, ensure_ascii=False)}]"


def short_text(value: Any) -> str:
    """A value in a sentence: short."""
    if isinstance(value, dict) and len(value) > 3:
        return l10n.t("an object with {count} keys", count=len(value))
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= _SHOWN:
        return text
    if isinstance(value, list):
        return l10n.t("a list of {items}", items=counted(len(value), "item"))
    return f"{text[:_SHOWN]}…"


def aligned(expected: Any, actual: Any, tolerance: float = 0.0) -> Any:
    """The actual value with its keys in the order of the expected one, and with the expected numbers where they are
    near enough: what is left to be seen between the two are the differences."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        common = {key: aligned(value, actual[key], tolerance) for key, value in expected.items() if key in actual}
        return {**common, **{key: value for key, value in actual.items() if key not in expected}}
    if isinstance(expected, list) and isinstance(actual, list):
        common_items = [aligned(one, other, tolerance) for one, other in zip(expected, actual, strict=False)]
        return [*common_items, *actual[len(expected) :]]
    if is_number(expected) and is_number(actual) and same_plain(expected, actual, tolerance):
        return expected
    return actual


def laid_out(value: Any, indent: str = "") -> str:
    """JSON with line breaks; a row of numbers stays on one line."""
    if not isinstance(value, (dict, list)) or not value:
        return json.dumps(value, ensure_ascii=False)
    line = json.dumps(value, ensure_ascii=False)
    if isinstance(value, list) and len(line) <= _WIDTH and not any(isinstance(each, (dict, list)) for each in value):
        return line
    inner = f"{indent}  "
    if isinstance(value, dict):
        items = [f"{json.dumps(key, ensure_ascii=False)}: {laid_out(each, inner)}" for key, each in value.items()]
        opening, closing = "{", "}"
    else:
        items = [laid_out(each, inner) for each in value]
        opening, closing = "[", "]"
    return f"{opening}\n" + ",\n".join(inner + item for item in items) + f"\n{indent}{closing}"
