import json
import configparser


def init():
    pass


def run(data):
    return {"rows": len(json.loads(data)["data"]), "parser": str(configparser)}
