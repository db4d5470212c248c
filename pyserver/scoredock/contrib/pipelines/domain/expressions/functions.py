"""Functions that expressions of GitHub Actions can call, without those that ask how the job is going."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union

from scoredock import l10n
from scoredock.contrib.pipelines.domain.expressions.evaluation import Function, LateFunction, Thunk, as_text, compared
from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault

_LONGEST = 1_000_000
"""Characters of a text that an expression makes: functions around functions multiply them."""
_PLACE = re.compile(r"\{\{|\}\}|\{(\d+)(?::([^{}]*))?\}|[{}]")
_OTHER_LINES = str.maketrans({"\u0085": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def filled(pattern: str, values: Sequence[Any], text: Callable[[Any, str], str | None]) -> str:
    """`{0}` with the values as texts, of a form of their own behind a colon; `{{` and `}}` as one. Raises
    ExpressionFault for a place that has no value."""

    def part(match: re.Match[str]) -> str:
        number, form = match.groups()
        if match.group() in ("{{", "}}"):
            return match.group()[0]
        value = text(values[int(number)], form or "") if number and int(number) < len(values) else None
        if value is None:
            raise ExpressionFault(
                l10n.t(
                    "format() cannot fill in “{pattern}”: “{place}” has no value; a bracket itself is written twice.",
                    pattern=pattern,
                    place=match.group(),
                )
            )
        return value

    require_short(len(pattern) + sum(len(part(match)) for match in _PLACE.finditer(pattern)))
    return _PLACE.sub(part, pattern)


def require_short(length: int) -> None:
    """Checks the length of a text before it is made. Raises ExpressionFault."""
    if length > _LONGEST:
        raise ExpressionFault(l10n.t("The expression makes more than {most:,} characters.", most=_LONGEST))


def joined(value: Any, mark: str, text: Callable[[Any], str]) -> str:
    """The items of a list as one text."""
    if not isinstance(value, list):
        return "" if isinstance(value, Mapping) else text(value)
    parts = list(map(text, value))
    require_short(sum(map(len, parts)) + len(mark) * len(parts))
    return mark.join(parts)


def as_json(value: Any) -> str:
    """JSON as GitHub writes it: two spaces, only the escapes that JSON requires, numbers as they are filled in."""
    require_short(_least_json(value))
    return _json_lines(value, "\n")


def _json_lines(value: Any, indent: str) -> str:
    if isinstance(value, (list, Mapping)) and value:
        pairs = value.items() if isinstance(value, Mapping) else ((None, each) for each in value)
        inner = f"{indent}  "
        lines = [f"{_quoted(str(key))}: " * (key is not None) + _json_lines(each, inner) for key, each in pairs]
        opening, closing = "{}" if isinstance(value, Mapping) else "[]"
        return f"{opening}{inner}{f',{inner}'.join(lines)}{indent}{closing}"
    if isinstance(value, str):
        return _quoted(value)
    if value is None:
        return "null"
    return as_text(value) if isinstance(value, (bool, int, float)) else json.dumps(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(_OTHER_LINES)


def _least_json(value: Any) -> int:
    """Least number of characters in the JSON of a value."""
    if isinstance(value, Mapping):
        return sum(len(str(key)) + _least_json(each) for key, each in value.items()) + 2
    if isinstance(value, list):
        return sum(map(_least_json, value)) + 2
    return len(as_text(value))


def from_json(text: str) -> Any:
    """Numbers are of one kind. Raises ExpressionFault."""
    try:
        return json.loads(text, parse_int=float)
    except (ValueError, RecursionError):
        raise ExpressionFault(l10n.t("fromJSON() was given “{text}”, which is not JSON.", text=text[:200])) from None


def _contains(whole: Any, part: Any) -> bool:
    if isinstance(whole, list):
        return any(compared("==", each, part) for each in whole)
    if isinstance(whole, Mapping) or isinstance(part, (list, Mapping)):
        return False
    return as_text(part).upper() in as_text(whole).upper()


def _at(end: Callable[[str, str], bool]) -> Function:
    """`startsWith` and `endsWith`."""
    return lambda whole, part: (
        not isinstance(whole, (list, Mapping)) and end(as_text(whole).upper(), as_text(part).upper())
    )


def _chosen(*arguments: Thunk) -> Any:
    """`case`: pairs of a condition and a value, and what else."""
    if len(arguments) < 3 or len(arguments) % 2 == 0:
        raise TypeError
    for condition, value in zip(arguments[:-1:2], arguments[1:-1:2], strict=True):
        decision = condition()
        if not isinstance(decision, bool):
            raise ExpressionFault(l10n.t("A condition of case() is “{value}”, and not true or false.", value=decision))
        if decision:
            return value()
    return arguments[-1]()


def _plain(value: Any, form: str) -> str | None:
    return None if form else as_text(value)


GITHUB: Mapping[str, Union[Function, LateFunction]] = {  # noqa: UP007 (evaluated late)
    "case": LateFunction(_chosen),
    "contains": _contains,
    "startswith": _at(str.startswith),
    "endswith": _at(str.endswith),
    "format": lambda pattern, *values: filled(as_text(pattern), values, _plain),
    "join": lambda value, mark=",": joined(value, "," if isinstance(mark, (list, Mapping)) else as_text(mark), as_text),
    "tojson": as_json,
    "fromjson": lambda value: from_json(as_text(value)),
}
