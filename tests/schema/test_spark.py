"""Spark frames: the runtime's stand-in beside the library, with a real Spark on a real Java."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable

import pytest
from hypothesis import given

from schema.conftest import EXAMPLES, HERE, examples
from schema.sides import Pair
from schema.spark_samples import spark_cases


@pytest.mark.long(
    "a Java for half a minute; arrays and frames show at the gate how the stand-ins are compared with their libraries"
)
@pytest.mark.slow
@pytest.mark.timeout(0 if EXAMPLES else 300)
def test_spark_frames(
    require: Callable[[object, str], None],
    begin: Callable[[str, str], contextlib.AbstractContextManager[Pair]],
) -> None:
    require(shutil.which("java"), "Java")
    with begin(HERE, "spark") as pair:

        @examples(0.005, 6)
        @given(spark_cases())
        def agree(steps: list[str]) -> None:
            pair.compare(steps)

        agree()
        assert pair.exceptions < 0.8 * pair.observations
