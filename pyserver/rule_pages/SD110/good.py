import json

import numpy as np


def init():
    pass


def run(data):
    return np.mean(json.loads(data)["data"])
