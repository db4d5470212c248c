%%writefile score.py
import json
import numpy as np
import os
import pickle
from sklearn.externals import joblib
from sklearn.linear_model import LogisticRegression
from azureml.core.model import Model

# called once
def init():
    global classifier
    # the registered name leads to the file
    file_path = Model.get_model_path('digit_classifier')
    classifier = joblib.load(file_path)

# called for every request
def run(body):
    rows = np.array(json.loads(body)['rows'])
    # one digit a row
    digits = classifier.predict(rows)
    return json.dumps(digits.tolist())
