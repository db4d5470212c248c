import json


def init():
    pass


def run(data):
    rows = len(json.loads(data)["data"])
    print("rows", rows)
    return {"rows": rows}
