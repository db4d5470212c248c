"""What the fault tests share: a warm template, a quick folder, and the figures that are printed at the end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crash.harness import Harness
from crash.template import Template
from depth import LONG


@pytest.fixture(scope="session")
def template() -> Iterator[Template]:
    with Template("crash.judge:warm") as template:
        yield template


@pytest.fixture
def strace(require: Callable[[object, str], None]) -> None:
    require(Harness.strace() is not None, "strace, which must be allowed to trace")


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Path]:
    """An empty folder in memory where there is one: kills and errors ask nothing of a disk."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or shutil.disk_usage(memory).free < 1 << 30:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory, prefix="scoredock-faults-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def long() -> bool:
    """Whether more is wanted than the gate asks for."""
    return LONG


@pytest.fixture(scope="session")
def everything(request: pytest.FixtureRequest) -> bool:
    """Whether the figures that the project promises are wanted in one run, for hours (`npm run test:faults`). The long
    run draws some of them, others each time."""
    return bool(request.config.getoption("--faults") == "everything")


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str, object], None]:
    """`figure(what, value)`: one line of the table that is printed after the last test."""

    def add(what: str, value: object) -> None:
        request.config.stash.setdefault(FIGURES, []).append((what, str(value)))

    return add


FIGURES: pytest.StashKey[list[tuple[str, str]]] = pytest.StashKey()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    figures = config.stash.get(FIGURES, [])
    if figures:
        terminalreporter.section("fault figures")
        width = max(len(what) for what, _ in figures)
        for what, value in figures:
            terminalreporter.write_line(f"{what.ljust(width)}  {value}")
