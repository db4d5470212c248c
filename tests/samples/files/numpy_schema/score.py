# Prices from ten measurements, with a schema
import json
import numpy as np
import os
from sklearn.externals import joblib
from sklearn.linear_model import Ridge

from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType


def init():
    global regressor
    # The folder of the one registered model, and in it the file as it was called.
    file_path = os.path.join(os.getenv('AZUREML_MODEL_DIR'), 'price_ridge.pkl')
    regressor = joblib.load(file_path)


measurements = np.array([[20, 18, 16, 14, 12, 10, 8, 6, 4, 2]])
price = np.array([512.25])


@input_schema('data', NumpyParameterType(measurements))
@output_schema(NumpyParameterType(price))
def run(data):
    try:
        prices = regressor.predict(data)
        # Anything that JSON knows may go back.
        return prices.tolist()
    except Exception as problem:
        text = str(problem)
        return text
