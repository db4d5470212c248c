"""Bodies of requests become the same rows here, in the person's interpreter, as in the server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from drift_process.bodies import columns_of, named_rows, predictions_of, rows_of_body
from hypothesis import given
from hypothesis import strategies as st
from scoredock.contrib.carry_over.domain import samples

VALUES = (
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | st.text("ab")
)
KEYS = st.sampled_from(["data", "Inputs", "columns", "instances", "a", "b"])
BODIES = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)


def outcome(function: Any, body: Any) -> Any:
    try:
        rows, names = function(body)
    except ValueError:
        return "refused"
    return rows, list(names)


@given(BODIES)
def test_the_rows_are_those_of_the_server(body: Any) -> None:
    assert outcome(rows_of_body, body) == outcome(samples.rows_of_body, body)


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ({"data": [[1, 2], [3, 4]]}, [{"0": 1, "1": 2}, {"0": 3, "1": 4}]),
        ({"columns": ["a"], "data": [[1]]}, [{"a": 1}]),
        ({"Inputs": {"data": [{"a": 1, "b": "x"}]}}, [{"a": 1, "b": "x"}]),
        ({"a": 1, "b": 2}, [{"a": 1, "b": 2}]),
        ([5.1, 3.5], [{"0": 5.1, "1": 3.5}]),
    ],
)
def test_rows_have_names(body: Any, rows: list[dict[str, Any]]) -> None:
    assert named_rows(body) == rows


@pytest.mark.parametrize(
    ("response", "rows", "predictions"),
    [
        ([2.5, 3.5], 2, [{"prediction": 2.5}, {"prediction": 3.5}]),
        ([2.5], 1, [{"prediction": 2.5}]),
        ([[0.1, 0.9]], 1, [{"prediction.0": 0.1, "prediction.1": 0.9}]),
        ({"result": [1, 2]}, 2, [{"prediction": 1}, {"prediction": 2}]),
        ({"predict": [2.5, 3.5]}, 2, [{"prediction": 2.5}, {"prediction": 3.5}]),
        ({"predict_proba": [[0.1, 0.9]]}, 1, [{"prediction.0": 0.1, "prediction.1": 0.9}]),
        ({"label": ["x", "y"], "score": [0.5, 0.6]}, 2, None),
        (json.dumps({"predictions": [1]}), 1, [{"prediction": 1}]),
        ("positive", 1, [{"prediction": "positive"}]),
        (7, 1, [{"prediction": 7}]),
    ],
)
def test_predictions_of_responses(response: Any, rows: int, predictions: list[dict[str, Any]] | None) -> None:
    expected = predictions or [
        {"prediction.label": "x", "prediction.score": 0.5},
        {"prediction.label": "y", "prediction.score": 0.6},
    ]
    assert predictions_of(response, rows) == expected


def test_columns_have_numbers_or_texts() -> None:
    columns = columns_of([{"a": 1, "b": "x"}, {"a": None, "b": True}, {"c": [1]}])
    assert columns["a"].tolist()[:1] == [1.0]
    assert columns["b"] == ["x", "True", None]
    assert columns["c"] == [None, None, "[1]"]
