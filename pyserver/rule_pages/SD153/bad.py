import json

import scikit_learn


def init():
    pass


def run(data):
    return {"version": scikit_learn.__version__, "rows": len(json.loads(data)["data"])}
