import json

import numpy as np


def init():
    pass


def run(data):
    return float(np.sum(json.loads(data)["data"]))
