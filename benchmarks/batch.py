"""A batch job beside a bare loop of pandas over the same file, with the same script: processor time and wall time.

    python benchmarks/batch.py [--rows N] [--chunk 10000] [--turns 3] [--no-peers] [--no-light] [--no-memory]

Without `--rows` there are as many as keep the loop busy for 20 seconds, a million at least.

Both begin with nothing imported and end with their output on the disk; both outputs must be the same bytes. What
counts of a job is everything it starts: the command, the driver, the template and the workers. The environment is
built before.

The same for 400,000 light rows, where what every job costs once is much of the whole; and the memory of the largest
process at 1 and at 10 million rows of input.

Beside them joblib, MLflow's `predict` and Ray Data's `map_batches` score the same file with the same script, in two
processes where they can have several. They read and write as each of them does; the rows of joblib must be ours to the
byte, of the others the number of rows is looked at.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from measurement import Measurement

CPU_GOAL, WALL_GOAL = 1.15, 0.6
LOOP_SECONDS = 20
FEWEST_ROWS = 1_000_000
LIGHT_ROWS, LIGHT_GOAL = 400_000, 1.3
MANY_ROWS, MEMORY_GOAL = (1_000_000, 10_000_000), 1.1
COLUMNS = 10
HEAD = """
import numpy as np

WEIGHTS = None


def init():
    global WEIGHTS
    WEIGHTS = np.random.default_rng(0).normal(size=(10, 64))
"""
"""Of both scripts."""
LIGHT_SCRIPT = f"""{HEAD}

def run(mini_batch):
    return np.tanh(mini_batch.to_numpy() @ WEIGHTS).sum(axis=1).tolist()
"""
LIGHT_LOOP = """
import sys
import pandas as pd
sys.path.insert(0, ".")
import light_score

light_score.init()
with open("loop.txt", "w") as stream:
    for chunk in pd.read_csv("light.csv", chunksize=int(sys.argv[1])):
        stream.write("\\n".join(map(str, light_score.run(chunk))) + "\\n")
