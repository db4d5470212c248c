import json


def init():
    pass


def run(data):
    return np.mean(json.loads(data)["data"])
