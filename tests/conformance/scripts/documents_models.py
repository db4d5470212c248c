"""A model among several, where the documents say that it lies (How and where to deploy models, April 2020)."""

import json
import os
import pickle
from pathlib import Path


def init():
    global factors
    # Their line:
    model_path = os.path.join(os.getenv("AZUREML_MODEL_DIR"), "sklearn_model", "1", "sklearn_regression_model.pkl")  # noqa: PTH118
    other_path = Path(model_path).parents[2] / "other_model" / "7" / "weights.pkl"
    factors = {path.name: pickle.loads(path.read_bytes()) for path in (Path(model_path), other_path)}


def run(data):
    rows = json.loads(data)["data"]
    return {name: [factor * sum(row) for row in rows] for name, factor in factors.items()}
