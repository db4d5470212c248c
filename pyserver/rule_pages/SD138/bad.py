from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema


KIND = StandardPythonParameterType([1.0])


def init():
    pass


@input_schema("data", [1.0])
def run(data):
    return len(data)
