import json


def init():
    pass


def run(data):
    return {"count": len(json.loads(data))}
