import json
import os

import joblib


def init():
    global model
    model = joblib.load(os.environ["AZUREML_MODEL_DIR"])


def run(data):
    return model.predict(json.loads(data)["data"]).tolist()
