import json


def init():
    json.loads("{}")


def run(data):
    return json.loads(data)
