"""Whole entry scripts to begin with, one for each way that a script may take its requests."""

from __future__ import annotations

from scoredock.late_dataclass import dataclass

_MODEL_IMPORTS = "import json\nimport os\n\nimport joblib\nimport numpy as np\n"
_LOAD = '''

def init():
    """Loads the model once, before the first request."""
    global model
    path = os.path.join(os.environ["AZUREML_MODEL_DIR"], "${1:MODEL_FILE}")
    model = joblib.load(path)

'''
_RAW_IMPORTS = (
    "from azureml.contrib.services.aml_request import AMLRequest, rawhttp\n"
    "from azureml.contrib.services.aml_response import AMLResponse\n"
)


@dataclass(frozen=True, slots=True)
class Skeleton:
    """One kind of entry script."""

    name: str
    detail: str
    text: str
    """A snippet. MODEL_FILE, FIRST_MODEL and SECOND_MODEL stand for what is deployed."""


SKELETONS = (
    Skeleton(
        "score: one model file",
        "JSON in, predictions of one model out",
        _MODEL_IMPORTS
        + _LOAD
        + '''
def run(data):
    """Takes `{"data": [[…], …]}` and gives one prediction for each row."""
    rows = np.array(json.loads(data)["data"])
    return model.predict(rows).tolist()
''',
    ),
    Skeleton(
        "score: plain JSON",
        "JSON in, JSON out, no model",
        '''import json


def init():
    """Runs once, before the first request."""
    print("ready")


def run(data):
    """Takes the body of the request as text and gives what is sent back as JSON."""
    values = json.loads(data)["data"]
    return {"${1:count}": ${2:len(values)}}
''',
    ),
    Skeleton(
        "score: several models",
        "JSON in, predictions of every model out",
        '''import json

import joblib
import numpy as np
from azureml.core.model import Model

NAMES = ["${1:FIRST_MODEL}", "${2:SECOND_MODEL}"]


def init():
    """Loads every model once, before the first request."""
    global models
    models = {name: joblib.load(Model.get_model_path(name)) for name in NAMES}


def run(data):
    """Takes `{"data": [[…], …]}` and gives the predictions by name of the model."""
    rows = np.array(json.loads(data)["data"])
    return {name: model.predict(rows).tolist() for name, model in models.items()}
''',
    ),
    Skeleton(
        "score: NumPy schema",
        "arrays checked and converted by @input_schema",
        """import os

import joblib
import numpy as np
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema, output_schema

SAMPLE_INPUT = np.array([[${2:1.0, 2.0, 3.0}]])
SAMPLE_OUTPUT = np.array([${3:1.0}])
"""
        + _LOAD
        + '''
@input_schema("data", NumpyParameterType(SAMPLE_INPUT))
@output_schema(NumpyParameterType(SAMPLE_OUTPUT))
def run(data):
    """Takes rows like the sample and gives one prediction for each."""
    return model.predict(data).tolist()
''',
    ),
    Skeleton(
        "score: pandas schema",
        "data frames checked and converted by @input_schema",
        """import os

import joblib
import numpy as np
import pandas as pd
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.schema_decorators import input_schema, output_schema

SAMPLE_INPUT = pd.DataFrame({${2:"age": [41.0], "weight": [70.5]\\}})
SAMPLE_OUTPUT = np.array([${3:1.0}])
"""
        + _LOAD
        + '''
@input_schema("data", PandasParameterType(SAMPLE_INPUT))
@output_schema(NumpyParameterType(SAMPLE_OUTPUT))
def run(data):
    """Takes records with the columns of the sample and gives one prediction for each."""
    return model.predict(data).tolist()
''',
    ),
    Skeleton(
        "score: raw HTTP",
        "the request itself, for images and other binary data",
        _RAW_IMPORTS
        + '''

def init():
    """Runs once, before the first request."""
    print("ready")


@rawhttp
def run(request: AMLRequest):
    """Takes the request as it came and decides status and headers itself."""
    if request.method != "POST":
        return AMLResponse("Send the data by POST.", 405)
    body = request.get_data()
    return AMLResponse({"${1:bytes}": ${2:len(body)}}, 200, json_str=True)
''',
    ),
    Skeleton(
        "score: raw HTTP with CORS",
        "the request itself, answers for pages of another site",
        _RAW_IMPORTS
        + '''
ORIGIN = "${1:https://www.example.com}"


def init():
    """Runs once, before the first request."""
    print("ready")


@rawhttp
def run(request: AMLRequest):
    """Answers the browser's question first, and then the request of the page."""
    if request.method == "OPTIONS":
        response = AMLResponse("", 200)
        response.headers["Access-Control-Allow-Methods"] = "POST, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
    elif request.method == "POST":
        body = request.get_data()
        response = AMLResponse({"${2:bytes}": ${3:len(body)}}, 200, json_str=True)
    else:
        response = AMLResponse("Send the data by POST.", 405)
    response.headers["Access-Control-Allow-Origin"] = ORIGIN
    return response
''',
    ),
    Skeleton(
        "score: batch",
        "files in, one result for each out",
        """import os

import joblib
import pandas as pd
"""
        + _LOAD.replace("before the first request", "before the first batch")
        + '''
def run(mini_batch):
    """Takes paths of files and gives one line for each, in the same order."""
    results = []
    for path in mini_batch:
        rows = ${2:pd.read_csv(path)}
        results.append(f"{os.path.basename(path)}: {model.predict(rows).tolist()}")
    return results
''',
    ),
)

INIT = Skeleton(
    "init",
    "loads the model before the first request",
    '''def init():
    """Loads the model once, before the first request."""
    global model
    path = os.path.join(os.environ["AZUREML_MODEL_DIR"], "${1:MODEL_FILE}")
    model = joblib.load(path)
''',
)
RUN = Skeleton(
    "run",
    "answers a request",
    '''def run(data):
    """Takes `{"data": [[…], …]}` and gives one prediction for each row."""
    rows = np.array(json.loads(data)["data"])
    return model.predict(rows).tolist()
''',
)
