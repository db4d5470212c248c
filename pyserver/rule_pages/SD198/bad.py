import json
import os

from cleaning import tidyy


def init():
    global home
    home = os.getcwd()


def run(data):
    return {"rows": len(tidyy(json.loads(data))["data"]), "home": home}
