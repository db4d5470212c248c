"""Takes as many seconds as it is told."""

import os
import time


def init():
    pass


def run(data):
    if data.startswith("caught"):
        try:
            time.sleep(5)
        except Exception as fault:
            return f"caught {type(fault).__name__}"
    time.sleep(float(data))
    return "done" if float(data) else os.getpid()
