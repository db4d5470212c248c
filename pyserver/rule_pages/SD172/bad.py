import json


def init():
    pass


def run(data):
    with open("requests.log", "a") as log:
        log.write(data)
    return {"rows": len(json.loads(data)["data"])}
