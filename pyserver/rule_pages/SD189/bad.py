import json


def init():
    pass


def run(data):
    body = json.loads(data)
    return {"rows": len(body.rows)}
