import json

from azureml.core import Workspace
from azureml.core.model import Model

import joblib


def init():
    global model
    model = joblib.load(Model(Workspace.from_config(), "diabetes").download())


def run(data):
    return model.predict(json.loads(data)["data"]).tolist()
