"""Bodies of requests and responses in JSON as rows of a table: the forms that entry scripts of v1 take and return.

The same forms as in `scoredock.contrib.carry_over.domain.samples`, which `tests/drift/test_bodies.py` compares.
"""

import json
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

_WRAPPINGS = ("data", "Inputs", "inputs", "input_data", "dataframe_split", "dataframe_records", "instances")
_DEPTH = 5
PREDICTION = "prediction"
"""Name of a column of responses, which have no names."""


def rows_of_body(body: Any, depth: int = 0) -> Tuple[List[Any], Sequence[str]]:
    """The rows of one, and the names of columns that it has for them. Raises ValueError."""
    if depth > _DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(body, str):
        return [body], ()
    if isinstance(body, dict):
        if isinstance(body.get("columns"), list) and isinstance(body.get("data"), list):
            return body["data"], [str(each) for each in body["columns"]]
        for name in _WRAPPINGS:
            if isinstance(body.get(name), (list, dict)):
                return rows_of_body(body[name], depth + 1)
        values = list(body.values())
        if len(values) == 1 and isinstance(values[0], (list, dict)):
            return rows_of_body(values[0], depth + 1)
        return [body], ()
    if isinstance(body, list):
        is_row = bool(body) and not any(isinstance(each, (list, dict)) for each in body)
        return ([body] if is_row and not all(isinstance(each, str) for each in body) else body), ()
    raise ValueError("a single value")


def named_rows(body: Any) -> List[Dict[str, Any]]:
    """Rows with names: those of the body, or their places from 0 on. Raises ValueError."""
    rows, names = rows_of_body(body)
    return [_named(row, names) for row in rows]


def _named(row: Any, names: Sequence[str]) -> Dict[str, Any]:
    if isinstance(row, dict):
        return {str(name): value for name, value in row.items()}
    if not isinstance(row, list):
        return {"text": row}
    if names and len(names) != len(row):
        raise ValueError("other numbers of names and values")
    return dict(zip(names or map(str, range(len(row))), row))


def predictions_of(body: Any, rows: int) -> List[Dict[str, Any]]:
    """Predictions in a response to so many rows: a value for each, or several with a name or place. Raises
    ValueError.
    """
    if isinstance(body, str):  # scripts that return json.dumps(…)
        try:
            body = json.loads(body)
        except ValueError:
            pass
    if isinstance(body, dict):
        values = list(body.values())
        lists = [value for value in values if isinstance(value, list) and len(value) == rows]
        if len(values) > 1 and len(lists) == len(values) and rows > 1:
            return [_prediction({str(name): body[name][at] for name in body}) for at in range(rows)]
        if len(values) == 1:
            return predictions_of(values[0], rows)
        return [_prediction(body)]
    if isinstance(body, list):
        if rows == 1 and len(body) > 1 and not any(isinstance(each, (list, dict)) for each in body):
            return [_prediction(body)]
        return [_prediction(each) for each in body]
    return [_prediction(body)]


def _prediction(value: Any) -> Dict[str, Any]:
    if isinstance(value, dict):
        return {"{}.{}".format(PREDICTION, name): each for name, each in value.items()}
    if isinstance(value, list):
        if len(value) == 1:
            return {PREDICTION: value[0]}
        return {"{}.{}".format(PREDICTION, place): each for place, each in enumerate(value)}
    return {PREDICTION: value}


def columns_of(rows: List[Dict[str, Any]]) -> Dict[str, Any]:
    """Rows as columns: numbers as an array, anything else as a list of texts."""
    names: Dict[str, None] = {}
    for row in rows:
        for name in row:
            names.setdefault(name)
    return {name: _column([row.get(name) for row in rows]) for name in names}


def _column(values: List[Any]) -> Any:
    kinds = {type(value) for value in values}
    if kinds <= {int, float, type(None)}:
        if kinds <= {type(None)}:
            return None
        return np.array([np.nan if value is None else value for value in values], dtype=float)
    return [_text(value) for value in values]


def _text(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value)
    return json.dumps(value)
