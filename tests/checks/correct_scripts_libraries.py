"""Correct entry scripts around many libraries. The checks must not say a word about any of them."""

from __future__ import annotations

SCRIPTS: dict[str, str] = {}


def _add(name: str, text: str) -> None:
    SCRIPTS[name] = text.lstrip("\n")


_add(
    "torch-image-raw",
    """
import io
import os

import torch
import torch.nn.functional as F
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse
from PIL import Image
from torchvision import transforms

LABELS = ["cat", "dog"]
prepare = transforms.Compose([transforms.Resize(224), transforms.ToTensor()])


def init():
    global net, device
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net = torch.jit.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "net.pt"), map_location=device)
    net.eval()


@rawhttp
def run(request: AMLRequest):
    if request.method == "GET":
        return AMLResponse("send a picture by POST", 200)
    if request.method != "POST":
        return AMLResponse("method not allowed", 405)
    image = Image.open(io.BytesIO(request.get_data(False))).convert("RGB")
    with torch.no_grad():
        scores = F.softmax(net(prepare(image).unsqueeze(0).to(device)), dim=1)[0]
    best = int(scores.argmax())
    return AMLResponse({"label": LABELS[best], "score": float(scores[best])}, 200, json_str=True)
""",
)
_add(
    "torch-state-dictionary",
    """
import json
import os

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Linear(width, 3))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return self.layers(rows)


def init():
    global net
    net = Net()
    state = torch.load(os.path.join(os.getenv("AZUREML_MODEL_DIR"), "net.pt"), map_location="cpu")
    net.load_state_dict(state)
    net.eval()


def run(data):
    rows = torch.tensor(json.loads(data)["data"], dtype=torch.float32)
    with torch.no_grad():
        scores = net(rows)
    return {"classes": scores.argmax(dim=1).tolist(), "scores": scores.numpy().round(4).tolist()}
""",
)
_add(
    "keras-folder",
    """
import json
import os

import numpy as np
import tensorflow as tf

model = None


def init():
    global model
    model = tf.keras.models.load_model(os.environ["AZUREML_MODEL_DIR"])


def run(data):
    pixels = np.array(json.loads(data)["data"], dtype=np.float32) / 255.0
    scores = model.predict(pixels)
    return {"class": np.argmax(scores, axis=1).tolist(), "best": [float(row.max()) for row in scores]}
""",
)
_add(
    "tensorflow-session",
    """
import json
import os

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_eager_execution()


def init():
    global X, output, session
    session = tf.Session()
    root = os.environ.get("AZUREML_MODEL_DIR", ".")
    saver = tf.train.import_meta_graph(os.path.join(root, "mnist.meta")) if os.path.exists(os.path.join(root, "mnist.meta")) else None
    if saver is not None:
        saver.restore(session, os.path.join(root, "mnist"))
    graph = tf.get_default_graph()
    X = graph.get_tensor_by_name("network/X:0")
    output = graph.get_tensor_by_name("network/output/MatMul:0")


def run(raw_data):
    data = np.array(json.loads(raw_data)["data"])
    out = output.eval(session=session, feed_dict={X: data})
    y_hat = np.argmax(out, axis=1)
    return y_hat.tolist()
""",  # noqa: E501 (a text that would change if it were wrapped)
)
_add(
    "onnx-zipmap",
    """
import json
import os
import time

import numpy as np
import onnxruntime as rt


def init():
    global session, names
    session = rt.InferenceSession(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.onnx"), providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]


def run(data):
    begun = time.time()
    rows = np.asarray(json.loads(data)["data"], dtype=np.float32)
    labels, scores = session.run(None, {names[0]: rows})
    return {"labels": labels.tolist(), "scores": scores, "seconds": time.time() - begun}
""",  # noqa: E501 (a text that would change if it were wrapped)
)
_add(
    "xgboost",
    """
import json
import os

import pandas as pd
import xgboost as xgb

COLUMNS = ["age", "bmi", "bp"]


def init():
    global booster
    booster = xgb.Booster()
    booster.load_model(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))


def run(data):
    frame = pd.DataFrame(json.loads(data)["data"], columns=COLUMNS)
    predictions = booster.predict(xgb.DMatrix(frame))
    frame["price"] = predictions
    return frame.to_dict(orient="records")
""",
)
_add(
    "lightgbm-typed",
    """
from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, TypedDict

import lightgbm as lgb

if TYPE_CHECKING:
    from collections.abc import Sequence


class Answer(TypedDict):
    predictions: Sequence[float]


def init() -> None:
    global booster
    booster = lgb.Booster(model_file=os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))


def run(raw_data: str) -> Answer:
    rows = json.loads(raw_data)["data"]
    return Answer(predictions=[float(v) for v in booster.predict(rows)])
""",
)
_add(
    "transformers-pipeline",
    '''
"""Mood of a text."""

import json
import logging
import os

from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

logger = logging.getLogger(__name__)
classify = None


def init():
    global classify
    folder = os.environ["AZUREML_MODEL_DIR"]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder)
    classify = pipeline("text-classification", model=network, tokenizer=tokenizer)
    logger.info("ready")


def run(data):
    body = json.loads(data)
    texts = body["text"] if isinstance(body["text"], list) else [body["text"]]
    logger.info("%d texts", len(texts))
    return [{"label": one["label"], "score": round(one["score"], 4)} for one in classify(texts)]
''',
)
_add(
    "spacy-lazy",
    """
import functools
import json
import os


@functools.lru_cache(maxsize=1)
def language():
    import spacy

    return spacy.load(os.environ["AZUREML_MODEL_DIR"])


def init():
    language()


def run(data):
    document = language()(json.loads(data)["text"])
    return [{"text": e.text, "label": e.label_, "start": e.start_char} for e in document.ents]
""",
)
_add(
    "mlflow-pyfunc",
    """
import io
import json
import os

import mlflow.pyfunc
import pandas as pd


def init():
    global model
    model = mlflow.pyfunc.load_model(os.environ["AZUREML_MODEL_DIR"])


def run(data):
    frame = pd.read_json(io.StringIO(json.dumps(json.loads(data)["data"])), orient="split")
    return pd.DataFrame(model.predict(frame)).to_dict(orient="list")
""",
)
_add(
    "sklearn-frame-decorated",
    """
import os

import joblib
import numpy as np
import pandas as pd
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema

data_sample = PandasParameterType(pd.DataFrame({"age": pd.Series([0], dtype="int64"), "name": pd.Series(["x"], dtype="object")}))
method_sample = StandardPythonParameterType("predict")
result_sample = NumpyParameterType(np.array([0.5]))


def init():
    global model
    try:
        model = joblib.load(os.path.join(os.getenv("AZUREML_MODEL_DIR"), "model.pkl"))
    except Exception as error:
        print("loading failed:", error)
        raise


@input_schema("method", method_sample, convert_to_provided_type=False)
@input_schema("data", data_sample)
@output_schema(result_sample)
def run(data, method="predict"):
    if method == "predict_proba":
        result = model.predict_proba(data)
    elif method == "predict":
        result = model.predict(data)
    else:
        raise ValueError(f"there is no method {method}")
    if isinstance(result, pd.DataFrame):
        result = result.values
    return result.tolist()
""",  # noqa: E501 (a text that would change if it were wrapped)
)
_add(
    "numpy-flat-sample",
    """
import os

import joblib
import numpy as np
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema


def init():
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))


@input_schema("row", NumpyParameterType(np.array([0.5, 1.5, 2.5])))
def run(row):
    return {"price": float(model.predict(row.reshape(1, -1))[0]), "exp": float(np.exp(row).sum())}
""",
)
_add(
    "standard-types",
    """
import datetime
import os

from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema

WHEN = StandardPythonParameterType(datetime.datetime(2024, 1, 1, 12, 30))


def init():
    os.makedirs("/tmp/seen", exist_ok=True)


@input_schema(param_name="when", param_type=WHEN)
@input_schema(param_name="tags", param_type=StandardPythonParameterType(["a", "b"]))
@input_schema(param_name="image", param_type=StandardPythonParameterType(b"bytes"), optional=True)
@output_schema(StandardPythonParameterType({"year": 2024, "tags": ["a"]}))
def run(when, tags, image=b""):
    return {"year": when.year, "tags": tags, "size": len(image)}
""",
)
_add(
    "nested-schema",
    """
import numpy as np
import pandas as pd
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema

numpy_type = NumpyParameterType(np.array([[1.0, 2.0]]))
frame_type = PandasParameterType(pd.DataFrame({"state": ["WA"]}), enforce_shape=False)
plain_type = StandardPythonParameterType(0.25)
sample_input = StandardPythonParameterType({"numbers": numpy_type, "table": frame_type, "plain": plain_type})


def init():
    print("This is init")


@input_schema("Inputs", sample_input)
@input_schema("GlobalParameters", StandardPythonParameterType(1.0))
@output_schema(StandardPythonParameterType({"Results": [1.0]}))
def run(Inputs, GlobalParameters):
    numbers = Inputs["numbers"]
    assert isinstance(numbers, np.ndarray)
    return {"Results": (numbers.sum(axis=1) * GlobalParameters).tolist()}
""",
)
_add(
    "spark",
    """
import json
import traceback

from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession


def init():
    global trained_model, spark
    spark = SparkSession.builder.appName("scoring").getOrCreate()
    trained_model = PipelineModel.load("model")


def run(input_json):
    try:
        rows = spark.createDataFrame(json.loads(input_json)["data"])
        return [str(row["prediction"]) for row in trained_model.transform(rows).collect()]
    except Exception:
        traceback.print_exc()
        raise
""",
)
_add(
    "http-headers",
    """
import json
import logging


def init():
    logging.basicConfig(level=logging.INFO)


def run(raw_data, request_headers):
    data = json.loads(raw_data)
    logging.info("request %s", request_headers["X-Ms-Request-Id"])
    kind = request_headers.get("Content-Type", "")
    keys = {name.lower(): value for name, value in request_headers.items()}
    return {"rows": len(data["data"]), "kind": kind, "agent": keys.get("user-agent"), "trace": request_headers.get("Traceparent")}
""",  # noqa: E501 (a text that would change if it were wrapped)
)
