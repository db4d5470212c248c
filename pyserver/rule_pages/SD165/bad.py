import json
import os


def init():
    print("key:", os.environ["STORAGE_KEY"])


def run(data):
    return {"rows": len(json.loads(data)["data"])}
