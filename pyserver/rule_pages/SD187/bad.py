import json


def init():
    pass


def run(data):
    return json.dumps({"rows": len(json.loads(data)["data"])})
