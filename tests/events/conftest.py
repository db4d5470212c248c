"""The command line on a data folder of its own, and receivers."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from scoredock.registry import Registry
from scoredock.registry.origin import work_from

import preloaded
from events.receivers import Receiver, listening

SECONDS = 120


@dataclass
class Terminal:
    """Runs `scoredock …` in a folder."""

    home: Path
    folder: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "SCOREDOCK_HOME": str(self.home), "COLUMNS": "160"}
        if preloaded.can_start(environment):
            return preloaded.run("scoredock.cli", words, cwd=self.folder, env=environment, given=None, timeout=SECONDS)
        command = [sys.executable, "-m", "scoredock.cli", *words]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=SECONDS
        )

    def json(self, *words: str, code: int = 0) -> Any:
        """Its one JSON document."""
        first, rest = words[:2], words[2:]
        done = self.run(*first, "--json", *rest)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def refused(self, *words: str) -> Any:
        """The error in its JSON."""
        first, rest = words[:2], words[2:]
        done = self.run(*first, "--json", *rest)
        assert (done.returncode, done.stdout) == (1, "")
        return json.loads(done.stderr)["error"]

    def register(self, name: str = "diabetes") -> None:
        path = self.folder / "model.txt"
        path.write_text(f"{name} {time.monotonic_ns()}")
        self.json("model", "register", str(path), "--name", name)

    def subscription(self, name: str) -> dict[str, Any]:
        return next(each for each in self.json("event", "list")["subscriptions"] if each["name"] == name)

    def await_subscription(self, name: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        end = time.monotonic() + SECONDS
        while not holds(found := self.subscription(name)):
            assert time.monotonic() < end, found
        return found

    @property
    def workspace(self) -> Path:
        return self.home / "workspaces" / "local"

    def registry(self) -> Registry:
        work_from("command line", None)
        return Registry(self.workspace)


def deliverers(workspace: Path) -> list[psutil.Process]:
    """Processes that deliver the events of a workspace."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            if "scoredock.contrib.events.domain.process" in words and str(workspace) in words:
                found.append(process)
    return found


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    home, folder = tmp_path / "home", tmp_path / "project"
    folder.mkdir()
    terminal = Terminal(home, folder)
    yield terminal
    for process in deliverers(terminal.workspace):
        with contextlib.suppress(psutil.Error):
            process.kill()
            process.wait(10)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as each:
        yield each
