import json

import joblib


def init():
    global model
    model = joblib.load("/home/ada/models/model.pkl")


def run(data):
    return model.predict(json.loads(data)["data"]).tolist()
