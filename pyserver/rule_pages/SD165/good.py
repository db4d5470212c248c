import json
import os


def init():
    print("key is set:", "STORAGE_KEY" in os.environ)


def run(data):
    return {"rows": len(json.loads(data)["data"])}
