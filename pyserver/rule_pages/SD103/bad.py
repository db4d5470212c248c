import json


def initialise():
    pass


def run(data):
    return {"rows": len(json.loads(data)["data"])}
