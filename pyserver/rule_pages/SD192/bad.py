import json
import os


def init():
    global home
    home = os.getcwd().lowerr()


def run(data):
    return {"rows": len(json.loads(data)["data"]), "home": home}
