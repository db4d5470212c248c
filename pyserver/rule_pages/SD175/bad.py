import json

import pandas as pd


def init():
    pass


def run(data):
    frame = pd.DataFrame(json.loads(data)["data"])
    return [list(column) for _, column in frame.iteritems()]
