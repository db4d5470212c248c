"""Processor time of short commands of the command line, from start to end. `python benchmarks/cli_start.py`

On an empty data folder, so that what is measured is what each has to load.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measurement import Measurement

ROUNDS = 7
COMMANDS = {
    "--help": 0.15,
    "--version": 0.15,
    "service deploy --help": 0.15,
    "model list --nmae x": 0.15,
    "az ml model list": 0.3,
    "model list": 0.2,
    "service list": 0.4,
    "check score.py": None,
}
"""Words after `scoredock`, and the goal in seconds of processor time, where there is one."""


def processor_seconds(words: list[str], folder: Path) -> float:
    """User and system time of the whole process, the best of some runs."""
    environment = {**os.environ, "SCOREDOCK_HOME": str(folder / "home")}
    found: list[float] = []
    for _ in range(ROUNDS):
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "scoredock.cli", *words],
            cwd=folder,
            env=environment,
            capture_output=True,
            check=False,
        )
        after = os.times()
        found.append(after.children_user - before.children_user + after.children_system - before.children_system)
    return min(found)


def main() -> None:
    """One line for each command."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
        for line, goal in COMMANDS.items():
            took = processor_seconds(line.split(), folder)
            Measurement(
                f"start of `scoredock {line}`, processor time",
                "" if goal is None else f"≤ {goal} s",
                f"{took:.2f} s",
                None if goal is None else took <= goal,
            ).emit()


if __name__ == "__main__":
    main()
