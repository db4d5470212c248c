"""Nested parameters and a list of mixed types, which swagger 2 has no words for."""

import datetime

from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema

INPUTS = StandardPythonParameterType(
    {
        "input1": StandardPythonParameterType([{"name": "a", "size": 1}]),
        "kind": StandardPythonParameterType([1, "x", 2.5, None]),
        "when": StandardPythonParameterType(datetime.datetime(2020, 1, 2, 3, 4, 5)),
        "payload": StandardPythonParameterType(b"bytes"),
        "flag": StandardPythonParameterType(True),
    }
)


def init():
    pass


@input_schema("Inputs", INPUTS)
@input_schema("GlobalParameters", StandardPythonParameterType(1.0), optional=True)
@output_schema(StandardPythonParameterType({"Results": [1.5]}))
def run(Inputs, GlobalParameters=0.5):
    told = {name: repr(value) for name, value in sorted(Inputs.items())}
    return {"Results": told, "GlobalParameters": GlobalParameters}
