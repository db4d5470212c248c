"""Correct entry scripts in further styles of writing. The checks must not say a word about any of them.

Long because it is a list of whole scripts.
"""

from __future__ import annotations

SCRIPTS: dict[str, str] = {}


def _add(name: str, text: str) -> None:
    SCRIPTS[name] = text.lstrip("\n")


_add(
    "cors-handled",
    """
from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse

HEADERS = {"Access-Control-Allow-Origin": "https://shop.example", "Access-Control-Allow-Headers": "Content-Type"}


def init():
    pass


@rawhttp
def run(request):
    if request.method == "OPTIONS":
        return AMLResponse("", 204, HEADERS)
    elif request.method == "POST":
        return AMLResponse(request.get_data(), 200, HEADERS)
    else:
        return AMLResponse("bad request", 500)
""",
)
_add(
    "raw-files-and-flask",
    """
import json

from azureml.contrib.services import rawhttp
from flask import Response


def init():
    global count
    count = 0


@rawhttp
def run(request):
    global count
    count += 1
    names = [upload.filename for upload in request.files.getlist("image")]
    body = json.dumps({"names": names, "count": count, "asked": request.args.get("asked")})
    return Response(body, status=201, mimetype="application/json")
""",
)
_add(
    "response-for-bad-input",
    """
import json

from azureml.contrib.services.aml_response import AMLResponse


def init():
    global limits
    limits = {"rows": 100}


def run(data):
    try:
        rows = json.loads(data)["data"]
    except (KeyError, ValueError) as error:
        return AMLResponse(json.dumps({"problem": repr(error)}), 400, {"Content-Type": "application/json"})
    if len(rows) > limits["rows"]:
        return AMLResponse("too many rows", 413)
    return {"rows": rows, "count": len(rows)}
""",
)
_add(
    "counter-and-cache",
    """
import json
from collections import Counter, OrderedDict, defaultdict

seen = Counter()
cache: "OrderedDict[str, float]" = OrderedDict()
groups = defaultdict(list)
total = 0.0


def init():
    global total
    total = 0.0


def run(data):
    global total
    for word in json.loads(data)["words"]:
        seen[word] += 1
        groups[word[:1]].append(word)
        total += len(word)
    cache[data] = total
    while len(cache) > 10:
        cache.popitem(last=False)
    return {"seen": seen, "groups": groups, "total": total}
""",
)
_add(
    "dataclasses-as-dictionaries",
    """
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from uuid import uuid4


@dataclass
class Answer:
    price: float
    at: str = field(default_factory=lambda: datetime.now(timezone.utc).isoformat())
    number: str = field(default_factory=lambda: str(uuid4()))


def init():
    pass


def run(data):
    price = Decimal(str(json.loads(data)["price"])) * Decimal("1.19")
    answer = Answer(price=float(price))
    return asdict(answer)
""",
)
_add(
    "enumerations-and-tuples",
    """
import json
from enum import Enum, IntEnum
from typing import NamedTuple


class Size(str, Enum):
    SMALL = "small"
    LARGE = "large"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Pair(NamedTuple):
    left: int
    right: int


class Record(dict):
    pass


def init():
    pass


def run(data):
    count = len(json.loads(data)["data"])
    size = Size.LARGE if count > 10 else Size.SMALL
    return {"size": size, "level": Level.HIGH, "pair": Pair(count, 1), "record": Record(a=1), "plain": (1, 2)}
""",
)
_add(
    "generators-consumed",
    """
import itertools
import json


def batches(rows, size):
    iterator = iter(rows)
    while True:
        batch = list(itertools.islice(iterator, size))
        if not batch:
            return
        yield batch


def init():
    pass


def run(data):
    rows = json.loads(data)["data"]
    sums = [sum(map(float, batch)) for batch in batches(rows, 2)]
    pairs = list(zip(range(len(sums)), sums))
    return {"pairs": pairs, "names": sorted({str(s) for s in sums}), "all": [*itertools.chain(sums)]}
""",
)
_add(
    "event-loop",
    """
import asyncio
import json


async def fetch(number):
    await asyncio.sleep(0)
    return number * 2


async def fetch_all(numbers):
    results = []
    async with asyncio.Semaphore(2):
        for answer in asyncio.as_completed([fetch(n) for n in numbers]):
            results.append(await answer)
    return sorted(results)


def init():
    global loop
    loop = asyncio.new_event_loop()


def run(data):
    return loop.run_until_complete(fetch_all(json.loads(data)["data"]))
""",
)
_add(
    "lazy-global",
    """
import json
import os
import pickle
import threading

model = None
lock = threading.Lock()


def init():
    pass


def get_model():
    global model
    with lock:
        if model is None:
            with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"), mode="rb") as file:
                model = pickle.load(file)
    return model


def run(data):
    return [float(v) for v in get_model().predict(json.loads(data)["data"])]
""",
)
_add(
    "several-models-by-name",
    """
import json
import os
from pathlib import Path

import joblib

models = {}


def init():
    root = Path(os.environ["AZUREML_MODEL_DIR"])
    for path in sorted(root.rglob("*.pkl")):
        models[path.stem] = joblib.load(path)
    for name in os.listdir(root):
        print("there is", name)


def run(data):
    body = json.loads(data)
    name = body.get("model")
    if name not in models:
        raise KeyError(f"no model {name}; there are {sorted(models)}")
    return {"model": name, "result": models[name].predict(body["data"]).tolist()}
""",
)
_add(
    "registered-name-or-folder",
    """
import glob
import json
import os

import joblib
from azureml.core.model import Model


def init():
    global model
    if os.environ.get("AZUREML_MODEL_DIR"):
        candidates = glob.glob(os.path.join(os.environ["AZUREML_MODEL_DIR"], "**", "*.pkl"), recursive=True)
        path = candidates[0]
    else:
        path = Model.get_model_path(model_name="m")
    model = joblib.load(path)


def run(data):
    return model.predict(json.loads(data)["data"]).tolist()
""",
)
_add(
    "methods-of-one-object",
    """
import json


class Service:
    def __init__(self):
        self.calls = 0

    def init(self):
        self.calls = 0

    def run(self, data):
        self.calls += 1
        return {"calls": self.calls, "rows": len(json.loads(data)["data"])}


_service = Service()
init = _service.init
run = _service.run
""",
)
_add(
    "decorated-by-own-decorator",
    """
import functools
import json
import time


def timed(function):
    @functools.wraps(function)
    def call(data):
        begun = time.perf_counter()
        result = function(json.loads(data))
        return {"result": result, "seconds": time.perf_counter() - begun}

    return call


def init():
    pass


@timed
def run(data):
    return data["x"], 200
""",
)
_add(
    "all-ways-end",
    """
import json
import sys


def fail(message):
    print(message, file=sys.stderr)
    raise ValueError(message)


def init():
    pass


def run(data):
    body = json.loads(data)
    kind = body.get("kind")
    if kind == "sum":
        with memoryview(b"abc") as view:
            return sum(body["data"]) + len(view)
    elif kind == "mean":
        try:
            return sum(body["data"]) / len(body["data"])
        except ZeroDivisionError:
            return 0.0
        finally:
            print("mean")
    elif kind == "first":
        for value in body["data"]:
            return value
        else:
            return None
    elif kind == "wait":
        while True:
            if body:
                return len(body)
    else:
        fail(f"no such kind: {kind}")
""",
)
_add(
    "files-beside-the-script",
    """
import csv
import json
import os
from importlib import resources
from pathlib import Path

HERE = Path(__file__).resolve().parent


def init():
    global words, rows, version
    words = json.loads((HERE / "words.json").read_text(encoding="utf-8"))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "rows.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    version = os.getenv("VERSION", "1")
    os.makedirs("/tmp/cache", exist_ok=True)
    with open("/tmp/cache/ready.txt", "w") as file:
        file.write(version)


def run(data):
    return {"words": words, "rows": rows[:3], "version": version, "names": [n.name for n in resources.files("json").iterdir()][:2]}
""",  # noqa: E501 (a text that would change if it were wrapped)
)
_add(
    "text-in-and-out",
    """
import base64
import json


def init():
    pass


def run(data):
    text = data.strip()
    if text.startswith("{"):
        body = json.loads(text)
        return base64.b64encode(body["text"].encode("utf-8")).decode("ascii")
    lines = [line.partition(",")[0] for line in text.splitlines()]
    return "; ".join(lines)
""",
)
_add(
    "dictionary-or-text",
    """
import json


def init():
    pass


def run(data):
    if isinstance(data, str):
        data = json.loads(data)
    rows = data["data"]
    scale = data.get("scale", 1)
    return [value * scale for value in rows]
""",
)
_add(
    "scored-by-hand",
    """
import json
import os

import joblib

os.environ.setdefault("AZUREML_MODEL_DIR", os.path.dirname(os.path.abspath(__file__)))


def init():
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))


def run(data):
    return model.predict(json.loads(data)["data"]).tolist()


if __name__ == "__main__":
    init()
    print(run(json.dumps({"data": [[1.0]]})))
""",
)
_add(
    "numbers-for-json",
    """
import json
import math

import numpy as np


def init():
    pass


def run(data):
    values = np.array(json.loads(data)["data"], dtype=float)
    mean = float(np.mean(values)) if len(values) else None
    counts = {str(k): int(v) for k, v in zip(*np.unique(values, return_counts=True))}
    result = {"mean": mean, "log": round(math.log(2.0), 3), "counts": counts}
    result["finite"] = bool(np.isfinite(values).all())
    result["sorted"] = np.sort(values)[::-1].tolist()
    result["price"] = np.round(np.exp(values.sum()), 2)
    return result
""",
)
_add(
    "monitoring",
    """
import json
import os
import time

import joblib
from azureml.monitoring import ModelDataCollector


def init():
    global model, inputs_dc, prediction_dc
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))
    inputs_dc = ModelDataCollector("best_model", designation="inputs", feature_names=["feat1", "feat2"])
    prediction_dc = ModelDataCollector("best_model", designation="predictions", feature_names=["prediction1"])


def run(data):
    rows = json.loads(data)["data"]
    result = model.predict(rows)
    inputs_dc.collect(rows)
    prediction_dc.collect(result)
    print(f"saved at {time.strftime('%H:%M:%S')}")
    return result.tolist()
""",
)
