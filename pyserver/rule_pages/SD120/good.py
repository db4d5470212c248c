import json

import numpy as np


def init():
    pass


def run(data):
    return np.array(json.loads(data)["data"]).tolist()
