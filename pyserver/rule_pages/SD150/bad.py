import json
import os

import joblib
import pandas as pd


def init():
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))


def run(data):
    return model.predict(pd.DataFrame(json.loads(data)["data"])).tolist()
