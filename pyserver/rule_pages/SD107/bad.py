import json


def init():
    pass


def run(data, scale):
    return {"rows": len(json.loads(data)["data"]), "scale": scale}
