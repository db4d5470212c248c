"""Takes text; a text that begins with `!` is an expression whose value is returned."""

import datetime  # noqa: F401
import decimal  # noqa: F401
import json  # noqa: F401
import os  # noqa: F401
import sys
import time  # noqa: F401

print("imported")


class Odd(Exception):
    def __str__(self):
        raise ValueError("no text")


def raising(fault):
    raise fault


def told(*values, **options):
    print(*values, **options)
    return "told"


def written(text, stream):
    stream.write(text)
    stream.flush()
    return "written"


def endless():
    inner = []
    inner.append(inner)
    return inner


def init():
    print("init here")


def run(data):
    if data.startswith("!"):
        return eval(data[1:])
    if data == "exit":
        sys.exit(5)
    return {"got": data}
