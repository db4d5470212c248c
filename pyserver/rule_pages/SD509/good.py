import json

from azureml.core.model import Model

import joblib


def init():
    global model
    model = joblib.load(Model.get_model_path("diabetes"))


def run(data):
    return model.predict(json.loads(data)["data"]).tolist()
