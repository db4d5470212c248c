"""YAML of pipelines as plain values that know their file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Union

from scoredock import l10n
from scoredock.analysis import tree
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.late_dataclass import dataclass

_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_INTEGER = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


@dataclass(frozen=True, slots=True)
class YamlPlace:
    """Place of a value in a file."""

    file: str
    """Relative to the root of the repository, forward slashes."""
    line: int
    """From 1."""
    end: int
    """The last line of it."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class PipelineFault(Exception):
    """A pipeline cannot be read; says the sentence, and where."""

    code = "pipeline-invalid"

    def __init__(self, message: str, source: YamlPlace | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.source = source


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar as the text that it is in the file, which is what scripts and variables see."""

    text: str
    source: YamlPlace
    is_null: bool = False
    is_quoted: bool = False

    @property
    def value(self) -> str | float | bool | None:
        """Value by the core schema of YAML 1.2, which is what expressions see: null, a truth value, a number, or a
        text; what is quoted and what is a block is a text.
        """
        text = self.text
        if self.is_quoted:
            return text
        if text.lower() in _WORDS and text in (text.lower(), text.upper(), text.capitalize()):
            return _WORDS[text.lower()]
        if _INTEGER.fullmatch(text):
            return float(int(text, 0))
        if _NUMBER.fullmatch(text):
            return float(text)
        return float(text.replace(".", "")) if _NO_NUMBER.fullmatch(text) else text


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence."""

    items: tuple[Value, ...]
    source: YamlPlace
    tag: str = ""
    """Such as GitLab's `!reference`."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping, in the order of the file."""

    entries: tuple[tuple[Text, Value], ...]
    source: YamlPlace

    def get(self, name: str) -> Value | None:
        """The last value of a key."""
        return next((value for key, value in reversed(self.entries) if key.text == name), None)

    def text(self, name: str, default: str = "") -> str:
        """The value of a key that is a scalar."""
        value = self.get(name)
        return value.text if isinstance(value, Text) else default

    def fields(self, name: str) -> Fields:
        """The mapping below a key; an empty one where there is none."""
        value = self.get(name)
        return value if isinstance(value, Fields) else Fields((), self.source)

    def names(self) -> tuple[str, ...]:
        """Names of the keys."""
        return tuple(key.text for key, _ in self.entries)


Value = Union[Text, Items, Fields]  # noqa: UP007 (forward references inside)


def read_value(text: str, file: str) -> Value:
    """The document of a file. Raises PipelineFault."""
    parsed = parse_yaml(text)
    if parsed.problems or parsed.root is None:
        problem = parsed.problems[0] if parsed.problems else None
        line = problem.range.start.line + 1 if problem else 1
        raise PipelineFault(problem.message if problem else "", YamlPlace(file, line, line))
    return _value(parsed.root, file)


def read_fields(text: str, file: str) -> Fields:
    """Mapping in a file. Raises PipelineFault for a file that is not a mapping."""
    value = read_value(text, file)
    if not isinstance(value, Fields):
        raise PipelineFault(l10n.t("{file} is not a pipeline.", file=file), value.source)
    return value


def _value(node: tree.Node, file: str) -> Value:
    source = YamlPlace(file, node.range.start.line + 1, max(node.range.end.line + 1, node.range.start.line + 1))
    if isinstance(node, tree.Scalar):
        return Text(node.raw, source, node.value is None, node.quoted)
    if isinstance(node, tree.Sequence):
        return Items(tuple(_value(item, file) for item in node.items), source, node.tag)
    entries = tuple((_key(each.key, file), _value(each.value, file)) for each in node.entries)
    return Fields(entries, source)


def _key(node: tree.Scalar, file: str) -> Text:
    line = node.range.start.line + 1
    return Text(node.raw, YamlPlace(file, line, line))


def items_of(value: Value | None) -> tuple[Value, ...]:
    """The items of a list; a scalar is a list of itself, nothing an empty one."""
    if isinstance(value, Items):
        return value.items
    if value is None or (isinstance(value, Text) and value.is_null):
        return ()
    return (value,)


def texts_of(value: Value | None) -> tuple[str, ...]:
    """The scalars of a list, or the one that stands for it; lists in it are flattened, as GitLab does."""
    return tuple(_texts(value))


def _texts(value: Value | None) -> Iterator[str]:
    for item in items_of(value):
        if isinstance(item, Text):
            yield item.text
        elif isinstance(item, Items):
            yield from _texts(item)


def json_of(value: Value | None) -> Any:
    """A value as expressions see it, with the types of its scalars."""
    if isinstance(value, Fields):
        return {key.text: json_of(each) for key, each in value.entries}
    if isinstance(value, Items):
        return [json_of(each) for each in value.items]
    return value.value if isinstance(value, Text) else None


def pairs_of(value: Value | None) -> dict[str, str]:
    """A mapping of scalars."""
    entries = value.entries if isinstance(value, Fields) else ()
    return {key.text: each.text for key, each in entries if isinstance(each, Text)}
