"""The command line in a process of its own, on a data folder of its own.

At the gate its modules are loaded already (`tests/preloaded.py`), unless a test says `ordinary`; the long run starts
each command as a person does.
"""

from __future__ import annotations

import json
import locale
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import preloaded
from built_runtime import built_runtime
from depth import LONG

SECONDS = 600 if LONG else 100
"""After these a command hangs; the long run builds large environments beside other layers."""
SCRIPT = "import json\n\n\ndef init():\n    print('up')\n\n\ndef run(data):\n    return sum(json.loads(data)['data'])\n"


@dataclass
class Terminal:
    """Runs `scoredock …` in a folder."""

    home: Path
    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    ordinary: bool = LONG
    """Whether each command begins as `python -m scoredock.cli`."""

    def environment(self) -> dict[str, str]:
        language = {"LC_ALL": "C.UTF-8"}
        return {**os.environ, **language, "SCOREDOCK_HOME": str(self.home), "COLUMNS": "120", **self.env}

    def run(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        if not self.ordinary and preloaded.can_start(self.environment()):
            return preloaded.run(
                "scoredock.cli", words, cwd=self.folder, env=self.environment(), given=stdin, timeout=SECONDS
            )
        return subprocess.run(
            [sys.executable, "-m", "scoredock.cli", *words],
            cwd=self.folder,
            env=self.environment(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    def start(self, *words: str) -> subprocess.Popen[bytes] | preloaded.Started:
        """The same under way, for signals, bytes and pipes that are read meanwhile."""
        if not self.ordinary and preloaded.can_start(self.environment()):
            return preloaded.Started("scoredock.cli", words, cwd=self.folder, env=self.environment())
        return subprocess.Popen(
            [sys.executable, "-m", "scoredock.cli", *words],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def start_on(self, screen: int, *words: str) -> subprocess.Popen[bytes] | preloaded.Started:
        """The same on a pseudo-terminal."""
        env = self.environment()
        utf_8 = locale.getpreferredencoding(False).lower() == "utf-8"
        if not self.ordinary and preloaded.can_start(env) and utf_8:
            return preloaded.Started("scoredock.cli", words, cwd=self.folder, env=env, terminal=screen)
        command = [sys.executable, "-m", "scoredock.cli", *words]
        env["PYTHONUTF8"] = "1"
        return subprocess.Popen(command, cwd=self.folder, env=env, stdin=screen, stdout=screen, stderr=screen)

    def ok(self, *words: str, stdin: str | None = None) -> str:
        """Standard output of a command that must work."""
        done = self.run(*words, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *words: str) -> Any:
        """Its one JSON document; nothing else may be printed."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return json.loads(done.stdout)

    def refused(self, *words: str, code: int = 1) -> dict[str, Any]:
        """The error of a command that must fail, as JSON from standard error."""
        done = self.run(*words, "--json")
        assert done.returncode == code, (done.stdout, done.stderr)
        assert done.stdout == ""
        return json.loads(done.stderr)["error"]  # type: ignore[no-any-return]


@pytest.fixture(scope="session", autouse=True)
def runtime() -> Iterator[None]:
    """Every environment that is made here takes the same wheel."""
    with built_runtime():
        yield


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def shared_environments(terminal: Terminal, environments: Path) -> None:
    """For tests that deploy, and to which it is all the same who has built the environment."""
    workspace = terminal.home / "workspaces" / "local"
    workspace.mkdir(parents=True, mode=0o700)
    (workspace / "environments").symlink_to(environments)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    (folder / "model.bin").write_bytes(b"12345")
    made = Terminal(tmp_path / "home", folder)
    yield made
    if any((tmp_path / "home").glob("workspaces/*/services/*")):
        made.run("service", "stop-all", "--all")
