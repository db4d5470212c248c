import json


def init():
    pass


def run(data):
    return {"count": 1}
