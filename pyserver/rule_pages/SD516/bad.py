import json
import os

import joblib


def init():
    global model
    model = joblib.load("ridge.pkl")


def run(data):
    return model.predict(json.loads(data)["data"]).tolist()
