import json


class Counter:
    def __init__(self, start):
        self.start = start

    def count(self, rows):
        return self.strat + len(rows)


def init():
    global counter
    counter = Counter(1)


def run(data):
    return {"rows": counter.count(json.loads(data)["data"])}
