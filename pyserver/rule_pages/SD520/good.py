import json
import os

import joblib


def init():
    global model
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.joblib"), "rb") as stream:
        model = joblib.load(stream)


def run(data):
    return model.predict(json.loads(data)["data"]).tolist()
