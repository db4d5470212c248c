%%writefile score.py
import json
import numpy as np
import os
import pickle
from sklearn.externals import joblib
from sklearn.linear_model import LogisticRegression
from azureml.core.model import Model

from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType


def init():
    global classifier
    file_path = Model.get_model_path('digit_classifier')
    classifier = joblib.load(file_path)


one_row = np.array([[0.4]])
one_answer = np.array([1250.75])

@input_schema('rows', NumpyParameterType(one_row))
@output_schema(NumpyParameterType(one_answer))
def run(body):
    rows = np.array(json.loads(body)['rows'])
    digits = classifier.predict(rows)
    return json.dumps(digits.tolist())
