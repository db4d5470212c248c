"""What every test folder shares: the policy for parts that a machine may lack."""

from __future__ import annotations

import os

import pytest


def require(condition: object, missing: str) -> None:
    """Skip with one clear line where a part is missing; with `CI=true` a missing part is a failure."""
    if condition:
        return
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"missing on this machine: {missing}", pytrace=False)
    pytest.skip(f"missing on this machine: {missing}")


@pytest.fixture(name="require")
def require_fixture() -> object:
    """`require` for test folders that take it as a fixture."""
    return require
