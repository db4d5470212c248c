"""What every test folder shares: the policy for parts that a machine may lack."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--faults",
        choices=("short", "long"),
        default="short",
        help="how long the tests of tests/faults kill, cut and fail: as CI does, or the whole figures",
    )


def _require(condition: object, missing: str) -> None:
    if condition:
        return
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"missing on this machine: {missing}", pytrace=False)
    pytest.skip(f"missing on this machine: {missing}")


@pytest.fixture(scope="session")
def require() -> Callable[[object, str], None]:
    """`require(condition, what)` skips with one clear line where a part is missing; with `CI=true` that is a failure."""
    return _require
