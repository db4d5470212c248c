"""What the loop of deployment rules costs while nothing happens, and while a canary waits.

    python benchmarks/rules.py [--seconds 130]

Processor time of `scoredock rule run --all --watch`, counted by the system, with five rules for five services that
serve what is wished: from the end of its first round on, and as if for an hour. Then the same with one candidate behind
a canary that waits for time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measurement import Measurement

RULES = 5
IDLE_GOAL, CANARY_GOAL = 60.0, 600.0
SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return 1\n"
_SETTLE = 8.0


class Workspace:
    """A data folder with services and a rule for each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "SCOREDOCK_HOME": str(folder / "home")}
        (folder / "score.py").write_text(SCRIPT)

    def run(self, *words: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "scoredock.cli", *words, "--json"]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, check=True, capture_output=True, text=True
        )
        return dict(json.loads(done.stdout))

    def register(self, version: int) -> None:
        (self.folder / "model.txt").write_text(str(version))
        self.run("model", "register", "-n", "model", "-p", "model.txt")

    def processor_seconds(self, seconds: float) -> float:
        """Of a loop, as if for an hour."""
        command = [sys.executable, "-m", "scoredock.cli", "rule", "run", "--all", "--watch"]
        loop = subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            time.sleep(_SETTLE)
            before, begin = _used(loop.pid), time.monotonic()
            time.sleep(seconds)
            return (_used(loop.pid) - before) / (time.monotonic() - begin) * 3600
        finally:
            loop.terminate()
            loop.wait()


def _used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=130.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Workspace(Path(scratch))
        workspace.register(1)
        names = [f"service-{number}" for number in range(RULES)]
        try:
            for name in names:
                workspace.run("service", "deploy", "-n", name, "--model", "model:1", "--entry-script", "score.py")
            workspace.run("endpoint", "create", "door", "--service", names[0], "--version", "main")
            canary = ("--canary", "10", "--for", "1d")
            for name in names:
                more = canary if name == names[0] else ()
                workspace.run("rule", "create", name, "--model", "model@live", "--service", name, *more)
            workspace.run("model", "alias", "model:1", "live")
            idle = workspace.processor_seconds(options.seconds)
            what = f"rules: processor time of the loop in an hour, {RULES} rules and nothing to do"
            Measurement(what, f"≤ {IDLE_GOAL:g} s", f"{idle:.1f} s", idle <= IDLE_GOAL).emit()
            for name in names[1:]:
                workspace.run("rule", "pause", name)
            workspace.register(2)
            workspace.run("model", "alias", "model:2", "live")
            workspace.run("rule", "run", names[0])
            busy = workspace.processor_seconds(options.seconds)
            what = "rules: the same while a canary waits"
            Measurement(what, f"≤ {CANARY_GOAL:g} s", f"{busy:.1f} s", busy <= CANARY_GOAL).emit()
            workspace.run("rule", "delete", names[0])
        finally:
            for name in names:
                subprocess.run(
                    [sys.executable, "-m", "scoredock.cli", "service", "delete", name],
                    env=workspace.environment,
                    capture_output=True,
                    check=False,
                )
            subprocess.run(
                [sys.executable, "-m", "scoredock.cli", "endpoint", "delete", "door"],
                env=workspace.environment,
                capture_output=True,
                check=False,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
