"""What every test folder shares: the policy for parts that a machine may lack."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import settings

from depth import LONG, SEED

settings.register_profile("gate", derandomize=True)
settings.register_profile("long", derandomize=False, print_blob=True)
settings.load_profile("long" if LONG else "gate")


def pytest_report_header() -> str:
    return f"long run, seed {SEED}" if LONG else "gate"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves what is marked `long` to the long run."""
    left = []
    for item in items:
        for mark in item.iter_markers("long"):
            if not mark.args:
                raise pytest.UsageError(f"{item.nodeid}: pytest.mark.long needs the reason as its argument.")
            left.append(item)
            break
    if not LONG and left:
        items[:] = [item for item in items if item not in set(left)]
        config.hook.pytest_deselected(items=left)


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
