"""How the runtime tells a request that does not fit the schema from a fault of the script."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoredock_runtime.schema import registry
from scoredock_runtime.schema.decorators import input_schema, output_schema
from scoredock_runtime.schema.mismatch import misfit
from scoredock_runtime.schema.numpy_type import NumpyParameterType as Numpy
from scoredock_runtime.schema.pandas_type import PandasParameterType as Pandas
from scoredock_runtime.schema.standard_type import StandardPythonParameterType as Standard

KINDS: dict[str, tuple[Any, Any]] = {
    "shape": (Numpy(np.array([[1.0, 2.0]])), [[1.0]]),
    "number": (Numpy(np.array([1.0])), ["x"]),
    "columns": (Pandas(pd.DataFrame({"a": [1]})), [{"b": 1, "c": 2}]),
    "plain": (Standard(1), "x"),
    "nested": (Standard({"a": Standard([Standard(1)])}), {"a": ["x"]}),
    "not an object": (Standard({"a": 1}), 3),
    "deep": (Numpy(np.array([1.0])), functools.reduce(lambda inner, _: [inner], range(200), [1.0])),
}


@pytest.fixture(autouse=True)
def nothing_decorated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_schemas", {})
    monkeypatch.setattr(registry, "_versions", {})


def fault_of(run: Any, *given: Any, **named: Any) -> BaseException:
    try:
        run(*given, **named)
    except BaseException as fault:
        return fault
    raise AssertionError("it did not raise")


def logged(func: Any) -> Any:
    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    return call


@pytest.mark.parametrize("name", KINDS)
def test_values_that_do_not_fit(name: str) -> None:
    kind, value = KINDS[name]

    @logged
    @input_schema("data", kind)
    @output_schema(Standard(1))
    def run(data: Any) -> Any:
        return data

    fault = fault_of(run, data=value)
    assert isinstance(fault, Exception)
    assert misfit(fault, run).startswith("data does not fit its schema: it takes ")


def test_what_the_script_itself_raises_is_its_own() -> None:
    @input_schema("data", Standard(1))
    def inner(data: Any) -> Any:
        return data

    @input_schema("data", Standard("x"))
    def run(data: str) -> Any:
        if data == "inner":
            return inner(data=data)
        raise ValueError("Invalid input data type to parse.")

    assert not misfit(fault_of(run, data="x"), run)
    assert not misfit(fault_of(run, data="inner"), run)
    assert misfit(fault_of(run, data=5), run)


def test_faults_that_say_nothing_about_the_input() -> None:
    class Odd(Standard):
        def deserialize_input(self, input_data: Any) -> Any:
            raise {"memory": MemoryError, "exit": SystemExit, "stop": KeyboardInterrupt}[input_data]

    @input_schema("data", Odd(1))
    def run(data: Any) -> Any:
        return data

    assert not any(misfit(fault_of(run, data=word), run) for word in ("memory", "exit", "stop"))
    assert misfit(fault_of(run, data="nothing of these"), run)


def test_a_schema_for_a_parameter_that_is_not_there() -> None:
    @input_schema("nothing", Standard(1))
    def run(data: Any) -> Any:
        return data

    assert not misfit(fault_of(run, data=1), run)
    assert not misfit(fault_of(run, wrong=1), run)
