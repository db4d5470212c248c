"""A shell that keeps its folder and its variables from one command line to the next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from scoredock.environments.pip.wheelhouse import VARIABLE

import preloaded
from depth import LONG
from pace import patience

_SILENCE = 5.0
"""Seconds after which a command that says nothing is taken to wait for something to happen."""
_PAUSE = 0.5
"""Seconds in which a command that has begun to write writes more, if it has more to say."""
_NOT_KEPT = ("SCOREDOCK_", "MLFLOW_", "XDG_", "VIRTUAL_ENV", "PYTHON")
_STATE = '\ncode=$?\npwd >"$STATE/folder"\nexport -p >"$STATE/variables"\nexit $code\n'


@dataclass(frozen=True)
class Outcome:
    """How a command line ended."""

    code: int
    out: str
    errors: str


@dataclass
class Shell:
    """Runs lines with bash in a home of their own; `scoredock` on its PATH is that of this checkout, with its modules
    loaded before it begins but in the long run."""

    root: Path
    """Holds the home and the project."""
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("state", "home", "project"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        if not LONG:
            preloaded.command(self.root / "bin", self._environment())

    @property
    def project(self) -> Path:
        """Where the first line begins."""
        return self.root / "project"

    def run(self, line: str) -> Outcome:
        """To its end. Raises subprocess.TimeoutExpired, with the whole process group ended, when it does not come."""
        process = self._start(line)
        try:
            out, errors = process.communicate(timeout=patience(240))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        return Outcome(process.returncode, out, errors)

    def run_endless(self, line: str) -> Outcome:
        """Until it has written what it has to say at first, or has been at work for a while in silence, and then
        Ctrl+C."""
        out, errors = self.root / "out", self.root / "errors"
        with out.open("w") as written, errors.open("w") as told:
            process = self._start(line, written.fileno(), told.fileno())
            until = time.monotonic() + patience(_SILENCE)
            size = -1
            while process.poll() is None and time.monotonic() < until:
                if size == out.stat().st_size > 0:
                    break
                size = out.stat().st_size
                time.sleep(_PAUSE)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            code = process.wait(timeout=patience(60))
        return Outcome(code, out.read_text("utf-8", "replace"), errors.read_text("utf-8", "replace"))

    def _start(self, line: str, out: int = subprocess.PIPE, errors: int = subprocess.PIPE) -> subprocess.Popen[str]:
        state = self.root / "state"
        before = [f'. "{state}/variables"'] if (state / "variables").exists() else []
        before += [f'cd "$(cat "{state}/folder")"'] if (state / "folder").exists() else []
        return subprocess.Popen(
            ["bash", "-c", "\n".join([*before, line]) + _STATE],
            cwd=self.project,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        """That of a person who has installed Scoredock and nothing of it set."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_KEPT)}
        return {
            **kept,
            "PATH": os.pathsep.join([str(self.root / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(self.root / "home"),
            "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR") or str(Path.home() / ".cache" / "uv"),
            VARIABLE: os.environ[VARIABLE],
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "120",
            "STATE": str(self.root / "state"),
            **self.variables,
        }
