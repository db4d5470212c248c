"""Correct entry scripts in many styles, first half. The checks must not say a word about any of them."""

from __future__ import annotations

SCRIPTS: dict[str, str] = {}


def _add(name: str, text: str) -> None:
    SCRIPTS[name] = text.lstrip("\n")


_add(
    "plain",
    """
import json
import os

import joblib


def init():
    global model
    model = joblib.load(os.path.join(os.getenv("AZUREML_MODEL_DIR"), "model.pkl"))


def run(data):
    rows = json.loads(data)["data"]
    return model.predict(rows).tolist()
""",
)
_add(
    "decorated",
    """
import os

import joblib
import numpy as np
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema, output_schema

sample = np.array([[0.1, 0.2]])


def init():
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))


@input_schema("data", NumpyParameterType(sample))
@output_schema(NumpyParameterType(np.array([1.0])))
def run(data):
    return model.predict(data).tolist()
""",
)
_add(
    "power-bi",
    """
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
import inference_schema.schema_decorators as schema
import pandas as pd

FRAME = pd.DataFrame({"a": [1.5], "b": ["x"]})


def init():
    pass


@schema.input_schema(param_name="GlobalParameters", param_type=StandardPythonParameterType(1.0))
@schema.input_schema("Inputs", StandardPythonParameterType({"input1": PandasParameterType(FRAME)}))
@schema.output_schema(StandardPythonParameterType({"Results": [1.0]}))
def run(Inputs, GlobalParameters=1.0):
    frame = Inputs["input1"]
    return {"Results": (frame["a"] * GlobalParameters).tolist()}
""",
)
_add(
    "raw-http",
    """
import json

from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    print("ready")


@rawhttp
def run(request):
    if request.method == "OPTIONS":
        response = AMLResponse("", 200)
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response
    try:
        size = len(json.loads(request.get_data(as_text=True)))
    except ValueError as error:
        return AMLResponse(str(error), 400)
    return AMLResponse({"size": size}, 200, json_str=True)
""",
)
_add(
    "class-based",
    '''
import json
import logging
import os
import pickle
from typing import Any, Dict, List, Optional


class Scorer:
    """Keeps the model."""

    limit = 10
    names = [str(i) for i in range(3)]
    limited = [n for n in names if n]

    def __init__(self, path: str) -> None:
        self.path = path
        self._model: Optional[Any] = None

    @property
    def model(self) -> Any:
        if self._model is None:
            with open(self.path, "rb") as stream:
                self._model = pickle.load(stream)
        return self._model

    @classmethod
    def make(cls) -> "Scorer":
        return cls(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))

    def score(self, rows: List[List[float]]) -> Dict[str, Any]:
        return {"result": [float(v) for v in self.model.predict(rows[: self.limit])], "class": __class__.__name__}


_scorer: Optional[Scorer] = None


def init() -> None:
    global _scorer
    _scorer = Scorer.make()
    logging.getLogger(__name__).info("loaded from %s", __file__)


def run(data: str) -> Dict[str, Any]:
    assert _scorer is not None
    return _scorer.score(json.loads(data)["data"])
''',
)
_add(
    "dataclass-and-match",
    """
from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field


@dataclass
class Answer:
    kind: str
    values: list[float] = field(default_factory=list)
    parent: Missing | None = None


def init():
    pass


def run(data):
    match json.loads(data):
        case {"data": [first, *rest], **others}:
            return asdict(Answer("list", [first, *rest, float(len(others))]))
        case {"text": str() as text}:
            return asdict(Answer(text))
        case [single] | (single, _):
            return single
        case _:
            return asdict(Answer("none"))
""",
)
_add(
    "optional-imports",
    """
import json

try:
    import ujson as fast
except ImportError:
    fast = None

try:
    from sklearn.externals import joblib
except ImportError:
    import joblib

try:
    unicode
except NameError:
    unicode = str


def init():
    global model
    model = None if fast is None else joblib


def run(data):
    loads = (fast or json).loads
    return {"text": unicode(loads(data)), "model": repr(model)}
""",
)
_add(
    "python-2-too",
    """
import sys


def init():
    global kinds
    kinds = (str, unicode) if sys.version_info[0] == 2 else (str,)
    if sys.version_info[0] == 2:
        print(long(1), xrange(2))


def run(data):
    return {"text": isinstance(data, kinds)}
""",
)
_add(
    "walrus-lambda-nested",
    """
import json
from functools import partial, reduce


def decorate(function):
    def wrapper(*args, **kwargs):
        nonlocal_count = 0

        def inner():
            nonlocal nonlocal_count
            nonlocal_count += 1
            return function(*args, **kwargs)

        return inner()

    return wrapper


scale = lambda value, factor=2: value * factor


def init():
    global pipeline
    pipeline = [partial(scale, factor=3), lambda v: v + 1]


@decorate
def _apply(values):
    return [reduce(lambda acc, step: step(acc), pipeline, v) for v in values]


def run(data):
    if (rows := json.loads(data).get("data")) and (total := sum(rows)) > 0:
        return {"rows": _apply(rows), "total": total, "squares": {str(k): v for k, v in enumerate(r * r for r in rows)}}
    return {"rows": []}
""",
)
_add(
    "globals-by-name",
    """
import json


def init():
    globals()["model"] = {"a": 1}
    globals()["ready"] = True


def run(data):
    if not ready:
        return {}
    return {"model": model, "size": len(json.loads(data))}
""",
)
_add(
    "globals-updated",
    """
import json


def init():
    globals().update(json.loads('{"weights": [1, 2]}'))


def run(data):
    return {"sum": sum(weights), "data": data}
""",
)
_add(
    "guarded-global",
    """
import json


def init():
    pass


def run(data):
    global cache
    if "cache" not in globals():
        cache = {}
    cache[data] = cache.get(data, 0) + 1
    return cache[data]
""",
)
_add(
    "star-import",
    """
from helpers import *


def init():
    load_everything()


def run(data):
    return score_everything(data)
""",
)
_add(
    "imported-functions",
    """
from service.scoring import init, run
""",
)
_add(
    "conditional-definitions",
    """
import json
import os

if os.environ.get("FAST") == "1":
    def run(data):
        return {"fast": True, "size": len(data)}
else:
    def run(data):
        return {"fast": False, "size": len(json.loads(data))}


def init():
    pass
""",
)
_add(
    "module-level-model",
    '''
import json
import os
from pathlib import Path

import joblib

ROOT = Path(os.environ["AZUREML_MODEL_DIR"])
model = joblib.load(ROOT / "model.pkl")


def init():
    """Everything happened at import."""


def run(data):
    return {"result": list(map(float, model.predict(json.loads(data)["data"])))}
''',
)
