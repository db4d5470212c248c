import json


def init(context):
    pass


def run(data):
    return {"rows": len(json.loads(data)["data"])}
