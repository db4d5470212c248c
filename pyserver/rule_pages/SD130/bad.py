import json

import numpy as np


def init():
    pass


def run(data):
    print(np.sum(json.loads(data)["data"]))
