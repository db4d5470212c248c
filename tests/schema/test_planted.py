"""The comparison sees faults: each one here is put into the runtime's side, and the generated scripts find it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schema.decorator_samples import decorator_cases
from schema.numpy_samples import numpy_cases
from schema.pandas_samples import pandas_cases
from schema.plain_samples import plain_cases
from schema.sides import Pair

LATE = pytest.mark.long("only many generated scripts find it; faults that are found sooner stay at the gate")
LATER = ("a unit of time", "a copy is converted", "mixed items in swagger 2", "chat input is converted", "all versions")
PLANTS: dict[str, tuple[Callable[[], st.SearchStrategy[list[str]]], str, str, str]] = {
    # Generated scripts; module of the runtime, name in it, what is put in its place.
    "a unit of time": (numpy_cases, "numpy_type", "_duration", "lambda text: old(text) + 1"),
    "no check of shapes": (numpy_cases, "numpy_type", "NumpyParameterType._check_shape", "lambda *_: None"),
    "a format": (numpy_cases, "numpy_type", "_scalar_fragment", "lambda name: {**old(name), 'format': 'x'}"),
    "true for 'True'": (
        numpy_cases,
        "numpy_type",
        "example_of",
        "lambda value, to: bool(value) if to['type'] == 'boolean' else old(value, to)",
    ),
    "records as lists": (
        numpy_cases,
        "numpy_type",
        "_item",
        "lambda value, dtype: list(old(value, dtype)) if len(dtype) else old(value, dtype)",
    ),
    "columns keep their types": (
        pandas_cases,
        "pandas_type",
        "PandasParameterType._typed",
        "lambda self, frame: frame",
    ),
    "moments without format": (pandas_cases, "pandas_type", "PandasParameterType._mark_moments", "lambda *_: None"),
    "columns are not counted": (pandas_cases, "pandas_type", "PandasParameterType._check_shape", "lambda *_: None"),
    "another sentence": (plain_cases, "decorators", "wrong_type", "lambda *words: old(*words) + '.'"),
    "the first item describes": (
        plain_cases,
        "fragments",
        "_KINDS",
        "{**old, list: lambda items: {**old[list](items), 'items': {'type': 'object'}}}",
    ),
    "mixed items in swagger 2": (plain_cases, "parameter_type", "_is_uniform", "lambda example: True"),
    "a copy is converted": (
        plain_cases,
        "decorators",
        "converted",
        "lambda value, kind: old(dict(value) if type(value) is dict else value, kind)",
    ),
    "chat input is converted": (decorator_cases, "decorators", "_is_chat_input", "lambda given: False"),
    "two outputs": (
        decorator_cases,
        "registry",
        "add_output",
        "lambda func, *rest: None if _known(func) in _schemas else old(func, *rest)",
    ),
    "names with their place": (decorator_cases, "registry", "_key", "lambda func, *rest: old(func, *rest) + '.'"),
    "all versions": (
        decorator_cases,
        "registry",
        "add_input",
        "lambda func, name, body, versions: old(func, name, body, ['2.0', '3.0', '3.1'])",
    ),
    "no name": (decorator_cases, "decorated", "Decorated.__getattr__", "lambda self, name: None"),
}


@contextlib.contextmanager
def planted(pair: Pair, module: str, name: str, code: str) -> Iterator[None]:
    """The fault is in the runtime's side, and then no longer."""
    begin = [
        f"import scoredock_runtime.schema.{module} as at",
        f"old = at.{name}",
        f"new = eval({code!r}, dict(vars(at), old=old))",
        f"at.{name} = new",
        "import builtins",
        f"builtins.undo = lambda at=at, old=old: exec('at.{name} = old', dict(at=at, old=old))",
    ]
    _do(pair, begin)
    try:
        yield
    finally:
        _do(pair, ["undo()"])


def _do(pair: Pair, steps: list[str]) -> None:
    pair.runtime.ask(steps)
    answers: list[Any] = pair.runtime.answer()
    assert not [seen for seen, _ in answers if seen and seen[0] == "raised"], answers


@pytest.mark.parametrize("name", [pytest.param(name, marks=LATE if name in LATER else ()) for name in PLANTS])
def test_a_planted_fault_is_found(name: str, here: Pair) -> None:
    cases, module, target, code = PLANTS[name]
    checks, phases = list(HealthCheck), [Phase.generate]

    @settings(max_examples=1500, suppress_health_check=checks, phases=phases, database=None)
    @given(cases())
    def agree(steps: list[str]) -> None:
        here.compare(steps)

    with planted(here, module, target, code), pytest.raises(AssertionError, match="library: "):
        agree()


def test_a_script_that_ends_a_side_costs_its_own_case(here: Pair) -> None:
    with pytest.raises(AssertionError, match="ended with 3"):
        here.compare(["1 + 1", "import os; os._exit(3)"])
    assert here.compare(["1 + 1"])[0][0] == ["int", 2]


def test_a_script_cannot_take_the_memory_of_the_machine(here: Pair) -> None:
    steps = ["len(np.ones(1 << 40))", "bytearray(1 << 40)"]
    assert [seen[:1] for seen, _ in here.compare(steps)] == [["raised"]] * 2
