import json
import os


def init():
    global home
    home = os.getcwd()


def run(data):
    return {"rows": len(json.loads(data)["data"]), "home": home}
