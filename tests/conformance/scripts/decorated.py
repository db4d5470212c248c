"""Decorated with standard types; one parameter has a default."""

from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema


def init():
    pass


@input_schema("data", StandardPythonParameterType([1.5]))
@input_schema("factor", StandardPythonParameterType(2))
@output_schema(StandardPythonParameterType({"sum": 1.5, "names": ["a"]}))
def run(data, factor=1, *, note="none", request_headers=None):
    return {"sum": sum(data) * factor, "note": note, "header": request_headers.get("X-One")}
