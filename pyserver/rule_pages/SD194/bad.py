import json


def init():
    pass


async def count(rows):
    return len(rows)


def run(data):
    return {"rows": count(json.loads(data)["data"])}
