import json
from pathlib import Path


def init():
    pass


def run(mini_batch):
    for path in mini_batch:
        print(json.loads(Path(path).read_text()))
