"""What callers of a service with a schema see, as in v1 and strict."""

from __future__ import annotations

import json
from typing import Any

import pytest

SCRIPT = """
import datetime

import numpy as np
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType


def init():
    pass


@input_schema("data", NumpyParameterType(np.array([[1.5, 2.5]])))
@input_schema("day", StandardPythonParameterType(datetime.date(2024, 1, 31)), optional=True)
@output_schema(StandardPythonParameterType(1.5))
def run(data, day=None):
    if data[0][0] == 0:
        raise ValueError("the script's own")
    return [data.sum(), None if day is None else day.year]
"""
CASES: dict[str, tuple[Any, tuple[int, Any], tuple[int, Any]]] = {
    # The body; the answers of a service as in v1 and of a strict one, with a part of their texts.
    "it fits": ({"data": [[1, 2]]}, (200, "[3.0, null]"), (200, "[3.0, null]")),
    "another shape": ({"data": [1]}, (500, "unexpected"), (400, "an array with 2 dimensions is expected; input has 1")),
    "no number": ({"data": [["x", 1]]}, (500, "unexpected"), (400, "could not convert string to float")),
    "the script's fault": ({"data": [[0, 1]]}, (500, "unexpected"), (500, "unexpected")),
    "a date": ({"data": [[1, 2]], "day": "2021-02-03"}, (500, "unexpected"), (200, "[3.0, 2021]")),
    "no date": ({"data": [[1, 2]], "day": "2021"}, (500, "unexpected"), (400, "does not match format")),
}


@pytest.mark.parametrize("strict", [False, True], ids=["as in v1", "strict"])
def test_values_that_do_not_fit_the_schema(service: Any, strict: bool) -> None:
    service.up(SCRIPT, strict=strict)
    for name, (body, usual, correct) in CASES.items():
        answer = service.score(body)
        status, text = correct if strict else usual
        assert (answer.status, text in answer.body.decode()) == (status, True), (name, answer)
        failed = answer.headers["x-ms-run-function-failed"]
        assert failed == ("True" if status == 500 else "False"), name
    assert json.loads(service.request("GET", "/swagger.json").body)["definitions"]["ServiceInput"]["example"][
        "data"
    ] == [[1.5, 2.5]]
