"""Small projects that work: each deploys, and answers its requests with what is written here.

Between them they use every style of entry script in the documents: plain JSON, schemas of NumPy, pandas and plain
Python, raw HTTP, several models, a folder as model, a source directory, a service class. Errors are not swallowed into
good answers, so that a script that fails can be told from one that works.

Long because it is a list of whole projects.
"""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from textwrap import dedent

import numpy as np

from mutants.estimators import trained

Answer = object


@dataclass(frozen=True)
class Learnt:
    """What the unchanged project answers, which only its model knows; it begins like this."""

    begins: bytes


@dataclass(frozen=True)
class Request:
    """One call and its whole answer."""

    body: bytes
    answer: Answer
    """Decoded JSON; bytes for a raw answer."""
    method: str = "POST"
    ignored: tuple[str, ...] = ()
    """Keys of the answer that differ from call to call."""


@dataclass(frozen=True)
class Project:
    """Files, registered models, and what the service must answer."""

    name: str
    files: dict[str, str]
    """Text by path relative to the project. `inferenceconfig.json` (or `.yml`) decides the deployment."""
    requests: tuple[Request, ...]
    models: dict[str, dict[str, Callable[[], bytes]]] = field(default_factory=dict)
    """Model name → files; a path with a slash makes the model a folder."""
    config: str = "inferenceconfig.json"
    deployment: str = "deploymentconfig.json"
    beside: dict[str, Callable[[], bytes]] = field(default_factory=dict)
    """Binary files by path relative to the project."""
    unreached: str = ""
    """Pattern of lines that no request comes to: nobody sees what a mistake does there."""

    @property
    def trained(self) -> bool:
        """Whether the judge has to train a model for it."""
        made = [*self.beside.values(), *(file for files in self.models.values() for file in files.values())]
        return any(isinstance(each, partial) for each in made)


def _text(text: str) -> str:
    return dedent(text).lstrip("\n")


def json_text(value: object) -> str:
    """As people write it."""
    return json.dumps(value, indent=2) + "\n"


LOCAL = json_text({"computeType": "local", "port": None})
BARE = _text(
    """
    name: bare
    channels:
      - conda-forge
    dependencies:
      - python=3.11
      - pip
      - pip:
          - azureml-defaults>=1.0.45
    """
)


def _weights(*values: float) -> Callable[[], bytes]:
    return lambda: json.dumps({"weights": values, "bias": 1.0}).encode()


def _arrays() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, weights=np.array([1.0, 2.0, 3.0]), bias=np.array(0.5))
    return stream.getvalue()


PLAIN = Project(
    "plain",
    {
        "score.py": _text(
            '''
            """Weighs the numbers of each row."""

            import json
            import logging
            import os


            def init():
                global weights, bias
                path = os.path.join(os.environ["AZUREML_MODEL_DIR"], "weights.json")
                with open(path, encoding="utf-8") as stream:
                    model = json.load(stream)
                weights = model["weights"]
                bias = model["bias"]
                logging.info("loaded %s", path)


            def weigh(row):
                total = bias
                for weight, value in zip(weights, row):
                    total += weight * value
                return total


            def run(data):
                rows = json.loads(data)["data"]
                return {"result": [weigh(row) for row in rows]}
            '''
        ),
        "conda.yml": BARE,
        "inferenceconfig.json": json_text({"entryScript": "score.py", "condaFile": "conda.yml"}),
        "deploymentconfig.json": LOCAL,
    },
    (
        Request(b'{"data": [[1, 2], [0, 0.5]]}', {"result": [6.0, 2.0]}),
        Request(b'{"data": []}', {"result": []}),
    ),
    {"weights": {"weights.json": _weights(1.0, 2.0)}},
)

