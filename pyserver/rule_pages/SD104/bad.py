import json


def init():
    pass


def Run(data):
    return {"rows": len(json.loads(data)["data"])}
