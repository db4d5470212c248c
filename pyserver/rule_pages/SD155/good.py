import json


def init():
    pass


def run(data):
    rows = json.loads(data)["data"]
    return {"rows": len(rows or [])}
