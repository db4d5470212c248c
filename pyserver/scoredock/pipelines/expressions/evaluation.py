"""Reads and evaluates an expression. Values are those of JSON: null, truth values, numbers, texts, lists, mappings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.pipelines.expressions.tokens import ExpressionFault, ExpressionWord, tokens

Function = Callable[..., Any]
_DEPTH = 60
_CONSTANTS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class ExpressionScope:
    """What an expression knows."""

    names: Mapping[str, Any]
    """Contexts, by their names in lower case."""
    functions: Mapping[str, Function]
    """By their names in lower case."""


def evaluate(text: str, scope: ExpressionScope) -> Any:
    """The value of an expression, without its brackets. Raises ExpressionFault."""
    words = tokens(text)
    reader = _Descent(words, scope, text)
    value = reader.either(0)
    if reader.position < len(words):
        raise reader.fault()
    return value


def is_true(value: Any) -> bool:
    """Whether a condition holds."""
    return not (value is None or value is False or value == "" or value == 0)


def as_text(value: Any) -> str:
    """As it is filled into a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return "Object"
    return "Array" if isinstance(value, Sequence) and not isinstance(value, str) else str(value)


def member(value: Any, name: Any) -> Any:
    """A part of a value: null where there is none, and names without regard to case."""
    if isinstance(value, Mapping):
        if name in value:
            return value[name]
        wanted = str(name).lower()
        return next((each for key, each in value.items() if str(key).lower() == wanted), None)
    if isinstance(value, list):
        if name == "*":
            return value
        if isinstance(name, (int, float)) and 0 <= int(name) < len(value):
            return value[int(name)]
        parts = [part for part in (member(each, name) for each in value) if part is not None]
        return parts or None
    return None


class _Descent:
    """A descent through the words that evaluates on its way; what `&&` and `||` do not need has no effects."""

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

    def either(self, depth: int) -> Any:
        value = self._both(depth + 1)
        while self._sign("||"):
            other = self._both(depth + 1)
            value = value if is_true(value) else other
        return value

    def _both(self, depth: int) -> Any:
        value = self._compared(depth + 1)
        while self._sign("&&"):
            other = self._compared(depth + 1)
            value = other if is_true(value) else value
        return value

    def _compared(self, depth: int) -> Any:
        value = self._not(depth + 1)
        while sign := self._sign("==", "!=", "<", "<=", ">", ">="):
            value = compared(sign, value, self._not(depth + 1))
        return value

    def _not(self, depth: int) -> Any:
        if depth > _DEPTH:
            raise ExpressionFault(l10n.t("The expression is nested too deeply."))
        return not is_true(self._not(depth + 1)) if self._sign("!") else self._parts(depth + 1)

    def _parts(self, depth: int) -> Any:
        value = self._one(depth)
        while sign := self._sign(".", "["):
            if sign == "[":
                name = "*" if self._sign("*") else self.either(depth + 1)
                if not self._sign("]"):
                    raise self.fault()
            else:
                name = self._name()
            value = member(value, name)
        return value

    def _name(self) -> str:
        if self._sign("*"):
            return "*"
        if self.position < len(self.words) and self.words[self.position].kind in ("name", "number"):
            self.position += 1
            return self.words[self.position - 1].text
        raise self.fault()

    def _one(self, depth: int) -> Any:
        if self.position >= len(self.words):
            raise self.fault()
        word = self.words[self.position]
        self.position += 1
        if word.kind == "text":
            return word.text[1:-1].replace("''", "'")
        if word.kind == "number":
            return _number(word.text)
        if word.text == "(":
            value = self.either(depth + 1)
            if not self._sign(")"):
                raise self.fault()
            return value
        if word.kind != "name":
            raise self.fault()
        return self._named(word.text, depth)

    def _named(self, name: str, depth: int) -> Any:
        lower = name.lower()
        if self._sign("("):
            return self._call(name, depth)
        if lower in _CONSTANTS:
            return _CONSTANTS[lower]
        if lower in self.scope.names:
            return self.scope.names[lower]
        raise ExpressionFault(
            l10n.t(
                "The expression “{text}” uses “{name}”, which does not exist here.", text=self.text.strip(), name=name
            )
        )

    def _call(self, name: str, depth: int) -> Any:
        arguments: list[Any] = []
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
        try:
            return function(*arguments)
        except (TypeError, ValueError, IndexError) as error:
            raise self.fault() from error


def _number(text: str) -> Any:
    try:
        return int(text, 0)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text  # a version such as 1.2.3


def compared(sign: str, one: Any, other: Any) -> bool:
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
    if type(one) is type(other):
        return one, other
    return _as_number(one), _as_number(other)


def _as_number(value: Any) -> Any:
    if value is None or value == "":
        return 0
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value
