"""A batch job beside a bare loop of pandas over the same file, with the same script: processor time and wall time.

    python benchmarks/batch.py [--rows 1000000] [--chunk 10000] [--turns 3]

Both begin with nothing imported and end with their output on the disk; both outputs must be the same bytes. What
counts of a job is everything it starts: the command, the driver, the template and the workers. The environment is
built before.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from measurement import Measurement

CPU_GOAL, WALL_GOAL = 1.15, 0.6
COLUMNS = 10
SCRIPT = """
import numpy as np

WEIGHTS = None


def init():
    global WEIGHTS
    WEIGHTS = np.random.default_rng(0).normal(size=(10, 64))


def run(mini_batch):
    values = mini_batch.to_numpy()
    for _ in range(4):
        values = np.tanh(values @ WEIGHTS) @ WEIGHTS.T
    result = mini_batch.iloc[:, :2].copy()
    result["score"] = values.sum(axis=1).round(6)
    return result
"""
LOOP = """
import sys
import pandas as pd
sys.path.insert(0, ".")
import batch_score

batch_score.init()
with open("loop.txt", "w") as stream:
    for chunk in pd.read_csv("rows.csv", chunksize=int(sys.argv[1])):
        batch_score.run(chunk).to_csv(stream, sep=" ", header=False, index=False)
"""
_SUBREAPER = 36
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Else a loop uses two processors by itself, and nothing is compared."""


@dataclass(frozen=True)
class Cost:
    """Of one run."""

    cpu: float
    wall: float


def measured(command: list[str], folder: Path, home: Path) -> Cost:
    """What a command and all that it leaves running take until the last of it has ended."""
    before, begin = children_seconds(), time.perf_counter()
    environment = {**os.environ, **ONE_THREAD, "SCOREDOCK_HOME": str(home), "LC_ALL": "C.UTF-8"}
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - begin
    while True:
        try:
            os.wait()  # this process adopts what the command left
        except ChildProcessError:
            return Cost(children_seconds() - before, wall)


def children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def batch(name: str, source: str, chunk: int) -> list[str]:
    words = ["batch", "run", "--name", name, "--entry-script", "batch_score.py", "--conda-file", "packages.txt"]
    words += ["--input", source, "--input-format", "csv", "--mini-batch-size", str(chunk), "--output-path", name]
    words += [word for key, value in ONE_THREAD.items() for word in ("--env", f"{key}={value}")]
    return [sys.executable, "-m", "scoredock.cli", *words]


def write_rows(path: Path, rows: int) -> None:
    chance = random.Random(0)
    with path.open("w") as stream:
        stream.write(",".join(f"x{number}" for number in range(COLUMNS)) + "\n")
        for _ in range(rows):
            stream.write(",".join(f"{chance.gauss(0, 1):.6f}" for _ in range(COLUMNS)) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--chunk", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=3)
    options, _ = parser.parse_known_args()
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = folder / "home"
        (folder / "batch_score.py").write_text(SCRIPT)
        (folder / "loop.py").write_text(LOOP)
        (folder / "packages.txt").write_text("azureml-defaults\npandas\n")
        write_rows(folder / "one.csv", 1)
        write_rows(folder / "rows.csv", options.rows)
        measured(batch("warm-up", "one.csv", 1), folder, home)
        python = str(next((home / "workspaces").glob("*/environments/*/bin/python")))
        loops, jobs = [], []
        for turn in range(options.turns):
            loops.append(measured([python, "loop.py", str(options.chunk)], folder, home))
            jobs.append(measured(batch(f"job-{turn}", "rows.csv", options.chunk), folder, home))
            same = (folder / f"job-{turn}" / "parallel_run_step.txt").read_bytes() == (folder / "loop.txt").read_bytes()
            if not same:
                print("the outputs differ")
                return 1
    report(options.rows, loops, jobs)
    return 0


def report(rows: int, loops: list[Cost], jobs: list[Cost]) -> None:
    """The best of each, as a shared machine swings."""
    loop_cpu, loop_wall = min(each.cpu for each in loops), min(each.wall for each in loops)
    job_cpu, job_wall = min(each.cpu for each in jobs), min(each.wall for each in jobs)
    what = f"batch job of {rows:,} rows"
    text = f"{job_cpu / loop_cpu:.2f} x ({job_cpu:.1f} s beside {loop_cpu:.1f} s)"
    Measurement(f"{what}, processor time", f"<= {CPU_GOAL} x a bare loop", text, job_cpu / loop_cpu <= CPU_GOAL).emit()
    text = f"{job_wall / loop_wall:.2f} x ({job_wall:.1f} s beside {loop_wall:.1f} s)"
    Measurement(f"{what}, wall time", f"<= {WALL_GOAL} x a bare loop", text, job_wall / loop_wall <= WALL_GOAL).emit()


if __name__ == "__main__":
    sys.exit(main())
