"""Answers requests with the diabetes model: ten standardised measurements in, disease progression out."""

import logging
import os

import joblib
import numpy as np
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema, output_schema

INPUT_SAMPLE = np.array([[0.04, 0.05, 0.06, 0.02, -0.04, -0.03, -0.04, 0.0, 0.02, -0.02]])
OUTPUT_SAMPLE = np.array([206.1])


def init():
    """Loads the registered model once, before the first request."""
    global model
    path = os.path.join(os.environ["AZUREML_MODEL_DIR"], "sklearn_regression_model.pkl")
    model = joblib.load(path)
    logging.info("loaded %s", path)


@input_schema("data", NumpyParameterType(INPUT_SAMPLE))
@output_schema(NumpyParameterType(OUTPUT_SAMPLE))
def run(data):
    """Predicts one number for each row."""
    print(f"scoring {len(data)} row(s)")
    return model.predict(data).tolist()
