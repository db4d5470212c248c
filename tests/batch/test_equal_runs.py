"""The same job, again and again, with other workers in another order: the outputs are equal to the byte."""

from __future__ import annotations

from batch.conftest import Terminal
from depth import rounds

RUNS = rounds(gate=3, long=10)
SCRIPT = """
import os
import random
import time

random.seed(os.getpid())


def run(mini_batch):
    time.sleep(random.random() / 50)
    return mini_batch.assign(half=mini_batch["amount"] / 2, share=mini_batch["amount"] / 7)
"""


def test_runs_are_equal(terminal: Terminal) -> None:
    terminal.write(batch_score__py=SCRIPT)
    rows = "".join(f'{number},"n {number % 13}",{number * 0.37!r}\n' for number in range(3_000))
    terminal.write(rows__csv=f"id,name,amount\n{rows}")
    words = ["batch", "run", "--entry-script", "batch_score.py", "--conda-file", "pandas.txt", "--input", "rows.csv"]
    words += ["--input-format", "csv", "--mini-batch-size", "50"]
    found = set()
    for number in range(RUNS):
        count = ("--process-count", str(1 + number % 4))
        details = terminal.json(*words, "--name", f"job-{number}", "--output-path", f"out-{number}", *count)
        assert (details["job"]["completed"], details["job"]["failed"]) == (60, 0)
        found.add((terminal.folder / f"out-{number}" / "parallel_run_step.txt").read_bytes())
    (output,) = found
    assert output.count(b"\n") == 3_000
