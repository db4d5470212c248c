import json

from azureml.core import Workspace


def init():
    pass


def run(data):
    return {"rows": len(json.loads(data)["data"])}
