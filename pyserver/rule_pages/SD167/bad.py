import json

import nltk


def init():
    nltk.download("punkt")


def run(data):
    return {"rows": len(json.loads(data)["data"])}
