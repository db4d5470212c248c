import json


def init():
    pass


def run(data):
    rows = json.loads(data)["data"]
    return {"mean": sum(rows) / len(rows) if rows else None}
