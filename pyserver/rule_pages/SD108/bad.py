import json


def init():
    pass


async def run(data):
    return {"rows": len(json.loads(data)["data"])}
