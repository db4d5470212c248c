import json
import os

import joblib


def init():
    global regressor
    # The registered model is a folder, which keeps its name.
    file_path = os.path.join(os.getenv('AZUREML_MODEL_DIR'), 'price_model', 'price_ridge.pkl')
    regressor = joblib.load(file_path)


def run(body):
    rows = json.loads(body)['rows']
    return regressor.predict(rows).tolist()
