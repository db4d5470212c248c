"""A script that tells which text of it answers, and what its own import and init() took."""

import time

begun = time.perf_counter()

import numpy  # noqa: E402
from sklearn.linear_model import Ridge  # noqa: E402

VERSION = 0


def init():
    global model, own
    model = Ridge().fit(numpy.arange(200.0).reshape(20, 10) % 7, numpy.arange(20.0))
    own = time.perf_counter() - begun


def run(data):
    return {"version": VERSION, "own": own}
