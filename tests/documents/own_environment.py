"""The environment file of the documents' own example, with a script as the documents write it and a model of that
time."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import interpreters
from parts import missing

MODEL = "sklearn_mnist"
FILE = """name: project_environment
dependencies:
  - python=3.6.2
  - scikit-learn=0.20.0
  - pip:
      # You must list azureml-defaults as a pip dependency
    - azureml-defaults>=1.0.45
    - inference-schema[numpy-support]
"""
SCRIPT = """import numpy as np
from sklearn.externals import joblib
from azureml.core.model import Model

from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType


def init():
    global model
    model_path = Model.get_model_path('sklearn_mnist')
    model = joblib.load(model_path)


input_sample = np.array([[1.8]])
output_sample = np.array([43638.88])


@input_schema('data', NumpyParameterType(input_sample))
@output_schema(NumpyParameterType(output_sample))
def run(data):
    return model.predict(data).tolist()
"""
TRAINED = """
import sys
from sklearn.externals import joblib
from sklearn.tree import DecisionTreeRegressor
joblib.dump(DecisionTreeRegressor().fit([[0.0], [2.0]], [20.5, 43638.5]), sys.argv[1])
"""
"""A tree, which no scikit-learn since 1.3 loads."""
BODY = '{"data": [[1.8]]}'
ANSWER = [43638.5]


def fill(folder: Path, scratch: Path) -> None:
    """Writes `myenv.yml`, `score.py` and `sklearn_mnist_model.pkl`, the pickle by scikit-learn 0.20.0 in Python 3.6."""
    python = interpreters.cpythons().get("3.6")
    if python is None:
        missing("CPython 3.6", "old-python")
    subprocess.run([str(python), "-m", "venv", str(scratch)], check=True)
    own = scratch / "bin" / "python"
    subprocess.run([str(own), "-m", "pip", "install", "-q", "scikit-learn==0.20.0"], check=True)
    subprocess.run([str(own), "-W", "ignore", "-c", TRAINED, str(folder / "sklearn_mnist_model.pkl")], check=True)
    (folder / "myenv.yml").write_text(FILE)
    (folder / "score.py").write_text(SCRIPT)


INSTALLS = pytest.mark.long("installs scikit-learn 0.20.0 for Python 3.6 from the index")
