"""The real library beside the runtime's stand-in, on every Python of this machine."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import interpreters
from schema.sides import NoEnvironment, Pair, environment, running

EXAMPLES = int(os.environ.get("SCOREDOCK_SCHEMA_EXAMPLES", "0"))
"""Of all kinds together; 0 is the short run of every day."""
FRAMES = ("numpy", "pandas")


def examples(share: float, usual: int) -> settings:
    """`share` of the examples of a long run, else as many as usual, over all Pythons."""
    count = max(1, int(EXAMPLES * share) if EXAMPLES else usual) // len(interpreters.found())
    checks = list(HealthCheck)
    return settings(
        max_examples=max(10, count),
        deadline=None,
        suppress_health_check=checks,
        database=None,
    )


@pytest.fixture(scope="session")
def begin(
    require: Callable[[object, str], None],
) -> Callable[[str, str], contextlib.AbstractContextManager[Pair]]:
    """`with begin(version, kind) as pair:` for the kinds `frames` and `spark`."""

    def start(version: str, kind: str) -> contextlib.AbstractContextManager[Pair]:
        packages = FRAMES if kind == "frames" else ("pyspark", "numpy")
        try:
            inside, library = environment(interpreters.found()[version], version, kind, packages)
        except NoEnvironment as fault:
            require(False, str(fault))
            raise
        return running(inside, library, kind)

    return start


@pytest.fixture(scope="session", params=list(interpreters.found()))
def pair(
    request: pytest.FixtureRequest,
    begin: Callable[[str, str], contextlib.AbstractContextManager[Pair]],
) -> Iterator[Pair]:
    """The two sides with NumPy and pandas, on each Python in turn."""
    with begin(request.param, "frames") as both:
        yield both
        told = f"Python {request.param}: {both.compared} cases, {both.observations} observations, "
        report = os.environ.get("SCOREDOCK_SCHEMA_REPORT")
        if report:
            with Path(report).open("a") as stream:
                stream.write(f"{told}{both.exceptions} of them exceptions, no difference\n")
