import json
import sys


def init():
    pass


def run(data):
    rows = json.loads(data)["data"]
    if not rows:
        sys.exit("no rows")
    return {"rows": len(rows)}
