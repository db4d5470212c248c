"""A job is killed at a random moment and goes on: the output is the same to the byte as if nothing had happened."""

from __future__ import annotations

import contextlib
import os
import random
import signal
from pathlib import Path

import psutil
import pytest
from scoredock.contrib.batch.domain.work.jobs import ENDED, JobFolder

from batch.conftest import Terminal, driver_of, until
from depth import SEED, rounds

pytestmark = [pytest.mark.chance, pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")]

ROUNDS = rounds(gate=3, long=200, name="SCOREDOCK_BATCH_KILLS")
ROWS = 600
SCRIPT = (
    "import time\n\n\ndef init():\n    pass\n\n\ndef run(mini_batch):\n    time.sleep(0.01)\n"
    "    return [open(path).read().strip() + ' scored' for path in mini_batch]\n"
)
EXPECTED = "".join(f"{number} scored\n" for number in range(ROWS))


@pytest.mark.parametrize("number", range(ROUNDS))
def test_killed_and_resumed(number: int, terminal: Terminal) -> None:
    chance = random.Random(f"{SEED} {number}")
    source = terminal.folder / "in"
    source.mkdir()
    for each in range(ROWS):
        (source / f"{each:04d}.txt").write_text(f"{each}\n")
    terminal.write(batch_score__py=SCRIPT)
    words = ["batch", "run", "--name", "the-job", "--entry-script", "batch_score.py", "--conda-file", "plain.txt"]
    words += ["--input", "in", "--output-path", "out", "--mini-batch-size", "5", "--process-count", "2"]
    # As many as tests have of each: who is killed follows from the number.
    victim = ("driver", "worker", "client")[number % 3]
    client = terminal.start(*words)
    folder = JobFolder(terminal.jobs / "the-job")
    try:
        kill_after(folder, chance.randrange(ROWS // 5), victim, client.pid)
        for _ in until(120, "the end of the client"):
            if client.poll() is not None:
                break
    finally:
        client.kill()
        client.communicate()
    for _ in until(120, "the end of the driver"):
        if not folder.is_driven():
            break
    assert not left_behind(folder.path)
    for _ in range(3):
        if folder.progress().state == "Completed":
            break
        terminal.json("batch", "resume", "the-job")
    details = terminal.json("batch", "show", "the-job")
    assert (details["job"]["state"], details["job"]["failed"]) == ("Completed", 0)
    assert details["job"]["completed"] == ROWS // 5
    assert (terminal.folder / "out" / "parallel_run_step.txt").read_text() == EXPECTED
    assert [path.name for path in (terminal.folder / "out").iterdir()] == ["parallel_run_step.txt"]
    assert not left_behind(folder.path)


def kill_after(folder: JobFolder, done: int, victim: str, client: int) -> None:
    """Once so many records are in the journal; nothing happens where the job has ended before."""
    journal = folder.of("journal")
    for _ in until(120, f"{done} records of the journal"):
        progress = folder.written_progress()
        count = journal.read_bytes().count(b"\n") if journal.exists() else -1
        if progress.state in ENDED:
            return
        if count >= done and progress.workers:
            break
    workers = [int(each["pid"]) for each in progress.workers]
    if victim == "client":
        os.killpg(client, signal.SIGKILL)
        return
    with contextlib.suppress(AssertionError, psutil.NoSuchProcess):  # the job has ended by itself
        driver = driver_of(folder)
        os.kill(workers[0] if victim == "worker" else driver.pid, signal.SIGKILL)


def left_behind(folder: Path) -> list[int]:
    """Processes that carry the mark of the job, after those that were killed had time to go."""
    found: list[int] = []
    for _ in range(100):
        found = [process.pid for process in psutil.process_iter() if marked(process, folder)]
        if not found:
            return []
    return found


def marked(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and str(folder) in process.environ().get("SCOREDOCK_WORKER", "")
    except psutil.Error:
        return False
