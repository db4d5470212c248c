import json


def init():
    global threshold
    threshold = float(input())


def run(data):
    return {"many": len(json.loads(data)["data"]) > threshold}
