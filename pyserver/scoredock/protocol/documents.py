"""The texts that are open in the editor, kept in step with it, and positions in its units. Knows no framework.

Lines end with LF, CR LF or CR and with nothing else, as the Language Server Protocol has it (`str.splitlines` would
also split at form feeds and Unicode separators).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.text import Position, Range

Encoding = Literal["utf-8", "utf-16", "utf-32"]
"""What the client's columns count: bytes, UTF-16 units or code points."""

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Document:
    """One version of one open text."""

    uri: str
    version: int
    text: str
    encoding: Encoding = "utf-16"

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in _LINE_END.finditer(self.text))]

    def line(self, number: int) -> str:
        """Text of a line without its line end; empty for a line that does not exist."""
        if not 0 <= number < len(self._starts):
            return ""
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self.text)
        return _LINE_END.sub("", self.text[self._starts[number] : end])

    def offset(self, line: int, character: int) -> int:
        """Index into `text` of a position in the client's units; outside positions are moved to the nearest inside."""
        if line < 0:
            return 0
        if line >= len(self._starts):
            return len(self.text)
        content = self.line(line)
        return self._starts[line] + _code_points(content, max(character, 0), self.encoding)

    def position(self, line: int, character: int) -> Position:
        """A position of the client in code points."""
        offset = self.offset(line, character)
        number = bisect_right(self._starts, offset) - 1
        return Position(number, offset - self._starts[number])

    def client_position(self, position: Position) -> tuple[int, int]:
        """(line, character) in the client's units; outside positions are moved to the nearest inside."""
        if position.line < 0:
            return 0, 0
        last = len(self._starts) - 1
        if position.line > last:
            return last, _units(self.line(last), self.encoding)
        return position.line, _units(self.line(position.line)[: max(position.character, 0)], self.encoding)

    def client_range(self, span: Range) -> tuple[tuple[int, int], tuple[int, int]]:
        """Start and end in the client's units, start never after end."""
        start, end = self.client_position(span.start), self.client_position(span.end)
        return start, max(start, end)

    def replaced(self, start: tuple[int, int], end: tuple[int, int], text: str, version: int) -> Document:
        """The document after the client replaced start..end (its units) by `text`."""
        first = self.offset(*start)
        last = max(first, self.offset(*end))
        return Document(self.uri, version, self.text[:first] + text + self.text[last:], self.encoding)

    def with_text(self, text: str, version: int) -> Document:
        """The document after the client replaced all of it."""
        return Document(self.uri, version, text, self.encoding)


def _units(text: str, encoding: Encoding) -> int:
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(character > "\uffff" for character in text)


def _code_points(text: str, units: int, encoding: Encoding) -> int:
    """How many characters fit into `units`; a position inside a character counts as before it."""
    if encoding == "utf-32" or text.isascii():
        return min(units, len(text))
    used = 0
    for index, character in enumerate(text):
        used += _units(character, encoding)
        if used > units:
            return index
    return len(text)
