import json
import numpy as np
import os
import joblib


def init():
    global regressor
    file_path = os.path.join(os.getenv('AZUREML_MODEL_DIR'), 'price_ridge.pkl')
    regressor = joblib.load(file_path)


def run(body):
    try:
        rows = np.array(json.loads(body))
        prices = regressor.predict(rows)
        return prices.tolist()
    except Exception as problem:
        text = str(problem)
        return text
