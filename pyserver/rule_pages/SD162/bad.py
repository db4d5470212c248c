import json

from Cleaning import clean


def init():
    pass


def run(data):
    return clean(json.loads(data)["data"])
