import json


def init():
    pass


def run(data):
    return json.loads(data)  # scoredock: ignore[SD110]
