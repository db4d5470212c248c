"""Batch jobs through the command line: `scoredock batch …` in a process of its own, on a data folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from scoredock.contrib.batch.domain.work.jobs import JobFolder

import hypothesis_profiles  # noqa: F401
import preloaded
from built_runtime import built_runtime
from depth import LONG
from pace import patience

SECONDS = 600 if LONG else 200
"""After these a command hangs."""


@dataclass
class Terminal:
    """Runs `scoredock …` in a folder."""

    home: Path
    folder: Path

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "LC_ALL": "C.UTF-8",
            "SCOREDOCK_HOME": str(self.home),
            "COLUMNS": "120",
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        if preloaded.can_start(self.environment()):
            return preloaded.run(
                "scoredock.cli",
                words,
                cwd=self.folder,
                env=self.environment(),
                given=None,
                timeout=SECONDS,
            )
        command = [sys.executable, "-m", "scoredock.cli", *words]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """The same under way, with an interpreter of its own that signals reach."""
        return subprocess.Popen(
            [sys.executable, "-m", "scoredock.cli", *words],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def json(self, *words: str) -> Any:
        """Its one JSON document."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def refused(self, *words: str) -> dict[str, Any]:
        """The error of a command that must fail."""
        done = self.run(*words, "--json")
        assert done.returncode == 1, (done.stdout, done.stderr)
        return json.loads(done.stderr)["error"]  # type: ignore[no-any-return]

    def write(self, **files: str) -> None:
        """Files of the folder; `score__py` is `score.py`."""
        for name, text in files.items():
            (self.folder / name.replace("__", ".")).write_text(text)

    @property
    def jobs(self) -> Path:
        return self.home / "workspaces" / "local" / "batch"


def until(seconds: float, what: str) -> Iterator[None]:
    """Looks again and again; who has seen it leaves the loop. What has not come after so long hangs."""
    deadline = time.monotonic() + patience(seconds)
    while time.monotonic() < deadline:
        yield
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come within {seconds:g} seconds")


def driver_of(folder: JobFolder) -> psutil.Process:
    """Its process, forked from the command or started by it: the one that works in the job's folder and is neither a
    worker nor what they are forked from. Raises AssertionError."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.cwd() == str(folder.path) and "SCOREDOCK_WORKER" not in process.environ():
                return process
    raise AssertionError(f"the job {folder.name} has no driver")


@pytest.fixture(scope="session", autouse=True)
def runtime() -> Iterator[None]:
    """Every environment that is made here takes the same wheel."""
    with built_runtime():
        yield


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def terminal(tmp_path: Path, environments: Path) -> Terminal:
    """All of them share what they build."""
    home, folder = tmp_path / "home", tmp_path / "project"
    workspace = home / "workspaces" / "local"
    workspace.mkdir(parents=True, mode=0o700)
    home.chmod(0o700)
    (workspace / "environments").symlink_to(environments)
    folder.mkdir()
    (folder / "plain.txt").write_text("azureml-defaults\n")
    (folder / "pandas.txt").write_text("azureml-defaults\npandas\n")
    return Terminal(home, folder)
