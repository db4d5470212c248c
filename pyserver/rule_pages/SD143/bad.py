from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema


def init():
    pass


@input_schema("inputs", StandardPythonParameterType({"input1": [1.0]}))
@input_schema("GlobalParameters", StandardPythonParameterType(1.0))
def run(inputs, GlobalParameters=1.0):
    return {"Results": [value * GlobalParameters for value in inputs["input1"]]}
