"""Sources of the cells of a notebook, and their places in its JSON text."""

from __future__ import annotations

import json
import re
from bisect import bisect_right

from scoredock.analysis.tree import Lines
from scoredock.late_dataclass import dataclass
from scoredock.text import Position

MAX_CHARACTERS = 20_000_000
MAX_TOKENS = 2_000_000
MAX_DEPTH = 64
MAX_CELLS = 2_000
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_UNIT = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CellText:
    """One cell."""

    is_code: bool
    text: str
    spans: tuple[tuple[int, int], ...]
    """Offsets of the string literals that make up the text, quotes left out."""

    def offsets(self, raw: str) -> list[int]:
        """Offsets in the notebook of each character of the text, and of the place behind the last."""
        result: list[int] = []
        end = self.spans[0][0] if self.spans else 0
        for start, end in self.spans:
            result += [start + unit.start() for unit in _UNIT.finditer(raw[start:end])]
        result.append(end)
        return result


@dataclass(frozen=True, slots=True)
class NotebookText:
    """Language and cells of a notebook, as far as checks care."""

    language: str
    """In lower case, `python2` for the older Python; empty when the notebook does not say."""
    cells: tuple[CellText, ...]


def read_notebook(text: str) -> NotebookText | None:
    """The cells of a notebook; None when it is none, or too large to look at. Raises ValueError for what is not
    JSON."""
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        data = json.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        return None
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list) or len(data["cells"]) > MAX_CELLS:
        return None
    spans = _source_spans(text)
    if spans is None:
        return None
    cells = []
    for number, cell in enumerate(data["cells"]):
        if not isinstance(cell, dict):
            continue
        source = cell.get("source", "")
        parts = source if isinstance(source, list) else [source]
        if not all(isinstance(part, str) for part in parts):
            continue
        cells.append(CellText(cell.get("cell_type") == "code", "".join(parts), tuple(spans.get(number, ()))))
    return NotebookText(_language(data), tuple(cells))


class CellPlaces:
    """Positions in the JSON text of a notebook as places in its cells, as a person sees them."""

    def __init__(self, text: str) -> None:
        try:
            notebook = read_notebook(text)
        except ValueError:
            notebook = None
        self._text = text
        self._lines = Lines(text)
        self._cells = notebook.cells if notebook is not None else ()

    def of(self, place: Position) -> tuple[int, Position] | None:
        """The number of a cell with code among all cells, from 1, as `--to` counts them, and the position in its text;
        None outside of all code."""
        offset = self._lines.offset(place)
        for number, cell in enumerate(self._cells, 1):
            if cell.is_code and cell.spans and cell.spans[0][0] <= offset <= cell.spans[-1][1]:
                index = max(0, bisect_right(cell.offsets(self._text), offset) - 1)
                return number, Lines(cell.text).position(index)
        return None


def _language(data: dict[str, object]) -> str:
    metadata = data.get("metadata")
    if not isinstance(metadata, dict):
        return ""
    for key, inner in (("kernelspec", "language"), ("language_info", "name")):
        section = metadata.get(key)
        if isinstance(section, dict) and isinstance(section.get(inner), str):
            language = str(section[inner]).lower()
            return "python2" if language == "python" and _is_older(metadata) else language
    return ""


def _is_older(metadata: dict[str, object]) -> bool:
    """True if a notebook was last run by Python 2."""
    kernel, language = metadata.get("kernelspec"), metadata.get("language_info")
    named = isinstance(kernel, dict) and kernel.get("name") == "python2"
    return named or (isinstance(language, dict) and str(language.get("version", "")).startswith("2."))


def _source_spans(text: str) -> dict[int, list[tuple[int, int]]] | None:
    """For each cell the places of the strings in its source. The text is known to be valid JSON."""
    spans: dict[int, list[tuple[int, int]]] = {}
    stack: list[list[object]] = []
    """For each open container: `{` with the key at hand, or `[` with the index of the item at hand."""
    key: str | None = None
    for count, match in enumerate(_TOKEN.finditer(text)):
        if count > MAX_TOKENS or len(stack) > MAX_DEPTH:
            return None
        piece = match.group()
        top = stack[-1] if stack else None
        if piece in ("{", "["):
            stack.append([piece, "" if piece == "{" else 0])
            key = None
        elif piece in ("}", "]"):
            if stack:
                stack.pop()
            key = None
        elif piece == ",":
            if top is not None and top[0] == "[":
                top[1] = int(str(top[1])) + 1
            key = None
        elif piece == ":":
            if top is not None:
                top[1] = key or ""
            key = ""  # what comes next is a value
        elif piece[0] == '"':
            if top is not None and top[0] == "{" and key is None:
                key = piece[1:-1] if len(piece) < 40 else "?"
            elif _is_source(stack):
                spans.setdefault(int(str(stack[1][1])), []).append((match.start() + 1, match.end() - 1))
    return spans


def _is_source(stack: list[list[object]]) -> bool:
    """True if the place is `cells[n].source` or an item of it."""
    if len(stack) not in (3, 4) or stack[0][1] != "cells" or stack[1][0] != "[" or stack[2][1] != "source":
        return False
    return len(stack) == 3 or stack[3][0] == "["
