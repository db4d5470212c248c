import json
from pathlib import Path


def init():
    pass


def run(mini_batch):
    return [json.loads(Path(path).read_text()) for path in mini_batch]
