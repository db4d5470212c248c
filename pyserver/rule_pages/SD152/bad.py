import json

from azureml.core import Run


def init():
    global log
    log = Run.get_context()


def run(data):
    rows = len(json.loads(data)["data"])
    log.log("rows", rows)
    return {"rows": rows}
