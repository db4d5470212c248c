"""PyTorch programs that `torch.jit.save` wrote; a checkpoint holds weights without the program that uses them."""

from __future__ import annotations

from scoredock.no_code.frameworks.generated_script import GeneratedScript, pinned, sample_of, script
from scoredock.no_code.subject import Subject

_SCRIPT = '''\
"""Serves the TorchScript program $title.

Body: {"data": ...} with the values of the only argument, or {"data": {"name": ..., ...}} with those of every argument of
forward() by name. "dtype" is the type of the tensors, float32 unless it is given.
"""

import json
import os

import numpy as np
import torch
$imports

SAMPLE = $sample


def init():
    global model
    model = torch.jit.load($model, map_location="cpu").eval()
    # A program does not tell shapes; the weights of a linear layer at its start do.
    first = next(iter(model.parameters()), torch.zeros(1, 1))
    sample = SAMPLE or [[0.0] * (first.shape[1] if first.dim() == 2 else 1)]
    input_schema("data", StandardPythonParameterType(sample), convert_to_provided_type=False)(run)


@input_schema("data", StandardPythonParameterType([[0.0]]), convert_to_provided_type=False)
@input_schema("dtype", StandardPythonParameterType("float32"), convert_to_provided_type=False)
def run(data, dtype="float32"):
    kind = getattr(torch, str(dtype), None)
    if not isinstance(kind, torch.dtype):
        return refused(f"{dtype!r} is not a type of tensors.")
    try:
        given = {name: tensor(name, values, kind) for name, values in named(data).items()}
        with torch.inference_mode():
            result = model(**given)
    except (TypeError, ValueError, OverflowError, IndexError, RuntimeError) as error:
        return refused(str(error).strip().rpartition("\\n")[2])  # the lines before are the program
    return plain(result)


def tensor(name, values, kind):
    """The tensor of a type; values that it would cut off are refused."""
    plain_name = str(kind).removeprefix("torch.")
    if hasattr(np, plain_name):  # numpy lacks bfloat16, say
        return torch.from_numpy(exactly(name, values, plain_name))
    return torch.tensor(values, dtype=kind)


def named(data):
    """Values by the names of the arguments of forward()."""
    arguments = model.forward.schema.arguments[1:]
    if not isinstance(data, dict) and len(arguments) > 0:
        data = {arguments[0].name: data}
    for argument in arguments:
        if argument.name not in data and not argument.has_default_value():
            raise ValueError(f"A value for the argument {argument.name!r} is missing.")
    return {argument.name: data[argument.name] for argument in arguments if argument.name in data}


def plain(result):
    """What JSON can carry: tensors, and lists, tuples and dictionaries of them."""
    if isinstance(result, torch.Tensor):
        return result.tolist()
    if isinstance(result, dict):
        return {str(key): plain(value) for key, value in result.items()}
    return [plain(each) for each in result] if isinstance(result, (list, tuple)) else result


$exactly


$refused
'''  # noqa: E501 (a text that would change if it were wrapped)


def write(subject: Subject) -> GeneratedScript:
    """The program runs on the processor, wherever it was made."""
    requirements, fallback = pinned("torch", subject.version, "numpy")
    return GeneratedScript(script(_SCRIPT, subject, sample=sample_of(subject, "None")), requirements, fallback)
