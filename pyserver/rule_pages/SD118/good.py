import json

count = 0


def init():
    pass


def run(data):
    global count
    count += 1
    return {"rows": len(json.loads(data)["data"]), "count": count}
