import json

import nltk


def init():
    global data
    data = nltk.data


def run(data):
    return {"rows": len(json.loads(data)["data"])}