ARRAYS = Project(
    "arrays",
    {
        "score.py": _text(
            """
            import os

            import numpy as np
            from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
            from inference_schema.schema_decorators import input_schema, output_schema

            SAMPLE = np.array([[0.5, 1.0, 1.5]])
            ANSWER = np.array([2.0])


            def init():
                global weights, bias
                folder = os.getenv("AZUREML_MODEL_DIR")
                with np.load(os.path.join(folder, "arrays", "model.npz")) as archive:
                    weights = archive["weights"]
                    bias = archive["bias"]


            @input_schema("data", NumpyParameterType(SAMPLE))
            @output_schema(NumpyParameterType(ANSWER))
            def run(data):
                scores = data @ weights + bias
                return np.round(scores, 3).tolist()
            """
        ),
        "inferenceconfig.json": json_text(
            {
                "entryScript": "score.py",
                "environment": {
                    "name": "arrays",
                    "version": None,
                    "environmentVariables": {"LEVEL": "info"},
                    "python": {
                        "userManagedDependencies": False,
                        "condaDependencies": {
                            "name": "arrays",
                            "channels": ["conda-forge"],
                            "dependencies": [
                                "python=3.11",
                                "pip",
                                {
                                    "pip": [
                                        "azureml-defaults",
                                        "inference-schema[numpy-support]",
                                        "numpy",
                                    ]
                                },
                            ],
                        },
                    },
                },
            }
        ),
        "deploymentconfig.json": json_text({"computeType": "local"}),
    },
    (
        Request(b'{"data": [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]}', [6.5, 0.5]),
        Request(b'{"data": [[0.25, 0.5, 1]]}', [4.75]),
    ),
    {"arrays": {"arrays/model.npz": _arrays}},
)

SEVERAL = Project(
    "several",
    {
        "score.py": _text(
            """
            import json
            import os
            from pathlib import Path

            FILE_NAME = "weights.json"


            def load(name, version="1"):
                path = Path(os.environ["AZUREML_MODEL_DIR"]) / name / version / FILE_NAME
                return json.loads(path.read_text())


            def init():
                global cheap, dear
                cheap = load("price-cheap")
                dear = load("price-dear")


            def run(body):
                numbers = json.loads(body)
                answer = {}
                for name, model in (("cheap", cheap), ("dear", dear)):
                    weighed = [w * n for w, n in zip(model["weights"], numbers["row"])]
                    answer[name] = sum(weighed) + model["bias"]
                return answer
            """
        ),
        "conda.yml": BARE,
        "inferenceconfig.json": json_text(
            {
                "entryScript": "score.py",
                "runtime": "python",
                "condaFile": "conda.yml",
                "extraDockerfileSteps": None,
                "sourceDirectory": None,
                "enableGpu": None,
                "baseImage": None,
                "baseImageRegistry": None,
            }
        ),
        "deploymentconfig.json": LOCAL,
    },
    (Request(b'{"row": [2, 3]}', {"cheap": 6.0, "dear": 51.0}),),
    {
        "price-cheap": {"weights.json": _weights(1.0, 1.0)},
        "price-dear": {"weights.json": _weights(10.0, 10.0)},
    },
)

RAW = Project(
    "raw",
    {
        "score.py": _text(
            """
            from azureml.contrib.services.aml_request import AMLRequest, rawhttp
            from azureml.contrib.services.aml_response import AMLResponse


            def init():
                print("ready")


            @rawhttp
            def run(request):
                if request.method == "GET":
                    return AMLResponse(str.encode(request.full_path), 200)
                body = request.get_data(False)
                answer = AMLResponse(body[::-1], 200)
                answer.headers["Access-Control-Allow-Origin"] = "http://shop.example"
                return answer
            """
        ),
        "conda.yml": BARE.replace(">=1.0.45", "\n      - azureml-contrib-services"),
        "inferenceconfig.json": json_text({"entryScript": "score.py", "condaFile": "conda.yml"}),
        "deploymentconfig.json": LOCAL,
    },
    (Request(b"abc", b"cba"), Request(b"", b"/score?", "GET")),
)

