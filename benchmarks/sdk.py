"""The start of a script that imports azureml.core, by itself and with `scoredock sdk run`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import scoredock_azureml
from measurement import Measurement

ROUNDS = 5
GOAL = 0.5
SCRIPT = (
    "from azureml.core import Environment, Model, Workspace\n"
    "from azureml.core.model import InferenceConfig\n"
    "from azureml.core.webservice import AciWebservice, LocalWebservice, Webservice\n"
)


def processor_seconds(command: list[str], folder: Path) -> float:
    """The least of some runs, all processes together."""
    environment = {**os.environ, "SCOREDOCK_HOME": str(folder / "home"), "PYTHONPATH": scoredock_azureml.FOLDER}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    used: list[float] = []
    for _ in range(ROUNDS):
        before = os.times()
        subprocess.run(command, cwd=folder, env=environment, check=True)
        after = os.times()
        used.append(after.children_user - before.children_user + after.children_system - before.children_system)
    return min(used)


def main() -> None:
    """One line for each way."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "deploy.py").write_text(SCRIPT)
        ways = {
            "python deploy.py": [sys.executable, "deploy.py"],
            "scoredock sdk run deploy.py": [sys.executable, "-m", "scoredock.cli", "sdk", "run", "deploy.py"],
        }
        for title, command in ways.items():
            seconds = processor_seconds(command, folder)
            what = f"start of a script that imports azureml.core: {title}, processor time"
            Measurement(what, f"≤ {GOAL} s", f"{seconds:.2f} s", seconds <= GOAL).emit()


if __name__ == "__main__":
    main()
