import json
import os


def init():
    pass


def run(data):
    rows = len(json.loads(data)["data"])
    return {"rows": rows, "workspace": os.environ.get("WORKSPACE", "")}
