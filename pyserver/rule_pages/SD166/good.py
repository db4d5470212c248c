import json
import os

CONNECTION = os.environ["CONNECTION"]


def init():
    pass


def run(data):
    return {"rows": len(json.loads(data)["data"]), "store": CONNECTION.split(";")[1]}
