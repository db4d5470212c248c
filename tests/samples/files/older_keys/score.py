import json
import os

import joblib


def init():
    global regressor
    # The registered model is one file, which lies right in the folder.
    file_path = os.path.join(os.getenv('AZUREML_MODEL_DIR'), 'price_ridge.pkl')
    regressor = joblib.load(file_path)


def run(body):
    rows = json.loads(body)['rows']
    return regressor.predict(rows).tolist()
