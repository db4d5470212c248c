"""Comparing two data sets: processor time of the statistics beside SciPy's test alone, of whole commands, and memory.

    python benchmarks/drift.py [--turns 5] [--no-memory]

20 features of 200,000 rows on each side. The statistics are all that is measured of a column: four distances with what
chance makes of them, facts and picture. Beside them stands the two-sample Kolmogorov-Smirnov test of SciPy, one of the
four. A whole command reads both files as well. The memory is that of the process that reads, for tables of more and
more rows, of which a sample is kept.

All run in a Python with SciPy, pandas and pyarrow that is made once and kept in ~/.cache/scoredock.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measurement import Measurement

ROOT = Path(__file__).resolve().parents[1]
PROCESS = ROOT / "pyserver" / "scoredock" / "contrib" / "drift" / "domain"
CACHE = Path("~/.cache/scoredock").expanduser()
FEATURES, ROWS = 20, 200_000
GOAL = 1.0
MEMORY_ROWS, MEMORY_GOAL = (1_500_000, 6_000_000), 1.25
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def python_with_scipy() -> Path:
    """The one that tests/drift have as well."""
    place = CACHE / f"test-scipy-py{sys.version_info[0]}{sys.version_info[1]}"
    python = place / "bin" / "python"
    if not (place / "complete").exists():
        uv = str(Path(sys.executable).with_name("uv"))
        base = getattr(sys, "_base_executable", sys.executable)
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", base, str(place)], check=True)
        words = [uv, "pip", "install", "--quiet", "--python", str(python), "scipy", "pandas", "pyarrow"]
        subprocess.run(words, check=True)
        (place / "complete").touch()
    return python


def statistics(turns: int) -> None:
    """In the Python with SciPy: prints seconds of processor time of ours and of SciPy's test."""
    sys.path.insert(0, str(PROCESS))
    np: Any = importlib.import_module("numpy")
    stats: Any = importlib.import_module("scipy.stats")
    features: Any = importlib.import_module("drift_process.features")
    columns: Any = importlib.import_module("drift_process.columns")
    thresholds = features.KindThresholds({features.WASSERSTEIN: 0.1}, {})
    random = np.random.default_rng(0)
    before, now = (random.normal(size=(FEATURES, ROWS)) for _ in range(2))

    def column(values: Any) -> Any:
        made = columns.Column()
        made.add(values, len(values))
        return made

    ours, theirs = [], []
    for _ in range(turns):
        pairs = [(column(a), column(b)) for a, b in zip(before, now, strict=True)]
        begin = time.process_time()
        for a, b in pairs:
            features.compare("x", a, b, thresholds)
        ours.append(time.process_time() - begin)
        begin = time.process_time()
        for a, b in zip(before, now, strict=True):
            stats.ks_2samp(a, b, method="asymp")
        theirs.append(time.process_time() - begin)
    print(json.dumps([min(ours), min(theirs)]))


def write_tables(folder: Path, python: Path) -> None:
    """`old` and `new` as CSV and Parquet."""
    program = (
        "import numpy, pandas\n"
        "random = numpy.random.default_rng(0)\n"
        "for name in ('old', 'new'):\n"
        f"    frame = pandas.DataFrame(random.normal(size=({ROWS}, {FEATURES})).round(6))\n"
        "    frame.columns = [f'x{n}' for n in range(len(frame.columns))]\n"
        "    frame.to_csv(f'{name}.csv', index=False)\n"
        "    frame.to_parquet(f'{name}.parquet')\n"
    )
    subprocess.run([python, "-c", program], cwd=folder, check=True)


def command(folder: Path, python: Path, kind: str) -> tuple[float, float]:
    """Processor time and wall time of `scoredock drift compare`, with all that it starts."""
    words = ["drift", "compare", f"new.{kind}", "--baseline", f"old.{kind}", "--python", str(python), "--json"]
    environment = {**os.environ, "SCOREDOCK_HOME": str(folder / "home"), **_ONE_THREAD}
    before, begin = os.times(), time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "scoredock.cli", *words], cwd=folder, env=environment, check=True, capture_output=True
    )
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return cpu, time.monotonic() - begin


def memory(folder: Path, python: Path, rows: int) -> int:
    """The most that the process which compares had, for a table with so many rows."""
    path = folder / "many.csv"
    line = "".join(f"{number / 7:.4f},{number * 3 % 11},{'abc'[number % 3]}\n" for number in range(1000))
    with path.open("w") as stream:
        stream.write("a,b,c\n")
        for _ in range(rows // 1000):
            stream.write(line)
    source = [{"kind": "csv", "files": [str(path)]}]
    job = {
        "baseline": source,
        "target": source,
        "thresholds": {"numerical": {}, "categorical": {}},
        "categorical": [],
        "exclude": [],
        "predictions": [],
        "mostRows": 500_000,
        "mostCells": 20_000_000,
        "seed": 0,
        "result": str(folder / "result.json"),
    }
    (folder / "job.json").write_text(json.dumps(job))
    program = (
        f"import sys; sys.path.insert(0, {str(PROCESS)!r}); from drift_process.main import main; main('job.json')\n"
        "import resource; print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)"
    )
    done = subprocess.run([python, "-c", program], cwd=folder, check=True, capture_output=True, text=True)
    path.unlink()
    return int(done.stdout.split()[-1])


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--statistics", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.statistics:
        statistics(options.turns)
        return 0
    python = python_with_scipy()
    words = [str(python), __file__, "--statistics", "--turns", str(options.turns)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, env={**os.environ, **_ONE_THREAD})
    ours, theirs = json.loads(done.stdout)
    what = f"drift: statistics of {FEATURES} features x {ROWS:,} rows, processor time"
    Measurement(what, f"≤ {GOAL:g} s", f"{ours:.2f} s (SciPy's KS test alone {theirs:.2f} s)", ours <= GOAL).emit()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_tables(folder, python)
        for kind in ("parquet", "csv"):
            cpu, wall = min(command(folder, python, kind) for _ in range(options.turns))
            what = f"drift: `drift compare` of the same as {kind}, from command to record"
            Measurement(what, "", f"{cpu:.2f} s of processor time, {wall:.2f} s", None).emit()
        if not options.no_memory:
            few, many = (memory(folder, python, rows) for rows in MEMORY_ROWS)
            what = f"drift: memory at {MEMORY_ROWS[1]:,} rows beside {MEMORY_ROWS[0]:,}"
            measured = f"{many / 1e6:.0f} MB beside {few / 1e6:.0f} MB"
            Measurement(what, f"≤ {MEMORY_GOAL:g} times", measured, many <= MEMORY_GOAL * few).emit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
