"""A parsed JSON or YAML text as a tree that knows where everything stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Union

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.text import Fix, Position, Range, TextEdit

MAX_CHARACTERS = 1_000_000
"""Larger texts are not parsed: no configuration is this long, and parsing must stay instant. PyYAML reads this much in
under a second, whatever it is."""
MAX_DEPTH = 64
MAX_NODES = 10_000
MAX_ALIASES = 100

_LINE_END = re.compile(r"\r\n|\n|\r")


class Lines:
    """Turns offsets into positions and back. Lines end as the editor counts them: LF, CR LF or CR."""

    __slots__ = ("starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def position(self, offset: int) -> Position:
        """The position of an offset; beyond the end gives the end."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset) - 1
        return Position(line, offset - self.starts[line])

    def offset(self, place: Position) -> int:
        """The offset of a position; beyond the end of a line gives that end."""
        if place.line < 0:
            return 0
        if place.line >= len(self.starts):
            return len(self.text)
        start = self.starts[place.line]
        return min(start + max(0, place.character), start + len(self.line(place.line)))

    def range(self, start: int, end: int) -> Range:
        """The range between two offsets."""
        return Range(self.position(start), self.position(max(start, end)))

    def line(self, number: int) -> str:
        """The text of a line without its end."""
        if not 0 <= number < len(self.starts):
            return ""
        end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
        return self.text[self.starts[number] : end].rstrip("\r\n")

    def edit(self, start: int, end: int, new_text: str) -> TextEdit:
        """Replace what stands between two offsets."""
        return TextEdit(self.range(start, end), new_text)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number, truth value or null."""

    value: str | int | float | bool | None
    range: Range
    """Of the token, quotes included."""
    raw: str
    """As written."""
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """An array or a YAML sequence."""

    items: tuple[Node, ...]
    range: Range
    flow: bool = True
    """Written in brackets."""
    tag: str = ""
    """Of YAML, where the text has one, such as `!reference`."""


@dataclass(frozen=True, slots=True)
class MappingEntry:
    """One key and its value."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """An object; duplicate keys are kept in order."""

    entries: tuple[MappingEntry, ...]
    range: Range
    flow: bool = True
    """Written in braces."""

    def get(self, name: str) -> Node | None:
        """Value of a key; the last one wins, as in every JSON reader."""
        entry = self.entry(name)
        return entry.value if entry else None

    def entry(self, name: str) -> MappingEntry | None:
        """The last entry of this key."""
        for entry in reversed(self.entries):
            if entry.key.value == name:
                return entry
        return None

    def names(self) -> tuple[str, ...]:
        """All keys that are text."""
        return tuple(entry.key.value for entry in self.entries if isinstance(entry.key.value, str))


Node = Union[Scalar, Sequence, Mapping]  # noqa: UP007 (forward references inside)


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Problem of a text that is not what its format asks for."""

    message: str
    """One sentence."""
    range: Range
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """Result of parsing: a root unless nothing could be read, and every problem met."""

    root: Node | None
    problems: tuple[SyntaxProblem, ...]
    lines: Lines


def too_long(lines: Lines) -> Tree:
    """Tree of a text with more than MAX_CHARACTERS."""
    message = l10n.t("The file is longer than {most:,} characters and is not read.", most=MAX_CHARACTERS)
    return Tree(None, (SyntaxProblem(message, lines.range(0, 0)),), lines)


def kind_name(node: Node | None) -> str:
    """Type of a node in a person's words."""
    if isinstance(node, Mapping):
        return l10n.t("an object")
    if isinstance(node, Sequence):
        return l10n.t("a list")
    value = node.value if node is not None else None
    if value is None:
        return "null"
    if isinstance(value, bool):
        return l10n.t("true or false")
    if isinstance(value, str):
        return l10n.t("text")
    return l10n.t("a whole number") if isinstance(value, int) else l10n.t("a number")


def path_at(root: Node | None, place: Position) -> tuple[tuple[str | int, ...], Node | None, bool]:
    """Keys down to the innermost node at a position, that node, and whether the position is on the key itself."""
    keys: list[str | int] = []
    node = root
    while node is not None:
        child: Node | None = None
        if isinstance(node, Mapping):
            for entry in node.entries:
                name = entry.key.value if isinstance(entry.key.value, str) else entry.key.raw
                if contains(entry.key.range, place):
                    return (*keys, name), entry.value, True
                if contains(entry.value.range, place):
                    keys.append(name)
                    child = entry.value
                    break
        elif isinstance(node, Sequence):
            for number, item in enumerate(node.items):
                if contains(item.range, place):
                    keys.append(number)
                    child = item
                    break
        if child is None:
            break
        node = child
    return tuple(keys), node, False


def contains(span: Range, place: Position) -> bool:
    """True if a position is in a range or at its end."""
    return span.start <= place <= span.end


def walk(node: Node | None) -> Iterator[Node]:
    """The node and everything below it."""
    stack = [node] if node is not None else []
    while stack:
        current = stack.pop()
        yield current
        if isinstance(current, Mapping):
            stack.extend(entry.value for entry in current.entries)
        elif isinstance(current, Sequence):
            stack.extend(current.items)
