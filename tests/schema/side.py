"""A side of the comparison, or both: runs small scripts and tells what they saw. Its words:

- `library=FOLDER`: inference-schema from the package index, installed in FOLDER;
- `runtime=FOLDER`: the runtime's stand-in, found through its import names as scripts find it;
- what scripts find imported: `frames` or `spark`.

A case is a JSON line with a list of steps. A step is an expression, told as a value, or a statement. The answer of
each side is a JSON line with one observation for each step. Python 3.9 and later."""

from __future__ import annotations

import ast
import json
import os
import re
import sys
import warnings
from pathlib import Path
from typing import Any

PRELUDE = """
import asyncio, collections, datetime, decimal, enum, functools, inspect, json, uuid
from inference_schema import schema_util
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType as Abstract
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType as Standard
nan, inf = float("nan"), float("inf")
class Own(Abstract):
    def deserialize_input(self, input_data):
        return ('own', input_data)

    def input_to_swagger(self):
        return {'type': 'string', 'example': 'own', 'more': [1]}

class Unversioned(Own):
    def supported_versions(self):
        return ['9.9', '3.1']

class Bare(Abstract):
    pass

class NoExample(Own):
    def input_to_swagger(self):
        return {'type': 'string'}

own, unversioned = Own(5), Unversioned(5j)

def logged(func):
    @functools.wraps(func)
    def call(*args, **kwargs):
        return ('logged', func(*args, **kwargs))
    return call

def named(a_name):
    def decorate(func):
        @functools.wraps(func)
        def call(*args, **kwargs):
            return (a_name, func(*args, **kwargs))
        return call
    return decorate

def unwrapped(func):
    return lambda *args, **kwargs: func(*args, **kwargs)
"""
FRAMES = """
import numpy as np
import pandas as pd
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType as Numpy
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType as Pandas
"""
SPARK = """
from pyspark.sql import Row, SparkSession, types as T
from inference_schema.parameter_types.spark_parameter_type import SparkParameterType as Spark
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config(
    "spark.sql.shuffle.partitions", "1").config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1").config("spark.driver.bindAddress", "127.0.0.1").config(
    "spark.driver.host", "127.0.0.1").getOrCreate()
"""  # noqa: E501 (a text that would change if it were wrapped)
MEGABYTES = 4096
ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def told(value: Any) -> Any:
    """A value as JSON, with its exact type and all that can be seen of it."""
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if value is None or kind in (bool, int, str):
        return [kind.__name__, ADDRESS.sub("", value) if kind is str else value]
    if kind in (bytes, bytearray):
        return [name, value.hex()]
    if isinstance(value, (list, tuple)):
        return [name, [told(item) for item in value]]
    if isinstance(value, dict):
        return [name, [[told(key), told(item)] for key, item in value.items()]]
    if name == "numpy.ndarray":
        return [name, repr(value.dtype), list(value.shape), told(value.tolist())]
    if name.endswith(".DataFrame") and name.startswith("pandas"):
        return [
            name,
            told(list(value.columns)),
            [repr(each) for each in value.dtypes],
            repr(value.index.dtype),
            told(list(value.index)),
            told(value.astype(object).to_numpy().tolist()),
        ]
    if name.endswith(".DataFrame"):
        return ["spark", value.schema.simpleString(), [told(row.asDict(recursive=True)) for row in value.collect()]]
    return [name, ADDRESS.sub("", repr(value))]


def failed(fault: BaseException) -> list[Any]:
    kind, cause = type(fault), fault.__cause__
    seen = [f"{kind.__module__}.{kind.__qualname__}", ADDRESS.sub("", str(fault))]
    return ["raised", *seen, "" if cause is None else f"{type(cause).__name__}: {cause}"]


def step(source: str, names: dict[str, Any]) -> Any:
    """What one step gave, and its warnings with whether they point at the script."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            tree = ast.parse(source, "<case>", "exec")
            if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
                code = compile(ast.Expression(tree.body[0].value), "<case>", "eval")
                seen = told(eval(code, names))
            else:
                exec(compile(tree, "<case>", "exec"), names)
                seen = None
        except Exception as fault:
            seen = failed(fault)
    notes = [[w.category.__name__, str(w.message), w.filename == "<case>"] for w in caught]
    # Spark warns of its own ways: which class a session is asked through is no matter of scripts.
    return [seen, [note for note in notes if "SparkSession" not in note[1]]]


def prelude(side: str, folder: str, parts: list[str]) -> dict[str, Any]:
    """The names that scripts of one side begin with."""
    sys.path.insert(0, folder)
    if side == "runtime":
        from scoredock_runtime import shims

        shims.install()
    names: dict[str, Any] = {"__name__": "case"}
    for part in parts:
        exec(part, names)
    return names


def make_room(folder: str) -> None:
    """For the other side in the same process, which looks for its own modules."""
    sys.path.remove(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] == "inference_schema"]:
        del sys.modules[name]


def forget(names: dict[str, Any]) -> None:
    """Every case starts with nothing decorated."""
    for name in ("__functions_schema__", "__versions__", "_schemas", "_versions"):
        getattr(names["schema_util"], name, {}).clear()


def limit() -> None:
    """The scripts are generated: a size that they come to must not take the machine."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from depth import limit_memory

    del sys.path[0]
    limit_memory(MEGABYTES)


def main() -> None:
    folders, kind = sys.argv[1:-1], sys.argv[-1]
    if kind != "spark":  # a Java machine reserves more than it uses, and has a limit of its own
        limit()
    # Whatever else prints, the channel holds answers only.
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    parts = [PRELUDE, {"frames": FRAMES, "spark": SPARK}[kind]]
    sides: list[dict[str, Any]] = []
    for each in folders:
        side, _, folder = each.partition("=")
        sides.append(prelude(side, folder, parts))
        if each is not folders[-1]:
            make_room(folder)
    files = [names[name].__code__.co_filename for names in sides for name in ("input_schema", "output_schema")]
    print(json.dumps([sys.version.split()[0], files]), file=channel, flush=True)
    for line in sys.stdin:
        for given in sides:
            forget(given)
            names = dict(given)
            print(json.dumps([step(source, names) for source in json.loads(line)]), file=channel, flush=True)


if __name__ == "__main__":
    main()
