"""init() asks the service that it belongs to for its health."""

import os
import urllib.request


def init():
    global told
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{os.environ['SERVER_PORT']}/", timeout=2) as answer:
            told = answer.read().decode()
    except OSError as fault:
        told = type(fault).__name__


def run(data):
    return told
