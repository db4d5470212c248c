import json
import os


def init():
    global home
    home = open(__file__, encoding="utf-88").read()


def run(data):
    return {"rows": len(json.loads(data)["data"]), "home": home}
