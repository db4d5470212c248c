import json
import ConfigParser


def init():
    pass


def run(data):
    return {"rows": len(json.loads(data)["data"]), "parser": str(ConfigParser)}
