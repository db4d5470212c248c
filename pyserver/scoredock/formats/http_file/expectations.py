"""`# @expect …`: what a request must be answered with. Comments, so that every other reader of the file passes them."""

from __future__ import annotations

import json
import re
from dataclasses import field
from typing import Any, Literal, Union

from scoredock import l10n
from scoredock.late_dataclass import dataclass

Operator = Literal["==", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class StatusExpectation:
    """`status 200` or `status 4xx`."""

    status: str
    line: int = 0

    def holds(self, status: int) -> bool:
        return self.status == str(status) or (self.status.endswith("xx") and self.status[0] == str(status)[0])


@dataclass(frozen=True, slots=True)
class TimeExpectation:
    """`time < 500 ms`."""

    milliseconds: float
    line: int = 0


@dataclass(frozen=True, slots=True)
class HeaderExpectation:
    """`header content-type application/json`."""

    name: str
    value: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class BodyExpectation:
    """`body {"result": [1.5]}`: the whole answer. JSON is compared by value, anything else character by character."""

    text: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class BodyFileExpectation:
    """`body < expected.json`: the same, in a file of its own."""

    path: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class ContainsExpectation:
    """`body contains TEXT`."""

    text: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class PathExpectation:
    """`$.result[0] == 1.5 within 0.01`, `$.result exists`, `$.result missing`, `$.result length 3`."""

    path: str
    operator: Operator | Literal["exists", "missing", "length"]
    value: Any = None
    tolerance: float | None = None
    line: int = 0
    text: str = field(default="", compare=False)
    """The value as it is written, maybe over several lines."""


Expectation = Union[  # noqa: UP007 (an alias that mypy and readers take alike)
    StatusExpectation,
    TimeExpectation,
    HeaderExpectation,
    BodyExpectation,
    BodyFileExpectation,
    ContainsExpectation,
    PathExpectation,
]

PATH = re.compile(r'\$(?:\.[A-Za-z_][\w-]*|\[(?:-?\d+|\*|"(?:[^"\\]|\\.)*"|\'[^\']*\')\])*')
"""The JSON paths that can be asked for: names, indexes, and `[*]` for each item."""
_STATUS = re.compile(r"[1-5](?:\d\d|xx)")
_TIME = re.compile(r"(?:<=?\s*)?(\d+(?:\.\d+)?)\s*(ms|s)")
_HEADER = re.compile(r"([\w!#$%&'*+.^`|~-]+)\s*:?\s+(.+)")
_COMPARISON = re.compile(r"(==|!=|<=|>=|<|>)\s*(.+?)(?:\s+within\s+(\S+))?", re.DOTALL)


class ExpectationFault(Exception):
    """Raised where an expectation cannot be read; its message is one sentence."""


def expectation(text: str, line: int) -> Expectation:
    """Expectation in the text behind `@expect`. Raises ExpectationFault."""
    subject, _, rest = text.partition(" ")
    rest = rest.strip()
    if subject.startswith("$"):
        return _of_path(text, line)
    reader = _READERS.get(subject)
    if reader is None:
        raise ExpectationFault(
            l10n.t(
                "“{subject}” cannot be expected. Use status, time, header, body, or a JSON path like $.result[0].",
                subject=subject[:60],
            )
        )
    return reader(rest, line)


def is_unfinished(text: str) -> bool:
    """True if a JSON value has been begun here and goes on in the next line."""
    subject, _, rest = text.partition(" ")
    value = rest.strip()
    if subject.startswith("$"):
        found = re.search(r"==\s*([\[{].*)", rest, re.DOTALL)
        value = found.group(1) if found else ""
    elif subject != "body":
        return False
    if not value.startswith(("{", "[")):
        return False
    try:
        json.JSONDecoder().raw_decode(value)
    except json.JSONDecodeError as fault:
        return fault.pos >= len(value.rstrip())
    except RecursionError:
        return False
    return False


def tolerance(text: str) -> float:
    """A number of 0 or more. Raises ExpectationFault."""
    try:
        value = float(text)
        if 0 <= value < float("inf"):
            return value
    except ValueError:
        pass
    raise ExpectationFault(l10n.t("A tolerance is a number of 0 or more, not “{text}”.", text=text[:60]))


def _of_status(rest: str, line: int) -> Expectation:
    if not _STATUS.fullmatch(rest):
        raise ExpectationFault(
            l10n.t("A status is a number like 200, or a class like 4xx, not “{text}”.", text=rest[:60])
        )
    return StatusExpectation(rest, line)


def _of_time(rest: str, line: int) -> Expectation:
    found = _TIME.fullmatch(rest)
    if found is None:
        raise ExpectationFault(l10n.t("A time is written like “< 500 ms” or “< 2 s”, not “{text}”.", text=rest[:60]))
    return TimeExpectation(float(found[1]) * (1000 if found[2] == "s" else 1), line)


def _of_header(rest: str, line: int) -> Expectation:
    found = _HEADER.fullmatch(rest)
    if found is None:
        raise ExpectationFault(l10n.t("An expected header has a name and a value: header content-type text/plain."))
    return HeaderExpectation(found[1], found[2].strip(), line)


def _of_body(rest: str, line: int) -> Expectation:
    if not rest:
        raise ExpectationFault(l10n.t("Say what the body is: a value, < FILE, or contains TEXT."))
    if rest.startswith("< ") and rest[2:].strip():
        return BodyFileExpectation(rest[2:].strip(), line)
    word, _, text = rest.partition(" ")
    if word == "contains" and text.strip():
        return ContainsExpectation(_unquoted(text.strip()), line)
    if rest[0] in '{["':
        _json(rest)
    return BodyExpectation(rest, line)


def _of_path(text: str, line: int) -> Expectation:
    found = PATH.match(text)
    path = found.group() if found else "$"
    rest = text[len(path) :]
    if rest and not rest[0].isspace():
        raise ExpectationFault(
            l10n.t("“{path}” is not a JSON path. Use names and indexes: $.result[0].name", path=text.split()[0][:60])
        )
    rest = rest.strip()
    if rest in ("exists", "missing"):
        return PathExpectation(path, "exists" if rest == "exists" else "missing", line=line)
    word, _, count = rest.partition(" ")
    if word == "length" and count.strip().isdecimal():
        return PathExpectation(path, "length", int(count), line=line)
    return _of_comparison(path, rest, line)


def _of_comparison(path: str, rest: str, line: int) -> Expectation:
    match = _COMPARISON.fullmatch(rest)
    if match is None:
        raise ExpectationFault(
            l10n.t(
                "Behind {path} stands what is expected: == VALUE, another comparison, exists, missing, or length N.",
                path=path[:60],
            )
        )
    operator: Operator = match[1]  # type: ignore[assignment]
    value = _json(match[2])
    if operator in ("<", "<=", ">", ">=") and not _is_number(value):
        raise ExpectationFault(l10n.t("Only numbers can be compared by {operator}.", operator=operator))
    return PathExpectation(path, operator, value, tolerance(match[3]) if match[3] else None, line, match[2])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as fault:
        raise ExpectationFault(
            l10n.t(
                "The expected value is not JSON: {fault} at character {place}.", fault=fault.msg, place=fault.pos + 1
            )
        ) from None
    except (ValueError, RecursionError):
        raise ExpectationFault(
            l10n.t("The expected value is nested too deeply or has a number that is too long.")
        ) from None


def _unquoted(text: str) -> str:
    if text[0] == '"':
        value = _json(text)
        if isinstance(value, str):
            return value
    return text


_READERS = {"status": _of_status, "time": _of_time, "header": _of_header, "body": _of_body}
