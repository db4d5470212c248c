import pandas as pd
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.schema_decorators import input_schema


def init():
    pass


@input_schema("data", PandasParameterType(pd.DataFrame({"age": [59], "bmi": [32.1]})))
def run(data):
    return data[["age", "BMI"]].values.tolist()
