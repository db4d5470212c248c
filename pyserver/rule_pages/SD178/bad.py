import json


def init():
    pass


def run(data):
    rows = eval(data)
    print(json.dumps(rows))
    return len(rows)
