"""ONNX, by onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.no_code.frameworks.generated_script import GeneratedScript, sample_of, script
from scoredock.no_code.samples import expression
from scoredock.no_code.subject import Subject
from scoredock.registry.records import Tensor

_SCRIPT = '''\
"""Serves the ONNX model $title.

Body: {"data": ...} with the values of the only input, or {"data": {"name": ..., ...}} with those of every input by name.
One output is answered as it is, several by name.
"""

import json
import os

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as problems
$imports

TYPES = {
    "float": np.float32, "double": np.float64, "float16": np.float16, "string": np.str_, "bool": np.bool_,
    "int8": np.int8, "int16": np.int16, "int32": np.int32, "int64": np.int64,
    "uint8": np.uint8, "uint16": np.uint16, "uint32": np.uint32, "uint64": np.uint64,
}


def init():
    global session
    session = onnxruntime.InferenceSession($model, providers=onnxruntime.get_available_providers())


@input_schema("data", StandardPythonParameterType($sample), convert_to_provided_type=False)
def run(data):
    inputs = session.get_inputs()
    if len(inputs) == 1 and not isinstance(data, dict):
        data = {inputs[0].name: data}
    names = [each.name for each in session.get_outputs()]
    try:
        given = {each.name: tensor(each, data) for each in inputs}
        found = session.run(names, given)
    except (TypeError, ValueError, OverflowError, problems.InvalidArgument, problems.Fail, problems.RuntimeException) as error:
        return refused(error)
    values = [plain(value) for value in found]
    return values[0] if len(names) == 1 else dict(zip(names, values))


def tensor(wanted, data):
    """The array for one input, in its type and shape; a dimension that is not a number may have any size."""
    if not isinstance(data, dict) or wanted.name not in data:
        raise ValueError(f"A value for the input {wanted.name!r} is missing.")
    array = exactly(wanted.name, data[wanted.name], TYPES[wanted.type[len("tensor(") : -1]])
    fits = array.ndim == len(wanted.shape) and all(
        not isinstance(size, int) or size == given for size, given in zip(wanted.shape, array.shape)
    )
    if wanted.shape and not fits:
        raise ValueError(f"The input {wanted.name!r} takes the shape {wanted.shape}, not {list(array.shape)}.")
    return array


def plain(value):
    """What JSON can carry: arrays, and the lists of dictionaries of classifiers."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.tolist() if hasattr(value, "tolist") else value


$exactly


$refused
'''  # noqa: E501 (a text that would change if it were wrapped)
_NOT_JSON = frozenset(("complex64", "complex128", "bfloat16", "sequence", "map", "sparse tensor", "optional"))


def write(subject: Subject) -> GeneratedScript:
    """Raises ScoredockError `no-code-input` for inputs that JSON cannot carry."""
    inputs = subject.recognised.inputs
    _require_plain(subject.title, inputs)
    sample = sample_of(subject, expression(inputs) or "[[0.0]]")
    # The recorded version is that of the format, not of onnxruntime, which reads all older formats.
    needed = ("onnxruntime", "numpy")
    return GeneratedScript(script(_SCRIPT, subject, sample=sample), needed, needed)


def _require_plain(title: str, inputs: Sequence[Tensor]) -> None:
    for tensor in inputs:
        if tensor.type in _NOT_JSON:
            raise ScoredockError(
                "no-code-input",
                l10n.t(
                    "The input {name} of {model} is a {type}, which JSON cannot represent.",
                    name=tensor.name,
                    model=title,
                    type=tensor.type,
                ),
            )
