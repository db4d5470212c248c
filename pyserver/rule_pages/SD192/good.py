import json
import os


def init():
    global home
    home = os.getcwd().lower()


def run(data):
    return {"rows": len(json.loads(data)["data"]), "home": home}
