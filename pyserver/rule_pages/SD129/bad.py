import json
import os

import joblib


def init():
    pass


def run(data):
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))
    return model.predict(json.loads(data)["data"]).tolist()
