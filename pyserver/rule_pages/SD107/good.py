import json


def init():
    pass


def run(data, scale=1):
    return {"rows": len(json.loads(data)["data"]), "scale": scale}
