"""The real library beside the runtime's stand-in, on every Python of this machine."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import hypothesis_profiles  # noqa: F401
import interpreters
from depth import rounds
from schema.sides import NoEnvironment, Pair, environment, running

EXAMPLES = rounds(gate=0, long=10_000, name="SCOREDOCK_SCHEMA_EXAMPLES")
"""Of all kinds together; 0 is what the gate takes."""
FRAMES = ("numpy", "pandas")
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


def pythons() -> list[object]:
    """All Pythons; those above the oldest for the long run only."""
    versions = list(interpreters.found())
    newer = pytest.mark.long("the oldest Python differs most, and planted faults are found on the Python of the tests")
    return [each if each == versions[0] else pytest.param(each, marks=newer) for each in versions]


def examples(share: float, usual: int) -> settings:
    """`share` of the examples of a long run, divided among all Pythons, else as many as usual for each."""
    checks = list(HealthCheck)
    return settings(
        max_examples=max(10, int(EXAMPLES * share) // len(interpreters.found())) if EXAMPLES else usual,
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


@pytest.fixture(scope="session")
def here(begin: Callable[[str, str], contextlib.AbstractContextManager[Pair]]) -> Iterator[Pair]:
    """The two sides on the Python of the tests: whoever plants a fault takes it back."""
    with begin(HERE, "frames") as both:
        yield both


@pytest.fixture(scope="session", params=pythons())
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
