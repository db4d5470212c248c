import json
import os

import joblib

model = None


def init():
    global model
    modle = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "ridge.pkl"))
    print(modle)


def run(data):
    return model.predict(json.loads(data)["data"]).tolist()
