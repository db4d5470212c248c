import json
import os

from azureml.core.model import Model

import joblib


def init():
    global model
    model = joblib.load(os.path.join(Model.get_model_path("diabetes"), "ridge.pkl"))


def run(data):
    return model.predict(json.loads(data)["data"]).tolist()
