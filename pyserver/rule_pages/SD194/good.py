import json


def init():
    pass


def count(rows):
    return len(rows)


def run(data):
    return {"rows": count(json.loads(data)["data"])}
