"""Decides if an answer is what was expected, and if not, why. Pure but for the expected files, which `read` gives."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from scoredock import l10n
from scoredock.analysis.json_text import parse_json
from scoredock.analysis.tree import Mapping as Object
from scoredock.analysis.tree import Node, Sequence
from scoredock.contrib.request_tests.domain.json_differences import (
    MOST,
    aligned,
    differences,
    laid_out,
    same_plain,
    short_text,
)
from scoredock.formats.http_file.expectations import (
    BodyExpectation,
    BodyFileExpectation,
    ContainsExpectation,
    Expectation,
    HeaderExpectation,
    PathExpectation,
    StatusExpectation,
    TimeExpectation,
)
from scoredock.late_dataclass import dataclass
from scoredock.services.access.calls import Answer
from scoredock.visible import hidden

_LONGEST = 2_000
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NO_JSON = object()
_STEP = re.compile(r'\.([A-Za-z_][\w-]*)|\[(-?\d+)\]|\[(\*)\]|\[("(?:[^"\\]|\\.)*")\]|\[\'([^\']*)\'\]')


@dataclass(frozen=True, slots=True)
class Unmet:
    """An expectation that does not hold."""

    line: int
    message: str
    """One sentence, or for an answer that differs at several places one for each."""
    expected: str = ""
    """Both texts laid out alike, for an editor's diff; empty where a diff says nothing."""
    actual: str = ""
    file: str = ""
    """The file of the expected answer, as the request names it, where `line` is a line of that."""


def verdict(
    expectations: tuple[Expectation, ...], answer: Answer, tolerance: float, read: Callable[[str], bytes]
) -> list[Unmet]:
    """Expectations that do not hold, in their order, without the key that was sent, which a script may answer with.
    Raises what `read` raises.
    """
    check = _ResponseCheck(answer, tolerance, read)
    unmet = (check.unmet(each) for each in expectations)
    return [
        replace(each, message=hidden(each.message), actual=hidden(each.actual)) for each in unmet if each is not None
    ]


class _ResponseCheck:
    def __init__(self, answer: Answer, tolerance: float, read: Callable[[str], bytes]) -> None:
        self._answer = answer
        self._tolerance = tolerance
        self._read = read
        self._text = answer.body.decode("utf-8", "backslashreplace")
        self._json = _parsed(self._text)

    def unmet(self, each: Expectation) -> Unmet | None:
        if isinstance(each, StatusExpectation):
            return self._status(each)
        if isinstance(each, TimeExpectation):
            return self._time(each)
        if isinstance(each, HeaderExpectation):
            return self._header(each)
        if isinstance(each, BodyExpectation):
            return self._body(each.text, each.line)
        if isinstance(each, BodyFileExpectation):
            found = self._body(self._read(each.path).decode("utf-8", "backslashreplace"), 0)
            return replace(found, file=each.path) if found is not None else None
        if isinstance(each, ContainsExpectation):
            return self._contains(each)
        return self._path(each)

    def _status(self, each: StatusExpectation) -> Unmet | None:
        if each.holds(self._answer.status):
            return None
        body = _cut(self._text.strip())
        text = l10n.t("Expected status {expected}, got {actual}.", expected=each.status, actual=self._answer.status)
        return Unmet(each.line, "\n".join(filter(None, (text, body, self._answer.advice))))

    def _time(self, each: TimeExpectation) -> Unmet | None:
        took = self._answer.milliseconds
        if took <= each.milliseconds:
            return None
        return Unmet(
            each.line,
            l10n.t(
                "Expected a response within {expected:g} ms, it took {actual:.0f} ms.",
                expected=each.milliseconds,
                actual=took,
            ),
        )

    def _header(self, each: HeaderExpectation) -> Unmet | None:
        actual = self._answer.headers.get(each.name.lower())
        if actual is None:
            return Unmet(each.line, l10n.t("The header {name} is missing.", name=each.name))
        if each.value in (actual, actual.partition(";")[0].strip()):
            return None
        return Unmet(
            each.line,
            l10n.t(
                "Expected the header {name} to be “{expected}”, got “{actual}”.",
                name=each.name,
                expected=each.value,
                actual=_cut(actual),
            ),
            each.value,
            actual,
        )

    def _body(self, expected: str, line: int) -> Unmet | None:
        """`line` is that on which the expected text begins."""
        expected_value = _parsed(expected)
        if expected_value is _NO_JSON:
            if expected.rstrip("\r\n") == self._text.rstrip("\r\n"):
                return None
            first = _first_other_line(expected, self._text)
            return Unmet(line + first, l10n.t("The body is not the expected text."), expected, self._text)
        if self._json is _NO_JSON:
            return Unmet(
                line,
                l10n.t("Expected JSON, got: {text}", text=_cut(self._text.strip())),
                laid_out(expected_value),
                self._text,
            )
        unequal = list(islice(differences(expected_value, self._json, self._tolerance), MOST + 1))
        if not unequal:
            return None
        lines = [str(each) for each in unequal[:MOST]]
        if len(unequal) > MOST:
            lines.append(l10n.t("… and more"))
        actual = laid_out(aligned(expected_value, self._json, self._tolerance))
        return Unmet(line + _line_at(unequal[0].path, expected), "\n".join(lines), laid_out(expected_value), actual)

    def _contains(self, each: ContainsExpectation) -> Unmet | None:
        if each.text in self._text:
            return None
        text = l10n.t("The body does not contain “{text}”: {body}", text=_cut(each.text), body=_cut(self._text.strip()))
        return Unmet(each.line, text)

    def _path(self, each: PathExpectation) -> Unmet | None:
        if self._json is _NO_JSON:
            return Unmet(each.line, l10n.t("Expected JSON, got: {text}", text=_cut(self._text.strip())))
        values = _values_at(each.path, self._json)
        if each.operator == "missing":
            message = l10n.t(
                "{path}: not expected, got {value}", path=each.path, value=short_text(values[0]) if values else ""
            )
            return Unmet(each.line, message) if values else None
        if not values:
            return Unmet(each.line, l10n.t("{path}: missing", path=each.path))
        for value in values:
            message = self._at_path(each, value)
            if message:
                return Unmet(self._line_in(each, value), f"{each.path}: {message}", *_texts(each, value))
        return None

    def _line_in(self, each: PathExpectation, value: Any) -> int:
        """Number of the line of an expected value; in one that is written over several lines, of the line
        that differs.
        """
        tolerance = self._tolerance if each.tolerance is None else each.tolerance
        first = next(differences(each.value, value, tolerance), None) if each.operator == "==" else None
        return each.line + _line_at(first.path, each.text) if first is not None else each.line

    def _at_path(self, each: PathExpectation, value: Any) -> str:
        """Fault of one value; empty if there is none."""
        if each.operator == "exists":
            return ""
        if each.operator == "length":
            return _of_length(each.value, value)
        tolerance = self._tolerance if each.tolerance is None else each.tolerance
        if each.operator in _ORDER:
            if type(value) in (int, float) and _ORDER[each.operator](value, each.value):
                return ""
            return l10n.t(
                "expected {operator} {expected}, got {actual}",
                operator=each.operator,
                expected=short_text(each.value),
                actual=short_text(value),
            )
        first = next(differences(each.value, value, tolerance), None)
        if each.operator == "==":
            return "" if first is None else f"{first.path[1:]}: {first.sentence}".removeprefix(": ")
        return "" if first is not None else l10n.t("expected anything but {value}", value=short_text(each.value))


