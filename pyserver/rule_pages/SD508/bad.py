import json
import os


def init():
    global words
    with open("words.json") as file:
        words = json.load(file)


def run(data):
    return words.get(data)
