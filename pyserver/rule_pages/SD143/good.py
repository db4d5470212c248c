from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema


def init():
    pass


@input_schema("Inputs", StandardPythonParameterType({"input1": [1.0]}))
@input_schema("GlobalParameters", StandardPythonParameterType(1.0))
def run(Inputs, GlobalParameters=1.0):
    return {"Results": [value * GlobalParameters for value in Inputs["input1"]]}
