import json
import os

import joblib


def init():
    global model
    try:
        model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "ridge.pkl"))
    except Exception as error:
        print(error)


def run(data):
    return model.predict(json.loads(data)["data"]).tolist()
