import json

import own_statistics


def init():
    pass


def run(data):
    return {"mean": own_statistics.mean(json.loads(data)["data"])}