FOLDERS = Project(
    "folders",
    {
        "service/score.py": _text(
            """
            import json
            import os
            import pickle

            from cleaning import words
            from labels.names import LABELS

            HERE = os.path.dirname(os.path.abspath(__file__))


            class Service:
                def __init__(self, table, ignored):
                    self.table = table
                    self.ignored = ignored

                def label(self, text):
                    score = 0
                    for word in words(text):
                        if word in self.ignored:
                            continue
                        score += self.table.get(word, 0)
                    return LABELS[0] if score < 0 else LABELS[1]


            def init():
                global service
                root = os.getenv("AZUREML_MODEL_DIR") + "/moods"
                with open(root + "/table.pkl", "rb") as stream:
                    table = pickle.load(stream)
                with open(os.path.join(HERE, "ignored.txt")) as stream:
                    ignored = set(stream.read().split())
                service = Service(table, ignored)


            def run(raw_data):
                sentence = json.loads(raw_data)["sentence"]
                return {"mood": service.label(sentence)}
            """
        ),
        "service/cleaning.py": _text(
            """
            import re


            def words(text):
                return re.findall("[a-z]+", text.lower())
            """
        ),
        "service/labels/__init__.py": "",
        "service/labels/names.py": 'LABELS = ("sad", "glad")\n',
        "service/ignored.txt": "the\na\nawful\n",
        "environment.yml": BARE,
        "inferenceconfig.yml": _text(
            """
            entryScript: score.py
            sourceDirectory: service
            condaFile: ../environment.yml
            """
        ),
        "deploymentconfig.yml": "computeType: local\n",
    },
    (
        Request(b'{"sentence": "A lovely, lovely day"}', {"mood": "glad"}),
        Request(b'{"sentence": "awful rain"}', {"mood": "sad"}),
    ),
    {"moods": {"moods/table.pkl": lambda: pickle.dumps({"lovely": 2, "rain": -1, "awful": 5})}},
    beside={"training.py": lambda: b"def scale(number):\n    return number\n"},
    config="inferenceconfig.yml",
    deployment="deploymentconfig.yml",
)

TYPED = Project(
    "typed",
    {
        "score.py": _text(
            """
            from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
            from inference_schema.schema_decorators import input_schema, output_schema

            ROWS = StandardPythonParameterType([{"length": 1.5, "name": "a"}])
            INPUTS = StandardPythonParameterType({"rows": ROWS})
            SCALE = StandardPythonParameterType(1.0)
            RESULTS = StandardPythonParameterType({"lengths": [1.5], "names": ["a"]})


            def init():
                return None


            @input_schema("Inputs", INPUTS)
            @input_schema("GlobalParameters", SCALE, optional=True)
            @output_schema(StandardPythonParameterType({"Results": RESULTS}))
            def run(Inputs, GlobalParameters=2.0):
                rows = Inputs["rows"]
                lengths = [GlobalParameters * row["length"] for row in rows]
                names = sorted({row["name"].upper() for row in rows})
                return {"Results": {"lengths": lengths, "names": names}}
            """
        ),
        "conda.yml": BARE,
        "inferenceconfig.json": json_text({"entryScript": "score.py", "condaFile": "conda.yml"}),
        "deploymentconfig.json": LOCAL,
    },
    (
        Request(
            b'{"Inputs": {"rows": [{"length": 2.0, "name": "x"}]}, "GlobalParameters": 3.0}',
            {"Results": {"lengths": [6.0], "names": ["X"]}},
        ),
        Request(b'{"Inputs": {"rows": []}}', {"Results": {"lengths": [], "names": []}}),
    ),
)

