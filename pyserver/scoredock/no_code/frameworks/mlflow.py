"""Models in MLflow's own folder form, whatever made them, by `mlflow.pyfunc`."""

from __future__ import annotations

import json
import posixpath
import re

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.no_code.frameworks.generated_script import GeneratedScript, sample_of, script
from scoredock.no_code.frameworks.mlflow_packages import packages_of, without_pin
from scoredock.no_code.samples import expression, literal, zero
from scoredock.no_code.subject import Subject
from scoredock.registry.formats.readers import POINTER
from scoredock.registry.formats.recognise import recognise
from scoredock.registry.records import Tensor
from scoredock.small_yaml import small_yaml

_SCRIPT = '''\
"""Serves the MLflow model $title.

Body: {"input_data": ...} as online endpoints of Azure ML v2 take it: a table in pandas' split form
{"columns": [...], "index": [...], "data": [[...], ...]}, a list for an array, or {"name": [...], ...} for arrays by
name. {"data": [...]} takes rows as lists or as objects with the names of the columns; {"data": {"name": [...], ...}}
tensors by name. "params" go to the model. Types are those of the model's signature.
"""

import inspect
import json
import os

import mlflow.pyfunc
import numpy as np
import pandas as pd
$imports


def init():
    global model
    model = mlflow.pyfunc.load_model($model)


@input_schema("data", StandardPythonParameterType($sample), convert_to_provided_type=False)
@input_schema("input_data", StandardPythonParameterType({}), convert_to_provided_type=False)
@input_schema("params", StandardPythonParameterType({}), convert_to_provided_type=False)
def run(data=None, input_data=None, params=None):
    try:
        return plain(predicted(given_input(data, input_data), params))
    except (TypeError, ValueError, OverflowError, mlflow.exceptions.MlflowException) as error:
        return refused(error)


def given_input(data, input_data):
    """What the model gets. `{}`, which the sample request has, is nothing."""
    if input_data in (None, {}, ""):
        if data is None:
            raise ValueError("A request needs \\"input_data\\" or \\"data\\".")
        return typed(data)
    schema = model.metadata.get_input_schema()
    if is_table(input_data, schema):
        return typed_table(input_data, schema)
    if schema is not None:
        return typed([input_data] if isinstance(input_data, str) and not schema.is_tensor_spec() else input_data)
    if isinstance(input_data, dict):
        return {name: np.asarray(values) for name, values in input_data.items()}
    return np.asarray(input_data) if isinstance(input_data, list) else input_data


def is_table(given, schema):
    """Whether it is a table in split form, and not inputs that are called so."""
    if not isinstance(given, dict) or not {"columns", "data"} <= set(given) <= {"columns", "index", "data"}:
        return False
    return schema is None or not schema.has_input_names() or "columns" not in schema.input_names()


def typed_table(table, schema):
    """A data frame with its columns and index; for a signature of one array its rows."""
    columns, rows, index = table["columns"], table["data"], table.get("index")
    if not all(isinstance(each, list) for each in (columns, rows, *rows)):
        raise ValueError("\\"columns\\" and \\"data\\" take lists, \\"data\\" one for each row.")
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"A row has {len(columns)} values, for {', '.join(map(str, columns))}, not {len(row)}.")
    if schema is not None and schema.is_tensor_spec():
        return typed(dict(zip(columns, map(list, zip(*rows)))) if schema.has_input_names() else rows)
    if schema is None or not schema.has_input_names():
        return pd.DataFrame(rows, columns=columns, index=index)
    frame = typed([dict(zip(columns, row)) for row in rows], any_text=True)
    return frame if index is None else frame.set_axis(index, axis=0)


def predicted(given, params):
    """What the model answers."""
    if not params:
        return model.predict(given)
    if not isinstance(params, dict):
        raise ValueError("\\"params\\" takes an object.")
    if "params" not in inspect.signature(model.predict).parameters:
        raise ValueError(f"MLflow {mlflow.__version__} takes no \\"params\\".")
    return model.predict(given, params=params)


def typed(data, any_text=False):
    """As the signature says: a data frame with its columns, or arrays. With `any_text` columns of texts hold what
    comes, as with Azure ML."""
    schema = model.metadata.get_input_schema()
    if schema is None:
        return pd.DataFrame(data)
    if schema.is_tensor_spec():
        types = schema.numpy_types()
        if schema.has_input_names():
            missing = [name for name in schema.input_names() if name not in data]
            if missing:
                raise ValueError(f"A value for the input {missing[0]!r} is missing.")
            return {name: exactly(name, data[name], kind) for name, kind in zip(schema.input_names(), types)}
        return exactly("data", data, types[0])
    if not schema.has_input_names():
        return pd.DataFrame(data)
    names = schema.input_names()
    by_name = isinstance(data, dict) or all(isinstance(row, dict) for row in data)
    needed = [spec.name for spec in schema.inputs if getattr(spec, "required", True)]
    for row in [data] if isinstance(data, dict) else data:
        # Pandas would take what is not there for missing values.
        missing = [name for name in needed if name not in row] if by_name else []
        if missing:
            raise ValueError(f"Missing columns: {', '.join(missing)}. The model takes {', '.join(names)}.")
        if isinstance(row, list) and len(row) != len(names):
            raise ValueError(f"A row has {len(names)} values, for {', '.join(names)}, not {len(row)}.")
    frame = pd.DataFrame(data) if by_name and len(data) else pd.DataFrame(data, columns=names)
    for spec in schema.inputs:
        if any_text and spec.name in frame and getattr(spec.type, "name", "") == "string":
            frame[spec.name] = frame[spec.name].astype(object)
        elif spec.name in frame and hasattr(spec.type, "to_pandas"):
            frame[spec.name] = column(spec.name, frame[spec.name], spec.type)
    return frame


def column(name, values, wanted):
    """In its type. Whether values may be missing is for MLflow to say."""
    gaps = values.isna().tolist()
    kind = np.dtype(wanted.to_pandas())
    if kind.kind == "f":
        return exactly(name, [None if gap else value for value, gap in zip(values.tolist(), gaps)], kind)
    if kind.kind in "iub":
        return values if any(gaps) else exactly(name, values.tolist(), kind)
    if wanted.name == "string":
        exactly(name, [value for value, gap in zip(values.tolist(), gaps) if not gap], np.str_)
    # Of anything but texts MLflow itself says whether they can be dates, say.
    return values.astype(kind) if values.dtype.kind == "O" and not any(gaps) else values


def plain(result):
    """What JSON can carry: frames as rows, arrays, and lists and dictionaries of them."""
    if isinstance(result, pd.DataFrame):
        return result.to_dict("records")
    if isinstance(result, dict):
        return {str(key): plain(value) for key, value in result.items()}
    if isinstance(result, (list, tuple)):
        return [plain(each) for each in result]
    return result.tolist() if hasattr(result, "tolist") else result


$exactly


$refused
'''
_FILES = ("data", "model_path", "python_model")
"""Keys of the flavour `python_function` that name what is loaded, below the model's folder."""
_PACKAGE = {"sklearn": "scikit-learn", "pytorch": "torch", "onnx": "onnxruntime"}
"""Flavours whose package has another name."""


