import json
import os

from cleaning import tidy


def init():
    global home
    home = os.getcwd()


def run(data):
    return {"rows": len(tidy(json.loads(data))["data"]), "home": home}