BY_NAME = Project(
    "by_name",
    {
        "score.py": _text(
            """
            import json
            from datetime import datetime, timezone

            from azureml.core.model import Model

            model = None


            def init():
                global model
                path = Model.get_model_path("weights", version=1)
                with open(path) as stream:
                    model = json.load(stream)


            def run(data):
                try:
                    numbers = json.loads(data)["numbers"]
                except KeyError as problem:
                    return {"missing": problem.args[0]}
                average = sum(numbers) / max(len(numbers), 1)
                moment = datetime.fromtimestamp(0, timezone.utc)
                return {
                    "average": round(average * model["weights"][0], 2),
                    "since": moment.isoformat(),
                }
            """
        ),
        "conda.yml": BARE,
        "inferenceconfig.json": json_text({"entryScript": "score.py", "condaFile": "conda.yml"}),
        "deploymentconfig.json": LOCAL,
    },
    (
        Request(
            b'{"numbers": [1, 2]}',
            {"average": 3.0, "since": "1970-01-01T00:00:00+00:00"},
        ),
        Request(b'{"other": 1}', {"missing": "numbers"}),
    ),
    {"weights": {"weights.json": _weights(2.0)}},
)

SKLEARN = _text(
    """
    name: estimators
    channels:
      - conda-forge
    dependencies:
      - python=3.11
      - scikit-learn
      - pandas
      - pip:
          - azureml-defaults
          - joblib
          - inference-schema[numpy-support,pandas-support]
    """
)

ESTIMATOR = Project(
    "estimator",
    {
        "score.py": _text(
            """
            import logging
            import os

            import joblib
            import numpy as np
            from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
            from inference_schema.schema_decorators import input_schema, output_schema

            logger = logging.getLogger(__name__)
            SAMPLE = np.array([[0.5, 1.0, 1.5]])


            def init():
                global model
                path = os.path.join(os.getenv("AZUREML_MODEL_DIR"), "ridge.pkl")
                model = joblib.load(path)
                logger.info("model of %s", path)


            @input_schema("data", NumpyParameterType(SAMPLE))
            @output_schema(NumpyParameterType(np.array([1.0])))
            def run(data):
                predictions = model.predict(data)
                return np.round(predictions, 2).tolist()
            """
        ),
        "conda.yml": SKLEARN,
        "inferenceconfig.json": json_text({"entryScript": "score.py", "condaFile": "conda.yml"}),
        "deploymentconfig.json": LOCAL,
    },
    (Request(b'{"data": [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]}', [2.0, 4.0]),),
    {"ridge": {"ridge.pkl": partial(trained, "ridge.pkl")}},
)

TABLE = Project(
    "table",
    {
        "score.py": _text(
            """
            import os
            from pathlib import Path

            import joblib
            import pandas as pd
            from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
            from inference_schema.schema_decorators import input_schema

            HOUSES = pd.DataFrame(data=[{"area": 81.5, "district": "north"}])


            def init():
                global pipeline
                folder = Path(os.environ["AZUREML_MODEL_DIR"])
                pipeline = joblib.load(folder / "houses.joblib")


            @input_schema("houses", PandasParameterType(HOUSES))
            def run(houses):
                houses["district"] = houses["district"].str.lower()
                prices = pipeline.predict(houses)
                return {"prices": [round(float(price), 1) for price in prices]}
            """
        ),
        "conda.yml": SKLEARN,
        "inferenceconfig.json": json_text({"entryScript": "score.py", "condaFile": "conda.yml"}),
        "deploymentconfig.json": LOCAL,
    },
    (
        Request(
            b'{"houses": [{"area": 50.0, "district": "North"}, {"area": 10.0, "district": "south"}]}',
            {"prices": [100.0, 20.0]},
        ),
    ),
    {"houses": {"houses.joblib": partial(trained, "houses.joblib")}},
)

LIGHT = (PLAIN, ARRAYS, SEVERAL, RAW, FOLDERS, TYPED, BY_NAME)
"""Start in a quarter of a second."""
PROJECTS = (*LIGHT, ESTIMATOR, TABLE)
