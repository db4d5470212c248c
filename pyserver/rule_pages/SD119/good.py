from azureml.contrib.services.aml_response import AMLResponse
import json


def init():
    pass


def run(data):
    rows = json.loads(data)["data"]
    if not rows:
        return AMLResponse({"error": "no rows"}, 400, json_str=True)
    return {"rows": len(rows)}
