import json
import time


def init():
    pass


def run(data):
    time.sleep(1)
    return {"rows": len(json.loads(data)["data"])}
