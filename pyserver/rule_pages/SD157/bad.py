import json

from sklearn.cross_validation import train_test_split


def init():
    pass


def run(data):
    return len(train_test_split(json.loads(data)["data"])[0])
