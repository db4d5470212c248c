import json


def init():
    pass


def run(data):
    return json.dumps({"count": 1})
