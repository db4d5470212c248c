import json


def init():
    pass


def run(data):
    rows = json.loads(data)["data"]
    if not rows:
        raise RuntimeError("no rows")
    return {"rows": len(rows)}
