import json

import sklearn


def init():
    pass


def run(data):
    return {"version": sklearn.__version__, "rows": len(json.loads(data)["data"])}
