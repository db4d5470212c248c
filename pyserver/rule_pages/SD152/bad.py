import json

from azureml.core import Workspace


def init():
    global workspace
    workspace = Workspace.from_config()


def run(data):
    rows = len(json.loads(data)["data"])
    return {"rows": rows, "workspace": workspace.name}
