import json


def init():
    pass


def run(data):
    if (rows := json.loads(data)["data"]) is None:
        rows = []
    return {"rows": len(rows)}
