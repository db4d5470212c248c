import json
import os


def init():
    global threshold
    threshold = float(os.environ.get("THRESHOLD", "0.5"))


def run(data):
    return {"many": len(json.loads(data)["data"]) > threshold}
