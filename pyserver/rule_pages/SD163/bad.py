import json

import statistics


def init():
    pass


def run(data):
    return {"mean": statistics.mean(json.loads(data)["data"])}
