"""A cold `scoredock check` on 500 files beside ruff and pyflakes on the same files. `python
benchmarks/check_command.py`

Ruff is compiled and works on all cores; what is compared is what a person waits for, and the processor time behind it.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from checks import script
from measurement import Measurement

PROJECTS = 125
"""Of four files each."""
ROUNDS = 3
CONDA = (
    "name: project\nchannels: [conda-forge]\ndependencies:\n  - python=3.10\n  - pip:\n    - azureml-defaults\n"
    "    - numpy==1.26.4\n    - scikit-learn==1.5.0\n    - joblib\n"
)
CONFIGURATION = (
    '{"entryScript": "score.py", "environment": {"name": "e", "python": {"condaDependenciesFile": "conda.yml"}}}\n'
)
HELPER = "import os\n\n" + "\n\n".join(f"def step_{n}(a, b):\n    c = a + b\n    return c * {n}\n" for n in range(40))


def write_files(folder: Path) -> None:
    """Scripts of some hundred lines, helpers, environments and configurations."""
    for number in range(PROJECTS):
        project = folder / f"project-{number:03}"
        project.mkdir()
        (project / "score.py").write_text(script(60 + number % 7 * 60))
        (project / "helper.py").write_text(HELPER)
        (project / "conda.yml").write_text(CONDA)
        (project / "inferenceconfig.json").write_text(CONFIGURATION)


def measured(command: list[str], folder: Path, home: Path) -> tuple[float, float]:
    """Seconds on the clock and of the processor, the best of some runs."""
    environment = {**os.environ, "SCOREDOCK_HOME": str(home)}
    best: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        before, wall = os.times(), time.perf_counter()
        subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        took, after = time.perf_counter() - wall, os.times()
        used = after.children_user - before.children_user + after.children_system - before.children_system
        best.append((took, used))
    return min(wall for wall, _ in best), min(used for _, used in best)


def main() -> None:
    """One line for each peer."""
    with tempfile.TemporaryDirectory() as name:
        folder, home = Path(name) / "files", Path(name) / "home"
        folder.mkdir()
        write_files(folder)
        ours = measured([sys.executable, "-m", "scoredock.cli", "check", "."], folder, home)
        start = measured([sys.executable, "-m", "scoredock.cli", "--version"], folder, home)
        print(
            f"scoredock check, 500 files: {ours[0]:.2f} s, processor {ours[1]:.2f} s, start alone {start[1]:.2f} s; "
            f"{(ours[1] - start[1]) / PROJECTS / 4 * 1000:.1f} ms a file"
        )
        peers = {"ruff check --no-cache": [sys.executable, "-m", "ruff", "check", "--no-cache", "--isolated", "."]}
        if importlib.util.find_spec("pyflakes") is not None:
            peers["pyflakes"] = [sys.executable, "-m", "pyflakes", "."]
        for peer, command in peers.items():
            theirs = measured(command, folder, home)
            told = f"{ours[1] / theirs[1]:.1f} x ({ours[1]:.2f} s, {theirs[1]:.2f} s of processor time)"
            Measurement(f"scoredock check, cold, 500 files, beside {peer} (250 of them Python)", "", told, None).emit()


if __name__ == "__main__":
    main()
