"""Reads and evaluates an expression (`${{ }}`). Values are those of JSON: null, truth values, numbers, texts, lists.

Operators, indices and what a value is as a text are those of GitHub Actions; the functions of Azure Pipelines have
rules of their own (`azure_functions`)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union

from scoredock import l10n
from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault, ExpressionWord, tokens
from scoredock.late_dataclass import dataclass

Function = Callable[..., Any]
Thunk = Callable[[], Any]
_DEPTH = 50
_CONSTANTS = {"true": True, "false": False, "null": None, "NaN": math.nan, "Infinity": math.inf}
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_BASES = {"0x": 16, "0o": 8}


@dataclass(frozen=True, slots=True)
class LateFunction:
    """A function that evaluates those of its arguments that it needs: each comes as a function without arguments."""

    call: Function


@dataclass(frozen=True, slots=True)
class ExpressionScope:
    """Names and functions that an expression can use."""

    names: Mapping[str, Any]
    """Contexts, by their names in lower case."""
    functions: Mapping[str, Union[Function, LateFunction]]  # noqa: UP007 (evaluated late)
    """By their names in lower case."""
    signs: tuple[tuple[str, ...], ...] = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="))
    """Those that bind weakest come first."""
    compare: Callable[[str, Any, Any], bool] | None = None
    """What signs besides `||` and `&&` ask; None for `compared`."""


class VersionText(str):
    """A version that stands in an expression without quotes, such as 1.2.3."""

    __slots__ = ()


class FilteredItems(list[Any]):
    """Result of `.*`: an index behind it applies to each of the items."""


def evaluate(text: str, scope: ExpressionScope) -> Any:
    """The value of an expression, without its brackets. What `&&`, `||` and late functions do not need is read, and
    not evaluated. Raises ExpressionFault."""
    return evaluate_words(tokens(text), scope, text)


def evaluate_words(words: Sequence[ExpressionWord], scope: ExpressionScope, text: str) -> Any:
    """Value of an expression, from the words of its text. Raises ExpressionFault."""
    reader = _Descent(words, scope, text)
    value = reader.either(0)
    if reader.position < len(words):
        raise reader.fault()
    return value()


def is_true(value: Any) -> bool:
    """True if a condition holds."""
    return not (value is None or value is False or value == "" or value == 0 or value != value)  # NaN


def as_text(value: Any) -> str:
    """Text that a value becomes when it is filled in."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"{value:.15G}".replace("INF", "Infinity").replace("NAN", "NaN")
    if isinstance(value, Mapping):
        return "Object"
    return "Array" if isinstance(value, Sequence) and not isinstance(value, str) else str(value)


def as_number(value: Any) -> float:
    """Number that a value is compared as; NaN if it is not a number."""
    if value is None or isinstance(value, (bool, int, float)):
        return float(value or 0)
    return _parsed_number(value.strip()) if isinstance(value, str) else math.nan


def _parsed_number(text: str) -> float:
    if not text:
        return 0.0
    if _NUMBER.fullmatch(text) or text in ("Infinity", "-Infinity"):
        return float(text)
    try:
        return float(int(text[2:], _BASES[text[:2]])) if text[2:].isalnum() else math.nan
    except (KeyError, ValueError):
        return math.nan


def member(value: Any, name: Any) -> Any:
    """A part of a value: null where there is none, and names without regard to case."""
    if isinstance(value, FilteredItems):
        return FilteredItems(part for each in value for part in _parts_of(each, name))
    return next(iter(_parts_of(value, name)), None)


def every(value: Any) -> FilteredItems:
    """`.*`: the items of a list, the values of a mapping, and those of each item behind another `.*`."""
    wholes = value if isinstance(value, FilteredItems) else [value]
    return FilteredItems(
        part for each in wholes for part in (each.values() if isinstance(each, Mapping) else _items(each))
    )


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _parts_of(value: Any, name: Any) -> list[Any]:
    """The part of that name, or none."""
    if isinstance(value, Mapping) and not isinstance(name, (list, Mapping)):
        text = as_text(name)
        if text in value:
            return [value[text]]
        return [each for key, each in value.items() if str(key).lower() == text.lower()][:1]
    number = as_number(name) if isinstance(value, list) else math.nan
    return [value[int(number)]] if 0 <= number < len(_items(value)) else []


