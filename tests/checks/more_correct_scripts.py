"""Correct entry scripts in many styles, second half. The checks must not say a word about any of them."""

from __future__ import annotations

SCRIPTS: dict[str, str] = {}


def _add(name: str, text: str) -> None:
    SCRIPTS[name] = text.lstrip("\n")


_add(
    "many-models-on-demand",
    """
import json
import os

import joblib

models = {}


def init():
    pass


def run(data):
    body = json.loads(data)
    name = body["model"]
    if name not in models:
        models[name] = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], name, str(body.get("version", 1)), "model.pkl"))
    return models[name].predict(body["data"]).tolist()
""",  # noqa: E501 (a text that would change if it were wrapped)
)
_add(
    "request-headers",
    """
def init():
    pass


def run(data, request_headers):
    return {"agent": request_headers.get("User-Agent"), "size": len(data)}
""",
)
_add(
    "main-guard",
    """
import json


def init():
    global model
    model = [1, 2, 3]


def run(data):
    return {"model": model, "data": json.loads(data)}


if __name__ == "__main__":
    import argparse

    parser = argparse.ArgumentParser()
    arguments = parser.parse_args()
    init()
    print(run(open("/home/me/sample.json").read()), undefined_only_here)
""",
)
_add(
    "exceptions-raised",
    """
import json
import traceback


def init():
    global model
    try:
        model = json.loads("{}")
    except (ValueError, TypeError) as problem:
        raise RuntimeError("no model") from problem


def run(data):
    try:
        return model[data]
    except KeyError as e:
        print(traceback.format_exc(), e)
        raise
    finally:
        del data
""",
)
_add(
    "generators-and-comprehensions",
    """
import json
from collections import defaultdict


def init():
    global table
    table = defaultdict(list)


def rows_of(data):
    for row in data:
        yield from (cell for cell in row if cell is not None)


def run(data):
    body = json.loads(data)
    flat = [cell for row in body["data"] for cell in row if isinstance(cell, (int, float))]
    matrix = [[x * y for x in flat] for y in flat]
    pairs = {(a, b) for a in flat for b in flat if a < b}
    return {"flat": list(rows_of(body["data"])), "matrix": matrix, "pairs": sorted(pairs), "table": dict(table)}
""",
)
_add(
    "async-helpers",
    """
import asyncio
import json


async def fetch(value):
    async with asyncio.Lock():
        await asyncio.sleep(0)
    return [v async for v in stream(value)]


async def stream(value):
    for item in value:
        yield item


def init():
    global loop
    loop = asyncio.new_event_loop()


def run(data):
    return loop.run_until_complete(fetch(json.loads(data)))
""",
)
_add(
    "text-body",
    """
from transformers import pipeline


def init():
    global classifier
    classifier = pipeline("sentiment-analysis")


def run(raw_data):
    return classifier(raw_data)[0]["label"]
""",
)
_add(
    "standard-python-text-is-json",
    """
import json

from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema


def init():
    pass


@input_schema("payload", StandardPythonParameterType("{}"))
def run(payload):
    return json.loads(payload)
""",
)
_add(
    "onnx",
    """
import json
import os

import numpy as np
import onnxruntime


def init():
    global session, input_name
    session = onnxruntime.InferenceSession(os.path.join(os.getenv("AZUREML_MODEL_DIR", "."), "model.onnx"), None)
    input_name = session.get_inputs()[0].name


def run(input_data):
    data = np.array(json.loads(input_data)["data"]).astype("float32")
    result = session.run(None, {input_name: data})[0]
    return {"result": np.argmax(result, axis=1).tolist(), "max": float(np.max(result))}
""",
)
_add(
    "torch",
    """
import base64
import io
import json
import os

import torch
import torch.nn as nn
from PIL import Image
from torchvision import transforms


class Net(nn.Module):
    def __init__(self, size=10):
        super().__init__()
        self.layer = nn.Linear(size, 2)

    def forward(self, x):
        return self.layer(x)


def preprocess(text):
    image = Image.open(io.BytesIO(base64.b64decode(text)))
    return transforms.Compose([transforms.Resize(256), transforms.ToTensor()])(image).unsqueeze(0)


def init():
    global model, device
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = Net()
    model.load_state_dict(torch.load(os.path.join(os.getenv("AZUREML_MODEL_DIR"), "net.pt"), map_location=device))
    model.eval()


def run(data):
    with torch.no_grad():
        output = nn.functional.softmax(model(preprocess(json.loads(data)["image"]).to(device))[0], dim=0)
    best = torch.argmax(output)
    return {"label": int(best.item()), "probability": str(output[best].item())}
""",
)
_add(
    "bom-and-carriage-returns",
    "\ufeffimport json\r\n\r\n\r\ndef init():\r\n    pass\r\n\r\n\r\ndef run(data):\r\n    return json.loads(data)\r\n",
)
_add(
    "unicode-names",
    """
import json


def init():
    global größe, 模型
    größe, 模型 = 3, "✓ 🙂"


def run(daten):
    return {"größe": größe, "模型": 模型, "daten": json.loads(daten)}
""",
)
_add(
    "type-comments-and-del",
    """
import json  # type: ignore
import os as operating_system, sys as system


def init():  # type: () -> None
    global first, second
    first = second = None
    for index in range(3):
        temporary = index
    del temporary
    with open(operating_system.devnull) as sink, open(system.executable, "rb") as source:
        first, (second, *_) = 1, (2, 3)


def run(data):
    return {"first": first, "second": second, "data": json.loads(data), "debug": __debug__, "name": __name__}
""",
)
_add(
    "loaded-through-helper",
    """
import json
import os

import joblib
import numpy as np


def _load(name):
    return joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], name))


def init():
    global model
    model = _load("model.pkl")


def _as_rows(body):
    return np.array(body["data"])


def run(data):
    result = model.predict(_as_rows(json.loads(data)))
    if hasattr(result, "tolist"):
        result = result.tolist()
    return {"result": result}
""",
)
_add(
    "property-setter-and-super",
    """
import abc
import enum
import json


class Kind(enum.Enum):
    ONE = enum.auto()
    TWO = ONE


class Base(abc.ABC):
    registry = {}

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.registry[cls.__name__] = cls

    @abc.abstractmethod
    def work(self): ...


class Real(Base):
    _value = 1

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, new):
        self._value = new

    def work(self):
        return self.value, Kind.TWO.name, self.__module__


def init():
    global worker
    worker = Real()


def run(data):
    worker.value = json.loads(data)
    return list(worker.work())
""",
)
