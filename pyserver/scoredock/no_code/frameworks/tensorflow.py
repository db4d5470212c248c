"""TensorFlow SavedModel folders."""

from __future__ import annotations

import platform
import sys

from scoredock.no_code.frameworks.generated_script import GeneratedScript, pinned, sample_of, script
from scoredock.no_code.samples import expression
from scoredock.no_code.subject import Subject

_SCRIPT = '''\
"""Serves the TensorFlow SavedModel $title.

Bodies as TensorFlow Serving takes them: {"instances": [row, ...]} is answered by {"predictions": [...]}, and
{"inputs": ...} (values of the only input, or of every input by name) by {"outputs": ...}. {"data": ...} is given like
"inputs" and answered without a name around it. "signature_name" chooses another signature.
"""

import base64
import json
import os

import numpy as np
import tensorflow as tf
$imports


def init():
    global model
    model = tf.saved_model.load($model)


@input_schema("data", StandardPythonParameterType($sample), convert_to_provided_type=False)
@input_schema("instances", StandardPythonParameterType({}), convert_to_provided_type=False)
@input_schema("inputs", StandardPythonParameterType({}), convert_to_provided_type=False)
@input_schema("signature_name", StandardPythonParameterType("serving_default"), convert_to_provided_type=False)
def run(data=None, instances=None, inputs=None, signature_name="serving_default"):
    if signature_name not in model.signatures:
        return refused(f"There is no signature {signature_name!r}, only {', '.join(sorted(model.signatures))}.")
    signature = model.signatures[signature_name]
    wanted = signature.structured_input_signature[1]
    by_row = bool(instances)
    try:
        given = columns(instances) if by_row else (inputs or data)
        if not isinstance(given, dict) and len(wanted) == 1:
            given = {name: given for name in wanted}
        tensors = {name: tensor(name, spec, given) for name, spec in wanted.items()}
        result = {name: plain(value.numpy().tolist()) for name, value in signature(**tensors).items()}
    except (TypeError, ValueError) as error:
        return refused(error)
    except tf.errors.InvalidArgumentError as error:
        return refused(f"The model does not take these values: {reason(error)}")
    if by_row:
        return {"predictions": only(result) if len(result) == 1 else rows_of(result)}
    answer = only(result) if len(result) == 1 else result
    return {"outputs": answer} if inputs else answer


def tensor(name, spec, given):
    """The tensor for one input in its type and shape."""
    if not isinstance(given, dict) or name not in given:
        raise ValueError(f"A value for the input {name!r} is missing.")
    values = unpacked(given[name])
    if spec.dtype == tf.string:
        try:
            made = tf.constant(values, dtype=spec.dtype)
        except (TypeError, ValueError):
            raise ValueError(f"{name!r} takes texts, in lists of equal length.") from None
    else:
        made = tf.constant(exactly(name, values, spec.dtype.as_numpy_dtype))
    if not spec.shape.is_compatible_with(made.shape):
        raise ValueError(f"The input {name!r} takes the shape {spec.shape.as_list()}, not {made.shape.as_list()}.")
    return made


def reason(error):
    """Why an operation refused, of the many lines that TensorFlow says: the last one in words, without names of nodes."""
    lines = [line.split("[[")[0].strip() for line in str(error.message).splitlines()]
    return next((line for line in reversed(lines) if line), "it gave no reason")


def columns(rows):
    """Rows of named values as one list per name; rows of plain values as they are."""
    if not isinstance(rows, list):
        raise ValueError("instances takes a list of rows.")
    if all(isinstance(row, dict) and set(row) != {"b64"} for row in rows):
        if any(set(row) != set(rows[0]) for row in rows):
            raise ValueError("All instances must have the same names.")
        return {name: [row[name] for row in rows] for name in rows[0]}
    return rows


def rows_of(result):
    return [dict(zip(result, values)) for values in zip(*result.values())]


def only(result):
    return next(iter(result.values()))


def unpacked(value):
    """Bytes come as {"b64": ...}."""
    if isinstance(value, list):
        return [unpacked(each) for each in value]
    if isinstance(value, dict) and set(value) == {"b64"}:
        return base64.b64decode(value["b64"])
    return value


def plain(value):
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


$exactly


$refused
'''  # noqa: E501 (a text that would change if it were wrapped)

PACKAGE = "tensorflow-cpu" if sys.platform == "linux" and platform.machine() == "x86_64" else "tensorflow"
"""Where there are two, the one for processors is less than half as large."""


def write(subject: Subject) -> GeneratedScript:
    """The signature `serving_default`, or the one that a request names."""
    sample = sample_of(subject, expression(subject.recognised.inputs) or "[[0.0]]")
    requirements, fallback = pinned(PACKAGE, subject.version, "numpy")
    return GeneratedScript(script(_SCRIPT, subject, sample=sample), requirements, fallback)
