"""The runtime's stand-in and inference-schema itself see and do the same, over generated scripts.

`SCOREDOCK_SCHEMA_EXAMPLES=100000` compares that many cases; `SCOREDOCK_SCHEMA_REPORT=FILE` gets the figures."""

from __future__ import annotations

import pytest
from hypothesis import given

from schema.conftest import EXAMPLES, examples
from schema.decorator_samples import decorator_cases
from schema.numpy_samples import numpy_cases
from schema.pandas_samples import pandas_cases
from schema.plain_samples import plain_cases
from schema.sides import Pair

pytestmark = pytest.mark.timeout(0 if EXAMPLES else 120)


def test_numpy_arrays(pair: Pair) -> None:
    @examples(0.3, 40)
    @given(numpy_cases())
    def agree(steps: list[str]) -> None:
        pair.compare(steps)

    agree()


def test_data_frames(pair: Pair) -> None:
    @examples(0.2, 25)
    @given(pandas_cases())
    def agree(steps: list[str]) -> None:
        pair.compare(steps)

    agree()


def test_plain_values(pair: Pair) -> None:
    @examples(0.3, 40)
    @given(plain_cases())
    def agree(steps: list[str]) -> None:
        pair.compare(steps)

    agree()


def test_decorated_functions(pair: Pair) -> None:
    @examples(0.2, 40)
    @given(decorator_cases())
    def agree(steps: list[str]) -> None:
        pair.compare(steps)

    agree()
