import json
import os

import joblib


def init():
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))


def run(raw_data):
    price = model.predict(json.loads(raw_data)["data"])
    return {"price": float(price[0])}
