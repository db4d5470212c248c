import json

import nltk


def init():
    pass


def run(data):
    return nltk.word_tokenize(json.loads(data)["text"])
