"""Columns of an output that is a table: each mini-batch has those of the first one, with types that go together.

What workers keep of a mini-batch begins with a line that says its columns (`scoredock_runtime/batch/tables.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.batch.options import BatchOutputFormat
from scoredock.late_dataclass import dataclass

_LONGEST = 1 << 26
_WHOLE = frozenset(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
_FRACTIONS = frozenset(("halffloat", "float", "double"))
_NULL = "null"


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """Column of a mini-batch, or of all of them."""

    name: str
    type: str = ""
    """As Arrow writes it; empty in CSV, where there are none."""
    is_wide: bool = False
    """Has whole numbers that a floating-point number cannot have."""
    schema: str = ""
    """Of Arrow, in base64, where it has this very type."""


@dataclass(frozen=True, slots=True)
class PartHead:
    """Facts in the first line of a part."""

    columns: tuple[OutputColumn, ...]
    rows: int
    items: int
    """That run() got."""


def read_head(path: Path) -> PartHead:
    """Raises OSError, and ValueError for what no worker wrote."""
    with path.open("rb") as stream:
        return _head(stream.readline(_LONGEST))


def _head(line: bytes) -> PartHead:
    document = json.loads(line)
    schema = str(document.get("schema", ""))
    columns = tuple(OutputColumn(name, kind, wide, schema) for name, kind, wide in document["columns"])
    return PartHead(columns, int(document["rows"]), int(document["items"]))


def said_columns(message: Iterable[Sequence[Any]]) -> tuple[OutputColumn, ...]:
    """Columns as a worker reports them when a mini-batch is done; without their schema."""
    return tuple(OutputColumn(str(name), str(kind), bool(wide)) for name, kind, wide in message)


class AgreedColumns:
    """Columns that all mini-batches taken so far have in common, in the order of the input."""

    def __init__(self, columns: tuple[OutputColumn, ...] = ()) -> None:
        self.columns = columns

    def problem(self, columns: tuple[OutputColumn, ...]) -> str:
        """Reason why a mini-batch with these columns cannot be added; empty if it can."""
        if not self.columns:
            return ""
        missing = [each for each in self.columns if all(each.name != other.name for other in columns)]
        if missing:
            return l10n.t("The result lacks the column “{column}” of those before it.", column=missing[0].name)
        for number, column in enumerate(columns):
            agreed = self.columns[number] if number < len(self.columns) else None
            if agreed is None or agreed.name != column.name:
                return self._other_name(column, agreed)
            if _common(agreed, column) is None:
                return l10n.t(
                    "The column “{column}” of the result is {type}, and of those before it {first}.",
                    column=column.name,
                    type=column.type,
                    first=agreed.type,
                )
        return ""

    def _other_name(self, column: OutputColumn, agreed: OutputColumn | None) -> str:
        if agreed is None or all(each.name != column.name for each in self.columns):
            return l10n.t("The result has the column “{column}”, which those before it lack.", column=column.name)
        return l10n.t(
            "The result has the column “{column}” where those before it have “{first}”.",
            column=column.name,
            first=agreed.name,
        )

    def take(self, columns: tuple[OutputColumn, ...]) -> None:
        """Columns without a problem."""
        if not self.columns:
            self.columns = columns
            return
        pairs = zip(self.columns, columns, strict=True)
        self.columns = tuple(_common(agreed, column) or agreed for agreed, column in pairs)

    def names(self) -> list[str]:
        return [each.name for each in self.columns]

    def typed(self) -> list[list[str]]:
        """Name, type and schema of each, as the worker that writes Parquet wants them."""
        return [[each.name, each.type, each.schema] for each in self.columns]


def _common(one: OutputColumn, other: OutputColumn) -> OutputColumn | None:
    """Column with the type that holds all values of both; None if there is none."""
    is_wide = one.is_wide or other.is_wide
    if one.type == other.type or other.type == _NULL:
        return replace(one, is_wide=is_wide)
    if one.type == _NULL:
        return other
    kinds = {one.type, other.type}
    if kinds <= _WHOLE:
        return None if "uint64" in kinds and is_wide else OutputColumn(one.name, "int64", is_wide)
    if kinds <= _FRACTIONS or (kinds <= _WHOLE | _FRACTIONS and not is_wide):
        return OutputColumn(one.name, "double", is_wide)
    return None


def is_table(form: BatchOutputFormat) -> bool:
    """True if results are rows with columns."""
    return form != "text"
