"""One module per framework: from what a model file tells to a small script of the person's own."""

from __future__ import annotations

from scoredock.no_code.frameworks import keras as keras
from scoredock.no_code.frameworks import lightgbm, mlflow, onnx, pickled, tensorflow, torchscript, xgboost
from scoredock.no_code.frameworks.generated_script import Framework, GeneratedScript

FRAMEWORKS: dict[str, Framework] = {
    "pickle": pickled.write,
    "skops": pickled.write,
    "onnx": onnx.write,
    "saved-model": tensorflow.write,
    "keras": keras.write,
    "mlflow": mlflow.write,
    "xgboost": xgboost.write,
    "lightgbm": lightgbm.write,
    "torchscript": torchscript.write,
}
"""By `Recognised.form`."""

__all__ = ["FRAMEWORKS", "Framework", "GeneratedScript"]
