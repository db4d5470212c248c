import json


def init():
    pass


def run(data):
    try:
        return {"rows": len(json.loads(data)["data"])}
    except KeyError as error:
        print("no rows", error)
