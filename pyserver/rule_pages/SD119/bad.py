import json


def init():
    pass


def run(data):
    rows = json.loads(data)["data"]
    if not rows:
        return {"error": "no rows"}, 400
    return {"rows": len(rows)}
