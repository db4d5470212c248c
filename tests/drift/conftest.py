"""The command line on a data folder of its own, data that a test draws, and a Python with SciPy that judges."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock

import hypothesis_profiles  # noqa: F401
import preloaded
from built_runtime import built_runtime
from drift.records import PROCESS

SECONDS = 200
CACHE = Path("~/.cache/scoredock").expanduser()
# The program of the person's interpreter stands alone, as it does there.
sys.path.append(str(PROCESS))


@dataclass
class Terminal:
    """Runs `scoredock …` in a folder."""

    home: Path
    folder: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "SCOREDOCK_HOME": str(self.home), "COLUMNS": "120"}
        if preloaded.can_start(environment):
            return preloaded.run("scoredock.cli", words, cwd=self.folder, env=environment, given=None, timeout=SECONDS)
        command = [sys.executable, "-m", "scoredock.cli", *words]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=SECONDS
        )

    def json(self, *words: str, code: int = 0) -> Any:
        """Its one JSON document."""
        done = self.run(*words, "--json")
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def refused(self, *words: str) -> Any:
        """The error in its JSON."""
        done = self.run(*words, "--json")
        assert (done.returncode, done.stdout) == (1, "")
        return json.loads(done.stderr)["error"]

    def compare(self, target: str, baseline: str, *words: str, drift: bool = False) -> dict[str, Any]:
        """The record, by this Python."""
        options = ("--baseline", baseline, "--python", sys.executable, *words)
        record: dict[str, Any] = self.json("drift", "compare", target, *options, code=3 if drift else 0)
        return record

    @property
    def workspace(self) -> Path:
        return self.home / "workspaces" / "local"


@pytest.fixture(scope="session", autouse=True)
def runtime() -> Iterator[None]:
    """Every environment that is made here takes the same wheel."""
    with built_runtime():
        yield


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    home, folder = tmp_path / "home", tmp_path / "project"
    folder.mkdir()
    return Terminal(home, folder)


@pytest.fixture
def write(terminal: Terminal) -> Callable[[str, Mapping[str, Sequence[Any]]], Path]:
    """`write("new.csv", columns)` gives the file."""

    def written(name: str, columns: Mapping[str, Sequence[Any]]) -> Path:
        path = terminal.folder / name
        with path.open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
        return path

    return written


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(20261128)


@pytest.fixture(scope="session")
def scipy_python(require: Callable[[object, str], None]) -> Path:
    """A Python with SciPy, pandas and pyarrow, made once and kept in the cache."""
    place = CACHE / f"test-scipy-py{sys.version_info[0]}{sys.version_info[1]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock", timeout=500):
        python = place / "bin" / "python"
        if not (place / "complete").exists():
            uv = str(Path(sys.executable).with_name("uv"))
            base = getattr(sys, "_base_executable", sys.executable)
            subprocess.run([uv, "venv", "--quiet", "--clear", "--python", base, str(place)], check=True)
            words = [uv, "pip", "install", "--quiet", "--python", str(python), "scipy", "pandas", "pyarrow"]
            done = subprocess.run(words, check=False, capture_output=True, text=True)
            require(done.returncode == 0, f"SciPy from the package index: {done.stderr[-400:]}")
            (place / "complete").touch()
    return python
