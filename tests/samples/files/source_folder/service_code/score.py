import json
import os

import joblib


def init():
    global regressor
    # No model is registered: it lies beside this script.
    here = os.path.dirname(os.path.abspath(__file__))
    regressor = joblib.load(os.path.join(here, 'price_ridge.pkl'))


def run(body):
    return regressor.predict(json.loads(body)['rows']).tolist()
