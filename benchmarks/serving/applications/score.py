"""The script of the measurements: a small model that takes text and gives numbers. Every peer calls these functions."""

import json

import numpy
from sklearn.linear_model import Ridge


def init():
    global model
    model = Ridge().fit(numpy.arange(200.0).reshape(20, 10) % 7, numpy.arange(20.0))


def run(data):
    return model.predict(numpy.array(json.loads(data)["data"])).tolist()


def predict(rows):
    """For the servers that parse JSON themselves."""
    return model.predict(numpy.array(rows)).tolist()