def write(subject: Subject) -> GeneratedScript:
    """Script with the packages that the model itself names; of MLflow the part that loads models is enough.

    Raises ScoredockError `environment-requirement-invalid`, and `file-not-found` where what MLmodel names is not there.
    """
    sample = sample_of(subject, _example(subject) or _columns(subject.recognised.inputs) or "[[0.0]]")
    document = _document(subject)
    _require_files(subject, document)
    packages = packages_of(subject, document)
    others: tuple[str, ...] = ("numpy", "pandas")
    names = {re.split(r"[=<>!~\[; ]", line)[0].lower() for line in packages.lines}
    flavours = document.get("flavors")
    if not packages.lines and isinstance(flavours, dict):
        others += tuple(_PACKAGE.get(str(each), str(each)) for each in flavours if each != "python_function")
    requirements = (packages.mlflow, *packages.lines, *(each for each in others if each not in names))
    return GeneratedScript(
        script(_SCRIPT, subject, sample=sample),
        requirements,
        tuple(map(without_pin, requirements)),
        packages.notes,
        packages.conda,
        packages.python,
    )


def _document(subject: Subject) -> dict[str, object]:
    try:
        return small_yaml(subject.text_beside("MLmodel", 256 << 10).encode())
    except ValueError:
        return {}


def _require_files(subject: Subject, document: dict[str, object]) -> None:
    """A repository may have the description of a model alone, or a pointer in the place of its file."""
    flavours = document.get("flavors")
    served = flavours.get("python_function") if isinstance(flavours, dict) else None
    for name in (served.get(key) for key in _FILES) if isinstance(served, dict) else ():
        if not isinstance(name, str) or not name:
            continue
        wanted = posixpath.normpath(f"{subject.path}/{name}".replace("\\", "/"))
        places = [place for stored, place in subject.beside if f"{stored}/".startswith(f"{wanted}/")]
        kind = recognise(places[0].resolve(), name) if places else None
        named = {"model": subject.title, "file": name}
        if kind is not None and kind.form == POINTER:
            message = l10n.t("The MLmodel of {model} names {file}, which is {what}.", **named, what=kind.what)
        elif places or (not subject.registered and (subject.place.parent / name).exists()):  # one of very many files
            continue
        else:
            message = l10n.t("The MLmodel of {model} names {file}, which is not there.", **named)
        raise ScoredockError(
            "file-not-found",
            message,
            l10n.t("Fetch the file, which Git may keep elsewhere (`git lfs pull`) or ignore, or save the model again."),
            place=None if subject.registered else Place(str(subject.place)),
        )


def _example(subject: Subject) -> str:
    """The first row of the example that was logged with the model."""
    try:
        document = json.loads(subject.text_beside("input_example.json", 64 << 10) or "null")
    except (ValueError, RecursionError):
        return ""
    if isinstance(document, dict) and isinstance(document.get("data"), list) and document["data"]:
        return literal([_even(document["data"][0])])
    if isinstance(document, dict) and isinstance(document.get("inputs"), list) and document["inputs"]:
        return literal(document["inputs"][:1])
    return ""


def _even(row: object) -> object:
    """Whole numbers beside decimals as decimals: swagger 2 describes lists of one type only."""
    if not isinstance(row, list) or not any(isinstance(value, float) for value in row):
        return row
    return [float(value) if type(value) is int else value for value in row]


def _columns(inputs: tuple[Tensor, ...]) -> str:
    """One row for a signature of columns; of tensors in the shape that the signature names."""
    if inputs and not any(tensor.shape for tensor in inputs):
        zeros = [zero(tensor.type) for tensor in inputs]
        return "[[" + ", ".join("0.0" if each == "0" and "0.0" in zeros else each for each in zeros) + "]]"
    return expression(inputs, named=bool(inputs and inputs[0].name))
