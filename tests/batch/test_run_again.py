"""What failed is run again, all of it or one mini-batch; a job is paused and goes on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from scoredock.contrib.batch.domain.work.jobs import JobFolder

from batch.conftest import Terminal, driver_of, until
from batch.test_bad_inputs import GATE, HEAD, await_end, await_log, files, gate, output, words

LOCKED = HEAD + (
    "def run(mini_batch):\n    names = [os.path.basename(path) for path in mini_batch]\n"
    "    print('has ' + names[0], flush=True)\n"
    "    if os.path.exists(os.path.join(os.environ['LOCKS'], names[0])):\n        raise ValueError('it is locked')\n"
    "    return names\n"
)


@pytest.fixture
def locks(terminal: Terminal) -> Path:
    """A job of six mini-batches, of which 1, 3 and 4 have failed."""
    files(terminal, 6, LOCKED)
    folder = terminal.folder / "locks"
    folder.mkdir()
    for number in (1, 3, 4):
        (folder / f"f{number}.txt").touch()
    done = terminal.json(*words("the-job", "--mini-batch-size", "1", "--run-max-try", "1", "--env", f"LOCKS={folder}"))
    assert (done["job"]["completed"], done["job"]["failed"]) == (3, 3)
    return folder


def runs(terminal: Terminal) -> list[str]:
    """Of all calls of run(), the names."""
    return [
        line.rpartition(" has ")[2] for line in terminal.json("batch", "logs", "the-job")["lines"] if " has " in line
    ]


def failed(terminal: Terminal) -> list[int]:
    return [each["index"] for each in terminal.json("batch", "show", "the-job")["failures"]]


def test_one_mini_batch_runs_again_and_takes_its_place(terminal: Terminal, locks: Path) -> None:
    assert output(terminal) == "f0.txt\nf2.txt\nf5.txt\n"
    before = len(runs(terminal))
    (locks / "f3.txt").unlink()
    done = terminal.json("batch", "resume", "the-job", "--mini-batch", "3")
    assert (done["job"]["state"], done["job"]["completed"], done["job"]["failed"]) == ("CompletedWithErrors", 4, 2)
    assert done["job"]["failedItems"] == 2
    assert output(terminal) == "f0.txt\nf2.txt\nf3.txt\nf5.txt\n"
    assert failed(terminal) == [1, 4]
    assert runs(terminal)[before:] == ["f3.txt"]


def test_several_of_which_one_fails_again(terminal: Terminal, locks: Path) -> None:
    (locks / "f4.txt").unlink()
    terminal.json("batch", "resume", "the-job", "--mini-batch", "3", "--mini-batch", "4")
    assert output(terminal) == "f0.txt\nf2.txt\nf4.txt\nf5.txt\n"
    assert failed(terminal) == [1, 3]
    for lock in locks.iterdir():
        lock.unlink()
    done = terminal.json("batch", "resume", "the-job")
    assert (done["job"]["completed"], done["job"]["failed"]) == (6, 0)
    assert output(terminal) == "".join(f"f{number}.txt\n" for number in range(6))
    assert terminal.refused("batch", "resume", "the-job")["code"] == "batch-job-complete"


def test_what_has_not_failed_is_refused(terminal: Terminal, locks: Path) -> None:
    for number in ("0", "6", "-1"):
        error = terminal.refused("batch", "resume", "the-job", "--mini-batch", "3", f"--mini-batch={number}")
        assert (error["code"], number in error["message"]) == ("batch-option-invalid", True)
    assert (output(terminal), failed(terminal)) == ("f0.txt\nf2.txt\nf5.txt\n", [1, 3, 4])


def test_a_threshold_that_was_passed_counts_what_stays_failed(terminal: Terminal, locks: Path) -> None:
    folder = locks.parent / "more"
    limits = ("--error-threshold", "1", "--env", f"LOCKS={locks}", "--run-max-try", "1", "--process-count", "1")
    again = words("other-job", "--mini-batch-size", "1", *limits, output=str(folder))
    assert terminal.refused(*again)["code"] == "batch-threshold-passed"
    for lock in locks.iterdir():
        lock.unlink()
    done = terminal.json("batch", "resume", "other-job", "--mini-batch", "1", "--mini-batch", "3")
    assert (done["job"]["completed"], done["job"]["failed"]) == (6, 0)


def test_pause_lets_what_is_under_way_finish(terminal: Terminal) -> None:
    files(terminal, 4, GATE)
    terminal.json(*words("the-job", *gate(terminal), "--process-count", "1"))
    await_log(terminal, "has f0.txt")
    pausing = terminal.json("batch", "pause", "the-job", "--no-wait")["job"]
    assert (pausing["state"], pausing["completed"]) == ("Pausing", 0)
    (terminal.folder / "go").touch()
    paused = terminal.json("batch", "pause", "the-job")
    assert (paused["job"]["state"], paused["job"]["completed"], paused["job"]["failed"]) == ("Paused", 1, 0)
    assert paused["workers"] == []
    assert f"Paused, {paused['job']['percentage']}% of the input\n" in terminal.run("batch", "show", "the-job").stdout
    folder = JobFolder(terminal.jobs / "the-job")
    assert not folder.is_driven()
    assert not (terminal.folder / "out" / "parallel_run_step.txt").exists()
    assert [each["state"] for each in terminal.json("batch", "list")["jobs"]] == ["Paused"]
    done = terminal.json("batch", "resume", "the-job")
    assert (done["job"]["state"], done["job"]["completed"], done["interrupted"]) == ("Completed", 4, 0)
    assert runs(terminal) == [f"f{number}.txt" for number in range(4)]
    assert output(terminal) == "".join(f"f{number}.txt\n" for number in range(4))


def test_whoever_waits_for_a_paused_job_is_told(terminal: Terminal) -> None:
    files(terminal, 4, GATE)
    options = [each for each in gate(terminal) if each != "--no-wait"]
    client = terminal.start(*words("the-job", *options, "--process-count", "1"))
    try:
        for _ in until(60, "the job"):
            if (terminal.jobs / "the-job" / "job.json").exists():
                break
        await_log(terminal, "has f0.txt")
        terminal.json("batch", "pause", "the-job", "--no-wait")
        (terminal.folder / "go").touch()
        said = client.communicate(timeout=60)[1].decode()
    finally:
        client.kill()
        client.communicate()
    assert client.returncode not in (0, None)
    assert "scoredock batch resume the-job" in said


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_driver_that_is_killed_while_it_pauses_is_paused(terminal: Terminal) -> None:
    files(terminal, 4, GATE)
    terminal.json(*words("the-job", *gate(terminal), "--process-count", "1"))
    await_log(terminal, "has f0.txt")
    folder = JobFolder(terminal.jobs / "the-job")
    terminal.json("batch", "pause", "the-job", "--no-wait")
    for _ in until(60, "the mini-batch in what the driver writes"):
        if any(each["batch"] == 0 for each in folder.written_progress().workers):
            break
    driver_of(folder).kill()
    for _ in until(60, "the end of the driver"):
        if not folder.is_driven():
            break
    assert terminal.json("batch", "show", "the-job")["job"]["state"] == "Paused"
    (terminal.folder / "go").touch()
    done = terminal.json("batch", "resume", "the-job")
    assert (done["job"]["state"], done["job"]["completed"], done["interrupted"]) == ("Completed", 4, 1)
    assert output(terminal) == "".join(f"f{number}.txt\n" for number in range(4))


def test_a_paused_job_is_cancelled_while_it_pauses(terminal: Terminal) -> None:
    files(terminal, 4, GATE)
    terminal.json(*words("the-job", *gate(terminal), "--process-count", "1"))
    await_log(terminal, "has f0.txt")
    terminal.json("batch", "pause", "the-job", "--no-wait")
    assert terminal.json("batch", "cancel", "the-job")["job"]["state"] == "Canceled"
    (terminal.folder / "go").touch()
    terminal.json("batch", "resume", "the-job", "--no-wait")
    assert await_end(terminal)["state"] == "Completed"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the command does not fork its driver")
def test_a_driver_that_cannot_begin_is_told_at_once_and_tried_again(terminal: Terminal) -> None:
    files(terminal, 4, GATE)
    terminal.json(*words("the-job", *gate(terminal)))
    await_log(terminal, "has f0.txt")
    terminal.json("batch", "cancel", "the-job")
    log = terminal.jobs / "the-job" / "driver.txt"
    log.unlink()
    log.mkdir()  # cannot be opened for writing, whoever runs this
    refusal = terminal.refused("batch", "resume", "the-job")
    assert refusal["code"] == "batch-driver-failed"
    assert "Is a directory" in refusal["message"]
    log.rmdir()
    (terminal.folder / "go").touch()
    assert terminal.json("batch", "resume", "the-job")["job"]["state"] == "Completed"
