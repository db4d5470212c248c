"""The forms in which tables and arrays are sent: MLflow's four, Azure's `input_data`, and `data` of v1. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from scoredock import l10n

_SPLIT, _RECORDS, _INSTANCES, _INPUTS = "dataframe_split", "dataframe_records", "instances", "inputs"
_AZURE, _DATA = "input_data", "data"
_FORMS = (_SPLIT, _RECORDS, _INSTANCES, _INPUTS, _AZURE, _DATA)
_MISSING = re.compile(rf"""['"]({"|".join(_FORMS)})['"]""")
"""A form in what a script says that it misses: `KeyError: 'input_data'`, "A request needs "input_data" or …"."""
_LARGEST = 1 << 20
_SHOWN = 300
"""Characters of a translated body."""


def form_advice(body: bytes, complaints: Iterable[str]) -> str:
    """Advice on which body to send instead of one that the script does not read, from the script's own complaints;
    empty if these are about something else. A large body is shown by its beginning."""
    given = _given(body)
    if given is None:
        return ""
    form, document = given
    for line in complaints:
        for expected in _MISSING.findall(line):
            if expected not in document:
                return _sentence(form, expected, document)
    return ""


def _sentence(form: str, expected: str, document: dict[str, Any]) -> str:
    value = _value(form, expected, document[form])
    if value is None:
        return l10n.t("The body has “{form}”, and the script reads “{expected}”.", form=form, expected=expected)
    others = {key: each for key, each in document.items() if key == "params"}
    text = json.dumps({expected: value, **others}, ensure_ascii=False)
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return l10n.t(
        "The body has “{form}”, and the script reads “{expected}”. The same as the script reads it: {body}",
        form=form,
        expected=expected,
        body=text,
    )


def _given(body: bytes) -> tuple[str, dict[str, Any]] | None:
    """The only form that a JSON object has, with that object."""
    if len(body) > _LARGEST or not any(form.encode() in body for form in _FORMS):
        return None
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    forms = [form for form in _FORMS if isinstance(document, dict) and document.get(form) is not None]
    return (forms[0], document) if len(forms) == 1 else None


def _value(form: str, expected: str, value: Any) -> Any:
    """The table or array in another form; None where it has none there."""
    table = _table(value)
    if table is None:
        return None if expected in (_SPLIT, _RECORDS) else value
    columns, rows = table
    records = [dict(zip(columns, row, strict=False)) for row in rows]
    if expected == _SPLIT or (expected == _AZURE and form in (_SPLIT, _RECORDS, _INSTANCES, _DATA)):
        return value if isinstance(value, dict) else {"columns": columns, "data": rows}
    if expected == _INPUTS:
        return {name: [record.get(name) for record in records] for name in columns}
    return records


def _table(value: Any) -> tuple[list[Any], list[Any]] | None:
    """Names and rows of a table in pandas' split form or as a list of objects."""
    if isinstance(value, dict):
        columns, rows = value.get("columns"), value.get("data")
        if (
            not isinstance(columns, list)
            or not isinstance(rows, list)
            or not all(isinstance(row, list) for row in rows)
        ):
            return None
        return columns, rows
    if not isinstance(value, list) or not value or not all(isinstance(row, dict) for row in value):
        return None
    columns = list(dict.fromkeys(name for row in value for name in row))
    return columns, [[row.get(name) for name in columns] for row in value]
