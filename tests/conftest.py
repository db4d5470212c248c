"""What every test folder shares: the policy for parts that a machine may lack."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import interpreters
from cluster.fixtures import cluster, disturbed, namespace, run_key, shared_cluster  # noqa: F401 (fixtures)
from depth import LONG, SEED
from parts import missing
from shards import left_out


def pytest_report_header() -> str:
    return f"long run, seed {SEED}" if LONG else "gate"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves what is marked `long` or `timed` to the long run, and what is in another shard to another run."""
    left = []
    elsewhere = set() if LONG else left_out()
    for item in items:
        if {item.nodeid, item.nodeid.split("::")[0]} & elsewhere and not item.get_closest_marker("always"):
            left.append(item)
            continue
        marks = list(item.iter_markers("long"))
        if any(not mark.args for mark in marks):
            raise pytest.UsageError(f"{item.nodeid}: pytest.mark.long needs the reason as its argument.")
        if marks or item.get_closest_marker("timed"):
            left.append(item)
    passed_before = config.getoption("--passed-before")
    if passed_before:
        known = set(passed_before.read_text(encoding="utf-8").splitlines())
        kept = [item for item in items if item.nodeid not in known]
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in known])
        items[:] = kept
    if not LONG and left:
        items[:] = [item for item in items if item not in set(left)]
        config.hook.pytest_deselected(items=left)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    used = os.times()
    own, children = used.user + used.system, used.children_user + used.children_system
    terminalreporter.write_line(f"CPU: {own:.0f} s, and {children:.0f} s of what it started and waited for")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--faults",
        choices=("everything",),
        help="all kills, cuts and errors of tests/faults in one run, for hours; the long run draws some of them",
    )
    parser.addoption(
        "--passed-before",
        type=Path,
        help="file with the ids of tests that are left out, a line each: an ended long run is gone on with",
    )
    # What the client of pytest-lsp asks for; its plugin, a second of imports, is left to tests/lsp (pytest.ini).
    parser.addoption("--lsp-devtools", dest="devtools", default=None, help="address of lsp-devtools, for tests/lsp")


def _require(condition: object, what: str, part: str = "tools") -> None:
    if not condition:
        missing(what, part)


@pytest.fixture(scope="session", autouse=True)
def _confirmations(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What tests confirm in this process does not lie in the data folder of whoever runs them."""
    from scoredock.data_folder import use_home

    use_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def old_python(require: Callable[..., None]) -> Path:
    """The oldest Python here that a script can run in and the runtime cannot; PyPy where there is no other."""
    try:
        return next(iter(interpreters.old().values()))
    except LookupError as fault:
        require(False, f"a Python of before 3.9: {fault}")
        raise


@pytest.fixture(scope="session")
def require() -> Callable[..., None]:
    """`require(condition, what, part)`: where the condition does not hold, `parts.missing`."""
    return _require
