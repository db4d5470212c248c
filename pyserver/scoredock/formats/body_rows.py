"""Rows of a request body: of a list, under one of the names that servers have for them, or of a table with columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_WRAPPINGS = ("data", "Inputs", "inputs", "input_data", "dataframe_split", "dataframe_records", "instances")


def rows_of_body(body: Any) -> tuple[list[Any], Sequence[str]]:
    """The rows of one in any of these forms, and the names of columns that it has for them. Raises ValueError."""
    return _rows(body, 0)


def _rows(body: Any, depth: int) -> tuple[list[Any], Sequence[str]]:
    if depth > 5:
        raise ValueError(body)
    if isinstance(body, str):
        return [body], ()
    if isinstance(body, Mapping):
        if isinstance(body.get("columns"), list) and isinstance(body.get("data"), list):
            return body["data"], [str(each) for each in body["columns"]]
        for name in _WRAPPINGS:
            if name in body and isinstance(body[name], (list, Mapping)):
                return _rows(body[name], depth + 1)
        values = list(body.values())
        if len(values) == 1 and isinstance(values[0], (list, Mapping)):
            return _rows(values[0], depth + 1)
        return [body], ()
    if isinstance(body, list):
        is_row = bool(body) and not any(isinstance(each, (list, Mapping)) for each in body)
        return ([body] if is_row and not all(isinstance(each, str) for each in body) else body), ()
    raise ValueError(body)
