import json

import requests


def init():
    pass


def run(data):
    answer = requests.post("https://features.example/lookup", json=json.loads(data), timeout=10)
    return answer.json()