"""
SCRIPT = f"""{HEAD}

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
JOBLIB = """
import sys
import pandas as pd
from joblib import Parallel, delayed
sys.path.insert(0, ".")

def score(chunk):
    import batch_score
    if batch_score.WEIGHTS is None:
        batch_score.init()
    return batch_score.run(chunk).to_csv(sep=" ", header=False, index=False)

if __name__ == "__main__":
    chunks = pd.read_csv("rows.csv", chunksize=int(sys.argv[1]))
    with open("peer.txt", "w") as stream:
        for text in Parallel(n_jobs=2, return_as="generator")(delayed(score)(chunk) for chunk in chunks):
            stream.write(text)
"""
MLFLOW = """
import sys
import mlflow
sys.path.insert(0, ".")
import batch_score

class Scores(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        batch_score.init()

    def predict(self, context, model_input, params=None):
        return batch_score.run(model_input)

if __name__ == "__main__":
    from pathlib import Path
    if not Path("mlflow-model").exists():
        mlflow.pyfunc.save_model("mlflow-model", python_model=Scores(), code_paths=["batch_score.py"])
    if sys.argv[1] != "0":
        mlflow.models.predict("mlflow-model", input_path="rows.csv", content_type="csv", output_path="peer.json",
                              env_manager="local")
        import json
        rows = json.loads(Path("peer.json").read_text())["predictions"]
        Path("peer.txt").write_text("\\n" * len(rows))
"""
RAY = """
import os
import sys
os.environ["RAY_AUTH_MODE"] = "disabled"  # or it leaves a token in the home folder
import ray
sys.path.insert(0, ".")

class Scores:
    def __init__(self):
        import batch_score
        batch_score.init()
        self.run = batch_score.run

    def __call__(self, batch):
        return self.run(batch.astype("float64"))

if __name__ == "__main__":
    from pathlib import Path
    # One more than its two workers, or it has none left to read with.
    ray.init(num_cpus=3, include_dashboard=False, runtime_env={"env_vars": {"PYTHONPATH": os.getcwd()}})
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order, context.enable_progress_bars = True, False
    rows = ray.data.read_csv(os.path.abspath("rows.csv"))
    scored = rows.map_batches(Scores, batch_format="pandas", batch_size=int(sys.argv[1]), concurrency=2)
    scored.write_csv(os.path.abspath("peer"))
    ray.shutdown()
    lines = sum(sum(1 for _ in path.open()) - 1 for path in sorted(Path("peer").glob("*.csv")))
    Path("peer.txt").write_text("\\n" * lines)
"""
PEERS = {
    "joblib": (("joblib", "pandas", "numpy"), JOBLIB),
    "MLflow predict": (("mlflow", "pandas", "numpy"), MLFLOW),
    "Ray Data map_batches": (("ray[data]", "pandas", "numpy"), RAY),
}
"""Packages, and the program, whose argument is the size of a chunk."""
_SUBREAPER = 36
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Else a loop uses two processors by itself, and nothing is compared."""


@dataclass(frozen=True)
class Cost:
    """Of one run."""

    cpu: float
    """Seconds."""
    wall: float
    peak: float
    """Megabytes of its largest process, with the pages that it shares."""


class ControlGroup:
    """Counts the processor time of a command and of all that it starts. Raises OSError where this account may make
    none.

    What a process is told of its children lacks those that it did not wait for, as Ray does with its workers.
    """

    def __init__(self) -> None:
        first = Path("/sys/fs/cgroup/cpuacct")
        self._unified = not first.is_dir()
        (line,) = [
            each
            for each in Path("/proc/self/cgroup").read_text().splitlines()
            if (each.startswith("0::") if self._unified else "cpuacct" in each.split(":")[1].split(","))
        ]
        above = (Path("/sys/fs/cgroup") if self._unified else first) / line.split(":", 2)[2].lstrip("/")
        self._folder = above / f"benchmark-{os.getpid()}-{time.monotonic_ns()}"
        self._folder.mkdir()

    def enter(self) -> None:
        """In the child, before it becomes the command."""
        (self._folder / "cgroup.procs").write_text(str(os.getpid()))

    def seconds(self) -> float:
        """Of all that was in it; removes it."""
        if self._unified:
            used = int((self._folder / "cpu.stat").read_text().split()[1]) / 1e6
        else:
            used = int((self._folder / "cpuacct.usage").read_text()) / 1e9
        self._folder.rmdir()
        return used


def measured(command: list[str], folder: Path, home: Path) -> Cost:
    """What a command and all that it leaves running take until the last of it has ended."""
    try:
        group: ControlGroup | None = ControlGroup()
    except OSError:
        group = None
    begin, cpu, peak, wall = time.perf_counter(), 0.0, 0, 0.0
    environment = {**os.environ, **ONE_THREAD, "SCOREDOCK_HOME": str(home), "LC_ALL": "C.UTF-8"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody compiles every module at every start
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, preexec_fn=group and group.enter
    )
    while True:
        try:
            pid, status, usage = os.wait4(-1, 0)  # this process adopts what the command left
        except ChildProcessError:
            return Cost(group.seconds() if group else cpu, wall, peak / 1024)
        if pid == process.pid:
            wall, process.returncode = time.perf_counter() - begin, os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise subprocess.CalledProcessError(process.returncode, command)
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss)


def batch(name: str, source: str, chunk: int, script: str = "batch_score.py") -> list[str]:
    words = ["batch", "run", "--name", name, "--entry-script", script, "--conda-file", "packages.txt"]
    words += ["--input", source, "--input-format", "csv", "--mini-batch-size", str(chunk), "--output-path", name]
    words += [word for key, value in ONE_THREAD.items() for word in ("--env", f"{key}={value}")]
    return [sys.executable, "-m", "scoredock.cli", *words]


def write_rows(path: Path, rows: int) -> None:
    chance = random.Random(0)
    with path.open("w") as stream:
        stream.write(",".join(f"x{number}" for number in range(COLUMNS)) + "\n")
        for _ in range(rows):
            stream.write(",".join(f"{chance.gauss(0, 1):.6f}" for _ in range(COLUMNS)) + "\n")


def rows_of_a_long_loop(python: str, folder: Path, home: Path, chunk: int) -> int:
    """How many rows take a bare loop LOOP_SECONDS of processor time and a tenth more on this machine."""
    seconds = []
    for rows in (1, FEWEST_ROWS):
        write_rows(folder / "rows.csv", rows)
        seconds.append(min(measured([python, "loop.py", str(chunk)], folder, home).cpu for _ in range(2)))
    rows = FEWEST_ROWS * (1.1 * LOOP_SECONDS - seconds[0]) / (seconds[1] - seconds[0])
    return max(FEWEST_ROWS, int(round(rows, -5)))


def peer_costs(folder: Path, home: Path, chunk: int, turns: int) -> dict[str, list[Cost]]:
    """Of each peer, in an environment of its own. Raises RuntimeError for one that scored other rows."""
    costs: dict[str, list[Cost]] = {}
    uv = str(Path(sys.executable).with_name("uv"))
    for name, (packages, program) in PEERS.items():
        environment = folder / f"peer-{len(costs)}"
        subprocess.run([uv, "venv", "-q", "-p", sys.executable, str(environment)], check=True)
        python = str(environment / "bin" / "python")
        subprocess.run([uv, "pip", "install", "-q", "-p", python, *packages], check=True)
        script = folder / f"peer_{len(costs)}.py"
        script.write_text(program)
        if name.startswith("MLflow"):
            measured([python, script.name, "0"], folder, home)  # the model is saved before
        costs[name] = []
        for _ in range(turns):
            shutil.rmtree(folder / "peer", ignore_errors=True)
            costs[name].append(measured([python, script.name, str(chunk)], folder, home))
            lines = (folder / "peer.txt").read_bytes()
            whole = (folder / "loop.txt").read_bytes()
            if lines != whole if name == "joblib" else lines.count(b"\n") != whole.count(b"\n"):
                raise RuntimeError(f"{name} scored other rows")
    return costs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--chunk", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=3)
    for part in ("peers", "light", "memory"):
        parser.add_argument(f"--no-{part}", action="store_true")
    options, _ = parser.parse_known_args()
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = folder / "home"
        (folder / "batch_score.py").write_text(SCRIPT)
        (folder / "light_score.py").write_text(LIGHT_SCRIPT)
        (folder / "loop.py").write_text(LOOP)
        (folder / "packages.txt").write_text("azureml-defaults\npandas\n")
        write_rows(folder / "one.csv", 1)
        measured(batch("warm-up", "one.csv", 1), folder, home)
        python = str(next((home / "workspaces").glob("*/environments/*/bin/python")))
        rows = options.rows or rows_of_a_long_loop(python, folder, home, options.chunk)
        write_rows(folder / "rows.csv", rows)
        loops, jobs = [], []
        for turn in range(options.turns):
            loops.append(measured([python, "loop.py", str(options.chunk)], folder, home))
            jobs.append(measured(batch(f"job-{turn}", "rows.csv", options.chunk), folder, home))
            same = (folder / f"job-{turn}" / "parallel_run_step.txt").read_bytes() == (folder / "loop.txt").read_bytes()
            if not same:
                print("the outputs differ")
                return 1
        report(rows, loops, jobs)
        peers = {} if options.no_peers else peer_costs(folder, home, options.chunk, options.turns)
        if not options.no_light:
            report_light(folder, home, options.chunk, options.turns)
        if not options.no_memory:
            report_memory(folder, home, options.chunk)
    for name, costs in peers.items():
        cpu, wall = min(each.cpu for each in costs), min(each.wall for each in costs)
        ours = min(each.cpu for each in jobs)
        text = f"{ours / cpu:.2f} x ({ours:.1f} s beside {cpu:.1f} s; wall {wall:.1f} s)"
        Measurement(f"batch job beside {name}, processor time", "< 1 x", text, ours < cpu).emit()
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


def report_light(folder: Path, home: Path, chunk: int, turns: int) -> None:
    """Raises RuntimeError where the outputs differ."""
    (folder / "light_loop.py").write_text(LIGHT_LOOP)
    write_rows(folder / "light.csv", LIGHT_ROWS)
    python = str(next((home / "workspaces").glob("*/environments/*/bin/python")))
    loops, jobs, fixed = [], [], []
    for turn in range(turns):
        loops.append(measured([python, "light_loop.py", str(chunk)], folder, home))
        name = f"light-{turn}"
        jobs.append(measured(batch(name, "light.csv", chunk, "light_score.py"), folder, home))
        if (folder / name / "parallel_run_step.txt").read_bytes() != (folder / "loop.txt").read_bytes():
            raise RuntimeError("the outputs of light rows differ")
        fixed.append(measured(batch(f"fixed-{turn}", "one.csv", 1, "light_score.py"), folder, home))
    loop, job, one = (min(each.cpu for each in costs) for costs in (loops, jobs, fixed))
    text = f"{job / loop:.2f} x ({job:.2f} s beside {loop:.2f} s; a job of one row takes {one:.2f} s)"
    what = f"batch job of {LIGHT_ROWS:,} light rows, processor time"
    Measurement(what, f"<= {LIGHT_GOAL} x a bare loop", text, job / loop <= LIGHT_GOAL).emit()


def report_memory(folder: Path, home: Path, chunk: int) -> None:
    """The same million rows once and ten times."""
    million, peaks = folder / "million.csv", []
    write_rows(million, MANY_ROWS[0])
    header, _, lines = million.read_bytes().partition(b"\n")
    for rows in MANY_ROWS:
        source = folder / f"{rows}.csv"
        with source.open("wb") as stream:
            stream.write(header + b"\n")
            for _ in range(rows // MANY_ROWS[0]):
                stream.write(lines)
        peaks.append(measured(batch(f"rows-{rows}", source.name, chunk, "light_score.py"), folder, home).peak)
        source.unlink()
    text = f"{peaks[1] / peaks[0]:.2f} x ({peaks[1]:.0f} MB beside {peaks[0]:.0f} MB)"
    what = f"batch job of {MANY_ROWS[1]:,} rows, memory of its largest process"
    goal = f"<= {MEMORY_GOAL} x that of {MANY_ROWS[0]:,} rows"
    Measurement(what, goal, text, peaks[1] <= MEMORY_GOAL * peaks[0]).emit()


if __name__ == "__main__":
    sys.exit(main())
