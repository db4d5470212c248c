import json


def init():
    pass


def run(data):
    return {"rows": len(json.loads(data)["data"])}
