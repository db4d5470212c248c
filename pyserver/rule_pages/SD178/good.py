import json


def init():
    pass


def run(data):
    rows = json.loads(data)
    print(json.dumps(rows))
    return len(rows)
