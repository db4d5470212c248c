"""Rows in a JSON response: a list of objects or of lists, by itself or as one value of an object. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from scoredock.late_dataclass import dataclass

MOST_ROWS = 500
MOST_COLUMNS = 50
_CELL = 200
_LARGEST = 20_000_000


@dataclass(frozen=True, slots=True)
class RowTable:
    path: str
    """Where in the body the rows are, such as `$.result`."""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The first of them, each cell as the body writes it; empty where a row lacks the column."""
    row_count: int
    """All of them."""
    column_count: int


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def table_of(text: str) -> RowTable | None:
    """The first rows in a body; None for one without, and one that is not JSON."""
    if len(text) > _LARGEST:
        return None
    try:
        value = json.loads(text, parse_float=_Number, parse_int=_Number, parse_constant=_Number)
    except (ValueError, RecursionError):
        return None
    for path, rows in _lists(value):
        found = _objects(path, rows) or _lists_of_plain(path, rows)
        if found is not None:
            return found
    return None


def _lists(value: Any) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(value, list):
        yield "$", value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, list):
                yield f"$.{name}", inner


def _objects(path: str, rows: list[Any]) -> RowTable | None:
    if not rows or not all(isinstance(row, dict) for row in rows):
        return None
    columns: dict[str, None] = {}
    for row in rows[:MOST_ROWS]:
        columns.update(dict.fromkeys(row))
    if not columns:
        return None
    names = tuple(columns)[:MOST_COLUMNS]
    cells = tuple(tuple(_cell(row, name) for name in names) for row in rows[:MOST_ROWS])
    return RowTable(path, names, cells, len(rows), len(columns))


def _cell(row: Mapping[str, Any], name: str) -> str:
    return _written(row[name]) if name in row else ""


def _lists_of_plain(path: str, rows: list[Any]) -> RowTable | None:
    if not rows or not all(isinstance(row, list) for row in rows):
        return None
    if any(isinstance(value, (list, dict)) for row in rows[:MOST_ROWS] for value in row[:MOST_COLUMNS]):
        return None
    width = max(map(len, rows))
    if width == 0:
        return None
    names = tuple(map(str, range(min(width, MOST_COLUMNS))))
    padding = ("",) * len(names)
    cells = tuple((*map(_written, row[:MOST_COLUMNS]), *padding)[: len(names)] for row in rows[:MOST_ROWS])
    return RowTable(path, names, cells, len(rows), width)


def _written(value: Any) -> str:
    if isinstance(value, str):
        text = str(value)
    elif isinstance(value, (list, dict)):
        text = _nested(value)
    else:
        text = json.dumps(value)
    return text if len(text) <= _CELL else f"{text[:_CELL]}…"


def _nested(value: Any) -> str:
    """Numbers in it keep how they are written; what is longer than a cell is not looked at."""
    if isinstance(value, list):
        inner = ", ".join(_quoted(each) for each in value[:_CELL])
        return f"[{inner}]"
    inner = ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {_quoted(each)}" for name, each in value.items())
    return f"{{{inner}}}"


def _quoted(value: Any) -> str:
    if isinstance(value, str) and not isinstance(value, _Number):
        return json.dumps(value, ensure_ascii=False)
    return (
        str(value)
        if isinstance(value, _Number)
        else _nested(value)
        if isinstance(value, (list, dict))
        else json.dumps(value)
    )
