"""Writes the model files beside it with the real libraries; run by hand when a format changes.

uv venv /tmp/formats && uv pip install -p /tmp/formats xgboost-cpu lightgbm onnx skl2onnx scikit-learn joblib
safetensors keras jax h5py skops KERAS_BACKEND=jax /tmp/formats/bin/python tests/registry/recognised/make.py
"""

from __future__ import annotations

import json
import pickle
from importlib.metadata import version
from pathlib import Path

import joblib
import keras
import lightgbm
import numpy as np
import skops.io
import xgboost
from safetensors.numpy import save_file
from skl2onnx import to_onnx
from sklearn.linear_model import Ridge

HERE = Path(__file__).parent
generator = np.random.default_rng(7)
table = generator.normal(size=(40, 3)).astype(np.float32)
target = table @ np.array([1.0, 2.0, 3.0], dtype=np.float32)

ridge = Ridge().fit(table, target)
(HERE / "ridge.pkl").write_bytes(pickle.dumps(ridge))
joblib.dump(ridge, HERE / "ridge.joblib")
joblib.dump(ridge, HERE / "ridge.joblib.gz", compress=("gzip", 3))
skops.io.dump(ridge, HERE / "ridge.skops")
onnx_model = to_onnx(ridge, table[:1], target_opset=17)
(HERE / "ridge.onnx").write_bytes(onnx_model.SerializeToString())

boosted = xgboost.train({"max_depth": 2}, xgboost.DMatrix(table, target), num_boost_round=1)
boosted.save_model(HERE / "trees.json")
boosted.save_model(HERE / "trees.ubj")
light = lightgbm.train({"num_leaves": 3, "verbose": -1, "min_data_in_leaf": 5}, lightgbm.Dataset(table, target), 1)
light.save_model(HERE / "trees.txt")

save_file({"weight": table[:2]}, HERE / "weights.safetensors", {"format": "pt"})

inputs = keras.Input((3,), name="patients")
network = keras.Model(inputs, keras.layers.Dense(1)(inputs))
network.save(HERE / "network.keras")
network.save(HERE / "network.h5")

packages = ("scikit-learn", "xgboost-cpu", "lightgbm", "keras", "onnx", "safetensors", "skops", "joblib")
(HERE / "versions.json").write_text(json.dumps({name: version(name) for name in packages}, indent=1) + "\n")
