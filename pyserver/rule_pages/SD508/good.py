import json
import os


def init():
    global words
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "words.json")) as file:
        words = json.load(file)


def run(data):
    return words.get(data)
