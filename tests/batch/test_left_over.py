"""A job that was killed before its record was written, or after its last state: the next look takes what it left."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest
from scoredock.contrib.batch.domain.work.jobs import JobFolder

from batch.conftest import Terminal, driver_of, until

pytestmark = [pytest.mark.chance, pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")]

SCRIPT = "def init():\n    pass\n\n\ndef run(mini_batch):\n    return [open(path).read() for path in mini_batch]\n"
RUN = ["batch", "run", "--name", "the-job", "--entry-script", "batch_score.py", "--conda-file", "plain.txt"]
RUN += ["--input", "in", "--output-path", "out", "--mini-batch-size", "5", "--process-count", "1"]
LOOKS = (["batch", "list"], ["batch", "show", "the-job"], ["batch", "resume", "the-job"], ["workspace", "gc"])
MORE = 8_000
"""Files among the results, so that there is a moment between the last state and their end."""


def inputs_of(terminal: Terminal) -> None:
    source = terminal.folder / "in"
    source.mkdir()
    for each in range(20):
        (source / f"{each:04d}.txt").write_text(f"{each}\n")
    terminal.write(batch_score__py=SCRIPT)


def killed_at_its_end(terminal: Terminal) -> JobFolder:
    """A job whose driver was killed between its last state and the end of its results."""
    folder = JobFolder(terminal.jobs / "the-job")
    client = terminal.start(*RUN)
    try:
        for _ in until(60, "the job"):
            if folder.is_driven():
                break
        more = folder.of("results") / "more"
        more.mkdir(parents=True)
        for each in range(MORE):
            (more / str(each)).touch()
        driver = driver_of(folder)
        for _ in until(60, "the last state"):
            if folder.written_progress().state == "Completed":
                break
        driver.send_signal(signal.SIGKILL)
        for _ in until(60, "the end of the driver"):
            if not folder.is_driven():
                break
    finally:
        client.kill()
        client.communicate()
    return folder


def test_results_of_a_job_that_was_killed_at_its_end_go_at_the_next_look(terminal: Terminal, tmp_path: Path) -> None:
    inputs_of(terminal)
    # The script waits for the files that are added, as long as it can see that they are not all there yet.
    more = terminal.jobs / "the-job" / "results" / "more" / str(MORE - 1)
    waits = f"import os\nimport time\nwhile not os.path.exists({str(more)!r}):\n    time.sleep(0.01)\n"
    terminal.write(batch_score__py=waits + SCRIPT)
    folder = killed_at_its_end(terminal)
    results = folder.of("results")
    assert results.is_dir(), "its driver was killed too late"
    shutil.rmtree(results / "more", ignore_errors=True)
    (results / "one").touch()
    aside = tmp_path / "aside"
    shutil.copytree(folder.path, aside)
    problems = terminal.run("workspace", "verify")
    assert problems.returncode == 1
    assert str(results) in problems.stdout + problems.stderr
    assert "scoredock workspace gc" in problems.stdout + problems.stderr
    for words in LOOKS:
        shutil.rmtree(folder.path)
        shutil.copytree(aside, folder.path)
        terminal.run(*words)
        assert not results.exists(), words
    assert terminal.json("batch", "show", "the-job")["job"]["state"] == "Completed"
    assert terminal.run("workspace", "verify").returncode == 0


def test_a_job_that_goes_on_keeps_its_results(terminal: Terminal) -> None:
    inputs_of(terminal)
    terminal.write(batch_score__py=SCRIPT.replace("    return", "    import time\n    time.sleep(0.3)\n    return"))
    terminal.json(*RUN, "--no-wait")
    folder = JobFolder(terminal.jobs / "the-job")
    for _ in until(60, "the first result"):
        if folder.of("results").is_dir():
            break
    terminal.json("batch", "cancel", "the-job")
    for words in LOOKS[:2] + LOOKS[3:]:
        assert terminal.run(*words).returncode == 0
        assert folder.of("results").is_dir(), words
    terminal.json("batch", "resume", "the-job")
    assert len((terminal.folder / "out" / "parallel_run_step.txt").read_text().split()) == 20


def test_the_name_of_a_job_that_was_killed_before_its_record_is_free(terminal: Terminal) -> None:
    inputs_of(terminal)
    client = terminal.start(*RUN)
    folder = terminal.jobs / "the-job"
    try:
        for _ in until(60, "the folder of the job"):
            if folder.is_dir():
                break
    finally:
        os.killpg(client.pid, signal.SIGKILL)
        client.communicate()
    if not (folder / "job.json").exists():
        assert terminal.json("batch", "list")["jobs"] == []
        assert list(terminal.jobs.iterdir()) == []
        assert terminal.json(*RUN)["job"]["state"] == "Completed"


def test_what_mlflow_begins_beside_the_script_is_no_output_that_went_elsewhere(terminal: Terminal) -> None:
    inputs_of(terminal)
    for folder, is_named in (("mlruns/0", False), ("notes", True)):
        made = f"import os\nos.makedirs({folder!r}, exist_ok=True)\nopen({folder + '/one.yaml'!r}, 'w').close()\n"
        terminal.write(batch_score__py=made + SCRIPT)
        name = f"job-{is_named}".lower()
        done = terminal.run(*(name if word == "the-job" else word for word in RUN), "--overwrite")
        assert done.returncode == 0, done.stderr
        assert ("Not part of the output" in done.stdout + done.stderr) is is_named
