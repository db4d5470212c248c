import json
import pickle
import numpy as np
import pandas as pd
import azureml.train.automl
from sklearn.externals import joblib
from azureml.core.model import Model

from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType


def init():
    global pipeline
    # The name of the file may be another one.
    file_path = os.path.join(os.getenv('AZUREML_MODEL_DIR'), 'house_pipeline.pkl')
    # Back from the file to the fitted pipeline.
    pipeline = joblib.load(file_path)


house = pd.DataFrame(data=[{
    # decimals
    "area": 81.5,
    # text
    "district": "north",
    # whole numbers
    "rooms": 4
}])

# the class that comes out is a whole number
band = np.array([2])


@input_schema('data', PandasParameterType(house))
@output_schema(NumpyParameterType(band))
def run(data):
    try:
        bands = pipeline.predict(data)
        # Anything that JSON knows may go back.
        return bands.tolist()
    except Exception as problem:
        text = str(problem)
        return text
