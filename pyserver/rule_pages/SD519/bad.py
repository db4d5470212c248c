import json
import os

import joblib
import numpy as np


def init():
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))


def run(data):
    return model.predict(np.array(json.loads(data)["data"]).ravel()).tolist()
