import json


def init():
    pass


def run(data):
    return {"rows": len(json.loads(data)["data"])}


if __name__ == "__main__":
    init()