def compared(sign: str, one: Any, other: Any) -> bool:
    """Texts without regard to case; what is of two kinds as numbers; lists and mappings are equal to themselves
    only."""
    one, other = _alike(one, other)
    if isinstance(one, (list, Mapping)) or isinstance(other, (list, Mapping)):
        return (one is other) == (sign != "!=") if sign in ("==", "!=", "<=", ">=") else False
    if sign in ("==", "!="):
        return bool(one == other) == (sign == "==")
    return bool({"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[sign])


def _alike(one: Any, other: Any) -> tuple[Any, Any]:
    if isinstance(one, str) and isinstance(other, str):
        return one.upper(), other.upper()
    if isinstance(one, (list, Mapping)) and isinstance(other, (list, Mapping)):
        return one, other
    return as_number(one), as_number(other)


class _Descent:
    """A descent through the words that makes a function without arguments of each part."""

    def __init__(self, words: Sequence[ExpressionWord], scope: ExpressionScope, text: str) -> None:
        self.words, self.scope, self.text = words, scope, text
        self.position = 0

    def fault(self) -> ExpressionFault:
        return ExpressionFault(l10n.t("The expression “{text}” cannot be read.", text=self.text.strip()))

    def _sign(self, *signs: str) -> str:
        if self.position < len(self.words):
            word = self.words[self.position]
            if word.kind == "sign" and word.text in signs:
                self.position += 1
                return word.text
        return ""

    def either(self, depth: int, level: int = 0) -> Thunk:
        """Values with signs between them; from `level` on, those that bind stronger alone."""
        if level == len(self.scope.signs):
            return self._not(depth)
        first = self.either(depth + 1, level + 1)
        others: list[tuple[str, Thunk]] = []
        while sign := self._sign(*self.scope.signs[level]):
            others.append((sign, self.either(depth + 1, level + 1)))
        compare = self.scope.compare or compared
        return (lambda: _chain(first, others, compare)) if others else first

    def _not(self, depth: int) -> Thunk:
        if depth > _DEPTH * 7:  # a pair of brackets goes through so many of these functions
            raise ExpressionFault(l10n.t("The expression is nested too deeply."))
        if not self._sign("!"):
            return self._parts(depth + 1)
        value = self._not(depth + 1)
        return lambda: not is_true(value())

    def _parts(self, depth: int) -> Thunk:
        whole = self._one(depth)
        names: list[Thunk | None] = []
        while sign := self._sign(".", "["):
            is_every = self._sign("*")
            names.append(None if is_every else self.either(depth + 1) if sign == "[" else self._name())
            if sign == "[" and not self._sign("]"):
                raise self.fault()
        return (lambda: _part(whole, names)) if names else whole

    def _name(self) -> Thunk:
        if self.position < len(self.words) and self.words[self.position].kind in ("name", "number"):
            self.position += 1
            name = self.words[self.position - 1].text
            return lambda: name
        raise self.fault()

    def _one(self, depth: int) -> Thunk:
        if self.position >= len(self.words):
            raise self.fault()
        word = self.words[self.position]
        self.position += 1
        if word.text == "(":
            inner = self.either(depth + 1)
            if not self._sign(")"):
                raise self.fault()
            return inner
        if word.kind == "name":
            return self._named(word.text, depth)
        if word.kind == "sign":
            raise self.fault()
        value = word.text[1:-1].replace("''", "'") if word.kind == "text" else word.value
        if word.kind == "number":
            number = as_number(word.text)
            value = VersionText(word.text) if math.isnan(number) else number
        return lambda: value

    def _named(self, name: str, depth: int) -> Thunk:
        lower = name.lower()
        if self._sign("("):
            return self._call(name, depth)
        if name in _CONSTANTS:
            return lambda: _CONSTANTS[name]
        if lower in self.scope.names:
            return lambda: self.scope.names[lower]
        raise ExpressionFault(
            l10n.t(
                "The expression “{text}” uses “{name}”, which does not exist here.", text=self.text.strip(), name=name
            )
        )

    def _call(self, name: str, depth: int) -> Thunk:
        arguments: list[Thunk] = []
        while not self._sign(")"):
            if arguments and not self._sign(","):
                raise self.fault()
            arguments.append(self.either(depth + 1))
        function = self.scope.functions.get(name.lower())
        if function is None:
            raise ExpressionFault(
                l10n.t(
                    "The expression “{text}” calls {name}(), which does not exist here.",
                    text=self.text.strip(),
                    name=name,
                )
            )

        def value() -> Any:
            try:
                if isinstance(function, LateFunction):
                    return function.call(*arguments)
                return function(*(argument() for argument in arguments))
            except (TypeError, ValueError, IndexError, RecursionError) as error:
                raise self.fault() from error

        return value


def _chain(first: Thunk, others: Sequence[tuple[str, Thunk]], compare: Callable[[str, Any, Any], bool]) -> Any:
    value = first()
    for sign, other in others:
        if sign not in ("||", "&&"):
            value = compare(sign, value, other())
        elif is_true(value) == (sign == "||"):
            break  # it decides
        else:
            value = other()
    return value


def _part(whole: Thunk, names: Sequence[Thunk | None]) -> Any:
    value = whole()
    for name in names:
        value = every(value) if name is None else member(value, name())
    return value
