"""The schema of the first web services, as a file beside the script: what is described there becomes what run() gets,
as their main program saw to."""

import json
from typing import Any, Callable, List

from scoredock_runtime.schema.decorators import input_schema

_NUMPY, _STANDARD, _PANDAS = 1, 2, 3
"""Kinds of samples; those of Spark are left to the script."""


def with_described_arguments(run: Callable[..., Any], path: str, names: List[str]) -> Callable[..., Any]:
    """The function with a conversion for each of its arguments; as it was where the file is not a schema of it.

    Raises ImportError where the library of a sample is not there."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            described = json.load(file)["input"]
        samples = [(name, described[name]["type"], described[name]["swagger"]["example"]) for name in names]
    except (OSError, ValueError, KeyError, TypeError):
        return run
    if len(samples) != len(described) or any(kind not in (_NUMPY, _STANDARD, _PANDAS) for _, kind, _ in samples):
        return run
    for name, kind, example in samples:
        run = input_schema(name, _parameter_type(kind, example))(run)
    return run


def _parameter_type(kind: int, example: Any) -> Any:
    if kind == _NUMPY:
        import numpy as np

        from scoredock_runtime.schema.numpy_type import NumpyParameterType

        return NumpyParameterType(np.array(example))
    if kind == _PANDAS:
        import pandas as pd  # type: ignore[import-untyped,unused-ignore]

        from scoredock_runtime.schema.pandas_type import PandasParameterType

        return PandasParameterType(pd.DataFrame(example))
    from scoredock_runtime.schema.standard_type import StandardPythonParameterType

    return StandardPythonParameterType(example)
