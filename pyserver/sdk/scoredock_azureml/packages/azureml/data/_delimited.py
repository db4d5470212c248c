"""Tables of text files: their cells as texts, and as values once the type of each column is known."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from azureml.data import _column_types
from azureml.exceptions import UserErrorException

_COLUMN = re.compile(r"[^\W\d][\w .()/%-]*")
"""What the name of an only column looks like."""
_BODY = re.compile(r"""\s*["']?[\[{]""")
"""What a request body begins with, and a line of a table does not."""
_LINE_ENDS = "\r\n"
_NO_VALUE = ("", "nan")
"""What is null without being wrong."""
_SAMPLE = 200
"""As many rows tell the type of a column, as in Azure."""
NO_HEADERS, ONLY_FIRST, COMBINE, SAME = (
    "NO_HEADERS",
    "ONLY_FIRST_FILE_HAS_HEADERS",
    "COMBINE_ALL_FILES_HEADERS",
    "ALL_FILES_HAVE_SAME_HEADERS",
)


class Unread(NamedTuple):
    """A value that is not of the type of its column, and null for that."""

    row: int
    column: str
    text: str


def header_of(header: Any) -> str:
    """The name of what a script says of the first lines. Raises UserErrorException."""
    name = {True: SAME, False: NO_HEADERS, None: NO_HEADERS}.get(header) if not isinstance(header, str) else header
    name = name or str(getattr(header, "name", header))
    if name not in (NO_HEADERS, ONLY_FIRST, COMBINE, SAME):
        raise UserErrorException(
            f"Unsupported header provided. The allowed values are {NO_HEADERS}, {ONLY_FIRST}, {COMBINE}, {SAME}."
        )
    return name


class Delimited:
    """Files with a separator; each but the first is read as those before it. Raises UserErrorException."""

    def __init__(self, separator: str, header: str) -> None:
        if len(separator) != 1:
            raise UserErrorException(f"Only a single character can be the separator, not {separator!r}.")
        self._separator = separator
        self._header = header
        self._names: Optional[List[str]] = None

    def rows(self, text: str, *, as_table: bool = False) -> List[Any]:
        """Rows of the next file: of a table by the names of its columns, and else, unless `as_table`, its lines."""
        is_first = self._names is None
        named = self._header in (SAME, COMBINE) or (self._header == ONLY_FIRST and is_first)
        lines = [line for line in text.splitlines() if line.strip()]
        if not lines:
            return []
        if not (as_table or self._is_table(lines, named)):
            self._names = self._names or []
            return lines[int(named) :]
        cells = self._cells(text)
        own = [each.strip() for each in next(cells, [])] if named else []
        if is_first or self._header == COMBINE:
            self._names = own
        return [self._record(row) for row in cells]

    def _cells(self, text: str) -> Iterator[List[str]]:
        if self._separator in _LINE_ENDS:
            return ([line] for line in text.splitlines() if line.strip())
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=self._separator)
        return (row for row in rows if len(row) > 1 or (row and row[0].strip()))

    def _record(self, row: List[str]) -> Dict[str, str]:
        names = _unique([*(self._names or []), *[""] * (len(row) - len(self._names or []))])
        return dict(zip(names, [*row, *[""] * len(names)]))

    def _is_table(self, lines: List[str], named: bool) -> bool:
        """True if they are rows of columns, and no request bodies. One column has a name."""
        if self._separator in _LINE_ENDS or any(_BODY.match(each) for each in lines):
            return False
        widths = [len(row) for row in csv.reader(lines, delimiter=self._separator)]
        is_one = widths[1:] and set(widths) == {1} and named and _COLUMN.fullmatch(lines[0].strip()) is not None
        return bool(is_one or (widths and max(widths[:2]) > 1))


def _unique(names: List[str]) -> List[str]:
    """Each once; what has no name is called by its place. One number runs over all that were there already, as in
    azureml-dataprep: `A,B,A,B,C` gives `A, B, A_1, B_2, C`."""
    numbers = itertools.count(1)
    kept: List[str] = []
    for place, name in enumerate(names, 1):
        name = name or f"Column{place}"
        kept.append(f"{name}_{next(numbers)}" if name in names[: place - 1] else name)
    return kept


def typed(
    rows: List[Any], empty: Any, types: Dict[str, Callable[[str], Any]], infers: bool
) -> Tuple[List[str], List[Unread]]:
    """Rows of tables as JSON objects, each column of the type that is said or that its first values have: what is not
    of that type is null, as in Azure, and among the values that were not read. Other rows as they are."""
    records = [row for row in rows if isinstance(row, dict)]
    kinds = {name: _kind(name, records) if infers else str for name in _columns(records)}
    kinds.update(types)

    def of_texts(kind: Callable[[str], Any]) -> Callable[[str], Any]:
        return lambda text: kind(text) if text.strip() else (empty if kind is str else None)

    return with_columns(rows, {name: of_texts(kind) for name, kind in kinds.items()})


def with_columns(rows: List[Any], converts: Dict[str, Callable[[Any], Any]]) -> Tuple[List[str], List[Unread]]:
    """Objects as JSON, each with the columns of all of them, and null where it has no value; and which values were not
    read. Other rows as they are."""
    columns = _columns(row for row in rows if isinstance(row, dict))
    unread: List[Unread] = []

    def _value(number: int, name: str, value: Any) -> Any:
        if value is None or name not in converts:
            return value
        converted = converts[name](value)
        if converted is None and str(value).strip().lower() not in _NO_VALUE:
            unread.append(Unread(number, name, str(value)))
        return converted

    lines = [
        json.dumps({name: _value(number, name, row.get(name)) for name in columns}) if isinstance(row, dict) else row
        for number, row in enumerate(rows)
    ]
    return lines, unread


def _columns(records: Iterable[Dict[str, Any]]) -> List[str]:
    return list(dict.fromkeys(itertools.chain.from_iterable(records)))


def _kind(name: str, records: List[Dict[str, Any]]) -> Callable[[str], Any]:
    texts = [record.get(name) or "" for record in records[:_SAMPLE]]
    return _column_types.inferred([text for text in texts if text.strip()])
