"""Pickles of old releases, by the old Pythons of this machine where it has them, and a terminal with environments that
all tests here share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

import interpreters
from built_runtime import built_runtime
from cli.conftest import Terminal
from parts import missing

RELEASES = {"0.24.2": "3.7", "1.0.2": "3.7", "1.2.2": "3.8"}
"""scikit-learn → the Python that pickles of it are made by."""
LOADED_BY = {
    "0.24.2": ("3.6", "3.7", "3.8", "3.9"),
    "1.0.2": ("3.7", "3.8", "3.9", "3.10"),
    "1.2.2": ("3.8", "3.9", "3.10", "3.11"),
}
"""scikit-learn → the Pythons that it has wheels for."""
KEPT = Path(__file__).parent / "pickles"
"""Made by `make_models.py` with these, for machines without."""
_MAKER = Path(__file__).with_name("make_models.py")


@pytest.fixture(scope="session", autouse=True)
def runtime() -> Iterator[None]:
    with built_runtime():
        yield


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def terminal(tmp_path: Path, shared: Path) -> Terminal:
    (tmp_path / "project").mkdir()
    workspace = tmp_path / "home" / "workspaces" / "local"
    workspace.mkdir(parents=True, mode=0o700)
    (workspace / "environments").symlink_to(shared)
    return Terminal(tmp_path / "home", tmp_path / "project")


@pytest.fixture(scope="session")
def pickles() -> Callable[[str], Path]:
    """Release → the folder of its pickles."""

    def folder_of(release: str) -> Path:
        if not set(LOADED_BY[release]) & set(interpreters.cpythons()):
            missing(f"a Python that scikit-learn {release} has wheels for", "old-python")
        python = interpreters.cpythons().get(RELEASES[release])
        if python is None:
            return KEPT / release
        return _made(release, python)

    return folder_of


def _made(release: str, python: Path) -> Path:
    """Once for a machine and this text of the maker."""
    place = interpreters.CACHE / "carry-over" / f"{release}-{_MAKER.stat().st_size}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock", timeout=280):
        if not (place / "words.pkl").exists():
            place.mkdir(exist_ok=True)
            command = in_an_environment(python, f"scikit-learn=={release}", "numpy<2", "pandas")
            environment = {**os.environ, "UV_NO_BUILD": "1"}
            subprocess.run(
                [*command, "python", str(_MAKER), str(place)],
                check=True,
                timeout=250,
                env=environment,
                cwd=place,
            )
    return place


def in_an_environment(python: Path, *packages: str) -> list[str]:
    """The words before a command that runs with these packages."""
    options = ["--no-project", "--isolated", "--python", str(python)]
    uv = str(Path(sys.executable).with_name("uv"))
    return [
        uv,
        "run",
        *options,
        *(word for package in packages for word in ("--with", package)),
    ]
