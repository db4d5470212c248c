import json
import os

import joblib


def init():
    global cheap, dear
    # With several models every one has a folder of its name and version.
    cheap_path = os.path.join(os.getenv('AZUREML_MODEL_DIR'), 'price_cheap', '1', 'price_ridge.pkl')
    dear_path = os.path.join(os.getenv('AZUREML_MODEL_DIR'), 'price_dear', '1', 'price_ridge.pkl')
    cheap = joblib.load(cheap_path)
    dear = joblib.load(dear_path)


def run(body):
    rows = json.loads(body)['rows']
    return {'cheap': cheap.predict(rows).tolist(), 'dear': dear.predict(rows).tolist()}
