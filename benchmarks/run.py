"""Runs every benchmark of this folder, one after the other, and prints one table beside the goals.

Names after the command run only those, such as `npm run bench -- deploy registry`; options go to the scripts, such as
`npm run bench:runtime -- --quick`.
A benchmark is a script that prints measurements (measurement.py) among whatever else it says; one that fails is a line
of the table and makes this program fail.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from measurement import Measurement, read

HERE = Path(__file__).resolve().parent
NOT_BENCHMARKS = {"run.py", "measurement.py", "real_editor.py"}
TIME_LIMIT = 1200
"""Seconds for one benchmark."""


def run_one(script: Path, options: list[str]) -> list[Measurement]:
    """Measurements of one script, its other output passed through."""
    print(f"== {script.stem}", flush=True)
    begin = time.monotonic()
    found: list[Measurement] = []
    process = subprocess.Popen(
        [sys.executable, str(script), *options], stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=HERE.parent
    )
    assert process.stdout is not None
    for line in process.stdout:
        measurement = read(line)
        if measurement is None:
            print("   ", line.rstrip(), flush=True)
        else:
            found.append(measurement)
    try:
        code = process.wait(TIME_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    print(f"   {time.monotonic() - begin:.0f} s", flush=True)
    if code != 0:
        found.append(Measurement(script.stem, "runs", f"ended with exit code {code}", False))
    return found


def table(rows: list[tuple[str, str, str, str]]) -> str:
    """Columns as wide as they must be."""
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def main() -> int:
    options = [word for word in sys.argv[1:] if word.startswith("-")]
    wanted = set(sys.argv[1:]) - set(options)
    scripts = [
        path for path in sorted(HERE.glob("*.py")) if path.name not in NOT_BENCHMARKS and not path.name.startswith("_")
    ]
    scripts = [path for path in scripts if not wanted or path.stem in wanted]
    if not scripts:
        print("No benchmark of that name.", file=sys.stderr)
        return 2
    found = [measurement for script in scripts for measurement in run_one(script, options)]
    marks = {True: "met", False: "MISSED", None: ""}
    print(
        "\n"
        + table(
            [
                ("what", "goal", "measured", ""),
                *((item.what, item.goal, item.measured, marks[item.met]) for item in found),
            ]
        )
    )
    # A busy machine misses goals now and then; only a benchmark that broke is a failure.
    return 1 if any(item.goal == "runs" for item in found) else 0


if __name__ == "__main__":
    sys.exit(main())
