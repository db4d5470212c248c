"""Keras models of one file: `.keras` and HDF5."""

from __future__ import annotations

from scoredock.no_code.frameworks.generated_script import GeneratedScript, pinned, sample_of, script
from scoredock.no_code.frameworks.tensorflow import PACKAGE
from scoredock.no_code.subject import Subject

_SCRIPT = '''\
"""Serves the Keras model $title.

Body: {"data": ...} with the rows for the only input, or {"data": {"name": [...], ...}} with those of every input by name.
One output is answered as it is, several by name.
"""

import json
import os

import keras
import numpy as np
$imports

SAMPLE = $sample
MOST = 5_000


def init():
    global model
    model = keras.saving.load_model($model, compile=False)
    # The model knows its inputs: the description of the service and its sample request show them.
    shapes = {each.name: [size or 1 for size in each.shape] for each in model.inputs}
    rows = {name: np.zeros(shape).tolist() if np.prod(shape) <= MOST else [] for name, shape in shapes.items()}
    sample = SAMPLE or (rows if len(rows) > 1 else next(iter(rows.values())))
    input_schema("data", StandardPythonParameterType(sample), convert_to_provided_type=False)(run)


@input_schema("data", StandardPythonParameterType([[0.0]]), convert_to_provided_type=False)
def run(data):
    inputs = model.inputs
    if len(inputs) == 1 and not isinstance(data, dict):
        data = {inputs[0].name: data}
    try:
        arrays = {each.name: array(each, data) for each in inputs}
        result = model.predict(arrays if len(arrays) > 1 else arrays[inputs[0].name], verbose=0)
    except (TypeError, ValueError, OverflowError) as error:
        return refused(error)
    if isinstance(result, (list, tuple)):
        result = dict(zip(model.output_names, result))
    return {name: value.tolist() for name, value in result.items()} if isinstance(result, dict) else result.tolist()


def array(wanted, data):
    """The array for one input, in its type and shape."""
    if not isinstance(data, dict) or wanted.name not in data:
        raise ValueError(f"A value for the input {wanted.name!r} is missing.")
    text = wanted.dtype == "string"
    values = exactly(wanted.name, data[wanted.name], np.str_ if text else wanted.dtype)
    values = values.astype(object) if text else values
    shape = list(wanted.shape)
    if values.ndim != len(shape) or any(size not in (None, given) for size, given in zip(shape, values.shape)):
        raise ValueError(f"The input {wanted.name!r} takes the shape {shape}, not {list(values.shape)}.")
    return values


$exactly


$refused
'''  # noqa: E501 (a text that would change if it were wrapped)


def write(subject: Subject) -> GeneratedScript:
    """Keras 3 reads both forms; what computes is TensorFlow."""
    requirements, fallback = pinned(PACKAGE, subject.version, "keras", "numpy")
    return GeneratedScript(script(_SCRIPT, subject, sample=sample_of(subject, "None")), requirements, fallback)
