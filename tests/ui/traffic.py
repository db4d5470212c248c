"""A service that is used while somebody looks: a script that logs what it does, and callers that send it what callers
send, some of it wrong."""

from __future__ import annotations

import json
import math
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

SCRIPT = '''"""Estimates the price of a house."""

import logging
import time

from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
log = logging.getLogger("prices")
SAMPLE = [{"area": 84.5, "rooms": 3, "year": 1972}]


def init():
    log.info("the model is loaded")


def estimate(house):
    if house["year"] > 2026:
        raise ValueError(f"no house was built in {house['year']}")
    if house["area"] > 400:
        log.warning("area %s is larger than any the model was trained with", house["area"])
    time.sleep(0.004 + 0.0005 * house["rooms"] ** 2)
    return round(1850 * house["area"] + 9000 * house["rooms"] - 310 * (2026 - house["year"]), 2)


@input_schema("data", StandardPythonParameterType(SAMPLE))
@output_schema(StandardPythonParameterType([181710.0]))
def run(data):
    prices = [estimate(house) for house in data]
    log.info("estimated %d houses, the dearest at %.0f", len(prices), max(prices))
    return prices
'''
SECONDS_BETWEEN = 0.08


def _house(chance: random.Random) -> dict[str, float]:
    area = chance.uniform(38, 160) if chance.random() < 0.99 else chance.uniform(401, 900)
    return {"area": round(area, 1), "rooms": chance.choice((1, 2, 3, 3, 4, 5, 12)), "year": chance.randint(1890, 2024)}


def request_bodies(chance: random.Random) -> Iterator[bytes]:
    """Without end. A few have a year that the script does not take, now and then many do, and some are not JSON."""
    for number in range(1_000_000):
        houses = [_house(chance) for _ in range(chance.choice((1, 1, 2, 5)))]
        if chance.random() < (0.5 if number % 900 > 860 else 0.003):
            houses[-1]["year"] = 20_240
        text = json.dumps({"data": houses})
        yield (text[:-2] if chance.random() < 0.004 else text).encode()


def send(uri: str, body: bytes) -> int:
    """The status of the response; 0 when nobody answered."""
    request = urllib.request.Request(uri, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.read()
        return refused.code
    except OSError:
        return 0


@contextmanager
def callers(uri: str, count: int = 3, seed: int = 7) -> Iterator[threading.Event]:
    """So many callers at a time, busier and less busy by turns, until the block ends or the event is set."""
    stop = threading.Event()

    def call(number: int) -> None:
        chance = random.Random(seed + number)
        for body in request_bodies(chance):
            if stop.wait(chance.expovariate(1 / SECONDS_BETWEEN) * (1.4 + math.sin(time.monotonic() / 25))):
                return
            send(uri, body)

    threads = [threading.Thread(target=call, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield stop
    finally:
        stop.set()
        for thread in threads:
            thread.join()