def _first_other_line(expected: str, actual: str) -> int:
    one, other = expected.splitlines(), actual.splitlines()
    same = next((number for number, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    return max(0, min(len(one) - 1, len(other))) if same is None else same


def _of_length(expected: int, value: Any) -> str:
    if not isinstance(value, (list, dict, str)):
        return l10n.t("has no length: {value}", value=short_text(value))
    if len(value) == expected:
        return ""
    return l10n.t("expected a length of {expected}, got {actual}", expected=expected, actual=len(value))


def _texts(each: PathExpectation, value: Any) -> tuple[str, str]:
    if each.operator != "==" or same_plain(each.value, value):
        return "", ""
    return laid_out(each.value), laid_out(aligned(each.value, value))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _NO_JSON


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _values_at(path: str, value: Any) -> list[Any]:
    """All values that a path of the form of `expectations.PATH` leads to; none where it leads nowhere."""
    values = [value]
    for step in _STEP.finditer(path):
        values = [inner for each in values for inner in _inside(step, each)]
    return values


def _line_at(path: str, text: str) -> int:
    """The line, from 0, of a JSON text on which a path stands; that of the nearest value above it where the text does
    not have it, or is too large to be told."""
    tree = parse_json(text)
    node, line = tree.root, tree.root.range.start.line if tree.root is not None else 0
    for step in _STEP.finditer(path):
        inner = _node_inside(step, node)
        if inner is None:
            break
        node, line = inner
    return line


def _node_inside(step: re.Match[str], node: Node | None) -> tuple[Node, int] | None:
    name, index, _, quoted, single = step.groups()
    if isinstance(node, Sequence) and index is not None and int(index) < len(node.items):
        item = node.items[int(index)]
        return item, item.range.start.line
    key = name if name is not None else json.loads(quoted) if quoted is not None else single
    entry = node.entry(key) if isinstance(node, Object) and key is not None else None
    return (entry.value, entry.key.range.start.line) if entry is not None else None


def _inside(step: re.Match[str], value: Any) -> list[Any]:
    name, index, every, quoted, single = step.groups()
    if every is not None:
        return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []
    if index is not None:
        number = int(index)
        return [value[number]] if isinstance(value, list) and -len(value) <= number < len(value) else []
    key = name if name is not None else json.loads(quoted) if quoted is not None else single
    return [value[key]] if isinstance(value, dict) and key in value else []
