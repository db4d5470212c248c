"""Samples that models are compared on: rows of a file, of a dataset of request bodies, or those that a service
collected."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.formats.body_rows import rows_of_body
from scoredock.late_dataclass import dataclass

MOST = 1_000
"""More are not looked at."""
_MOST_BYTES = 50_000_000
_COLLECTED = "$"
"""What a ModelDataCollector adds begins with it."""
_ADDED = frozenset(("Timestamp", "CorrelationId", "RequestId"))
_NOTHING = frozenset(("", "nan", "NaN", "NULL", "null", "None", "NA"))


@dataclass(frozen=True, slots=True)
class Samples:
    """Rows under columns, which may have no names; or texts."""

    rows: tuple[tuple[Any, ...], ...] = ()
    columns: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def document(self, *, named: bool = True) -> dict[str, Any]:
        """Document of the samples as `carry_process.answers` reads it; without the names of columns if not `named`."""
        if self.texts:
            return {"texts": list(self.texts)}
        return {"columns": (list(self.columns) if named else []) or None, "rows": [list(row) for row in self.rows]}


def of_file(path: Path) -> Samples:
    """Samples in a file: CSV with or without a line of names, JSON, or one JSON text a line.

    Raises `file-not-found`, `file-unreadable`, `model-carry-samples`.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ScoredockError("file-too-large", l10n.t("{path} is too large.", path=path), place=Place(str(path)))
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path)) from None
    except (OSError, UnicodeDecodeError):
        raise ScoredockError("file-unreadable", l10n.t("{path} cannot be read.", path=path)) from None
    try:
        if path.suffix.lower() == ".csv":
            return of_csv([text])
        return of_bodies(_documents(text))
    except (ValueError, RecursionError, csv.Error):
        raise _none(str(path)) from None


def _documents(text: str) -> list[Any]:
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def of_texts(bodies: Iterable[str], source: str) -> Samples:
    """Samples in request bodies that are JSON texts. Raises `model-carry-samples`."""
    try:
        return of_bodies([json.loads(body) for body in islice(bodies, MOST)])
    except (ValueError, RecursionError):
        raise _none(source) from None


def of_bodies(bodies: Iterable[Any]) -> Samples:
    """Samples in bodies of any of the usual forms: lists of rows, of texts, or of objects. Raises ValueError."""
    rows: list[Any] = []
    names: Sequence[str] = ()
    for body in bodies:
        more, columns = rows_of_body(body)
        rows += more
        names = names or columns
    return _of_rows(rows[:MOST], names)


def _of_rows(rows: list[Any], names: Sequence[str]) -> Samples:
    if not rows:
        raise ValueError(rows)
    if all(isinstance(row, str) for row in rows):
        return Samples(texts=tuple(rows))
    if all(isinstance(row, Mapping) for row in rows):
        columns = tuple(dict.fromkeys(str(name) for row in rows for name in row))
        return Samples(tuple(tuple(row.get(name) for name in columns) for row in rows), columns)
    width = len(rows[0]) if isinstance(rows[0], list) else 0
    if not width or any(not isinstance(row, list) or len(row) != width for row in rows):
        raise ValueError(rows)
    if names and len(names) != width:
        raise ValueError(names)
    return Samples(tuple(map(tuple, rows)), tuple(names))


def of_csv(texts: Iterable[str], *, source: str = "") -> Samples:
    """Samples in texts of CSV with the same columns. Raises ValueError, csv.Error, `model-carry-samples`."""
    rows: list[list[str]] = []
    names: list[str] | None = None
    for text in texts:
        lines = [line for line in csv.reader(io.StringIO(text)) if line]
        if not lines:
            continue
        head = lines[0]
        is_head = not any(_is_number(cell) for cell in head)
        if is_head and names is None:
            names = head
        rows += lines[1:] if is_head else lines
        if len(rows) >= MOST:
            break
    if not rows:
        raise _none(source)
    kept = [place for place, name in enumerate(names or rows[0]) if not _is_added(name)]
    cells = [[_cell(row[place]) for place in kept] for row in rows[:MOST] if len(row) == len(names or rows[0])]
    columns = [names[place] for place in kept] if names is not None else []
    if len(kept) == 1 and all(isinstance(row[0], str) for row in cells):
        return Samples(texts=tuple(str(row[0]) for row in cells))
    return _of_rows(cells, columns)


def of_collected(folder: Path, service: str) -> Samples:
    """Rows that a ModelDataCollector of a service wrote for `inputs`, or bodies that the service collected by itself.

    Raises `model-carry-samples`.
    """
    tables = [path for path in sorted(folder.rglob("*.csv")) if "inputs" in path.parts]
    try:
        if tables:
            return of_csv((path.read_text("utf-8") for path in tables), source=service)
        bodies = list(islice(_collected_bodies(folder), MOST))
        return of_bodies(bodies)
    except (ValueError, OSError, RecursionError, csv.Error):
        raise _none(service) from None


def _collected_bodies(folder: Path) -> Iterator[Any]:
    for path in sorted(folder.rglob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)
            if isinstance(record, dict) and isinstance(record.get("input"), str) and record.get("status") == 200:
                yield json.loads(record["input"])


def _is_added(name: str) -> bool:
    return name.startswith(_COLLECTED) or name in _ADDED


def _is_number(cell: str) -> bool:
    return isinstance(_cell(cell), float)


def _cell(text: str) -> float | str | None:
    if text.strip() in _NOTHING:
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    return None if math.isnan(number) else number


def _none(source: str) -> ScoredockError:
    return ScoredockError(
        "model-carry-samples",
        l10n.t("{source} has no samples: rows of numbers or texts, objects, or texts.", source=source),
    )
