"""The first lines of the output of a batch job in columns. Pure."""

from __future__ import annotations

import csv
from collections.abc import Sequence

_BLANK, _COMMA = " ", ","
_SEPARATORS = (_BLANK, _COMMA, "\t")
"""Blanks, as a data frame is written with them, before those of CSV."""
_BRACKETS = ("{", "[", "(")


def columns_of(lines: Sequence[str], *, is_csv: bool = False) -> list[list[str]]:
    """A row for each line where all of them have the same number of values, and more than one; else nothing.

    What begins with a bracket is one value, such as a dictionary that a script returned.
    """
    if not lines or (not is_csv and any(line.startswith(_BRACKETS) for line in lines)):
        return []
    return next(filter(None, (_split(lines, each) for each in ((_COMMA,) if is_csv else _SEPARATORS))), [])


def _split(lines: Sequence[str], separator: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=separator == ",", strict=True))
    except csv.Error:
        return []
    widths = {len(row) for row in rows}
    # Blanks behind commas part no values.
    is_within = separator == " " and any(value.endswith(",") for row in rows for value in row)
    return rows if len(rows) == len(lines) and len(widths) == 1 and max(widths) > 1 and not is_within else []
