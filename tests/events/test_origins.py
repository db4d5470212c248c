"""Where events come from: a comparison that finds drift, and a batch job whose driver is killed at its very end."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scoredock.contrib.batch.domain.work.jobs import JobFolder
from scoredock.registry.audit.log import AuditLog

from built_runtime import built_runtime
from events.conftest import Terminal
from events.receivers import Receiver

QUICK = ("--max-pause", "0.1")
SCRIPT = """\
def init():
    pass


def run(mini_batch):
    if any("bad" in path for path in mini_batch):
        raise ValueError("no")
    return ["scored" for _ in mini_batch]
"""
DRIVER = """
import os, sys
from pathlib import Path
from scoredock.contrib.batch.domain.work.jobs import JobFolder
from scoredock.registry.audit.log import AuditLog
from scoredock.contrib.batch.domain import driving

AuditLog.append = lambda *_: os._exit(9)
JobFolder(Path(sys.argv[2])).begin_again(())
driving.main([sys.argv[1], sys.argv[2], "--stay"])
"""
"""The job ends and says so; the process is gone before it is told."""


@pytest.fixture(scope="module", autouse=True)
def runtime() -> Iterator[None]:
    with built_runtime():
        yield


def finished(terminal: Terminal) -> list[dict[str, Any]]:
    return [dict(each.data) for each in AuditLog(terminal.workspace).read() if each.what == "batch.finished"]


@pytest.fixture
def failed_job(terminal: Terminal) -> JobFolder:
    """One that has ended with a mini-batch that failed, so that it may run again."""
    (terminal.folder / "batch_score.py").write_text(SCRIPT)
    (terminal.folder / "plain.txt").write_text("azureml-defaults\n")
    (terminal.folder / "in").mkdir()
    for name in ("bad", "good"):
        (terminal.folder / "in" / f"{name}.txt").write_text("1")
    words = ("--entry-script", "batch_score.py", "--conda-file", "plain.txt", "--input", "in")
    done = terminal.run(
        "batch", "run", "--name", "nightly", *words, "--output-path", "out", "--mini-batch-size", "1",
        "--error-threshold", "-1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return JobFolder(terminal.workspace / "batch" / "nightly")


@pytest.mark.parametrize("look", ["show", "list", "resume", "delete"])
def test_a_driver_that_is_killed_behind_the_end_of_its_job_is_told_of_once(
    terminal: Terminal, receiver: Receiver, failed_job: JobFolder, look: str
) -> None:
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, "--type", "batch.finished", *QUICK)
    before = len(finished(terminal))
    done = subprocess.run([sys.executable, "-c", DRIVER, str(terminal.home), str(failed_job.path)], check=False)
    assert (done.returncode, failed_job.progress().state, len(finished(terminal))) == (9, "CompletedWithErrors", before)
    terminal.json("batch", look, *([] if look == "list" else ["nightly"]))
    # That of the job that was run again, where it was.
    expected = before + (2 if look == "resume" else 1)
    terminal.await_subscription("ci", lambda each: each["delivered"] == expected - before)
    terminal.json("batch", "list")
    told = finished(terminal)
    assert len(told) == expected
    assert told[before]["state"] == "CompletedWithErrors"
    assert {each["subject"] for each in receiver.events()} == {"batch/nightly"}
    assert not list((terminal.workspace / "audit" / "due").iterdir())


def test_a_comparison_that_finds_drift_is_told(terminal: Terminal, receiver: Receiver) -> None:
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, "--schema", "eventgrid", *QUICK)
    chance = random.Random(20261128)
    for name, middle in (("old", 0.0), ("same", 0.0), ("new", 1.0)):
        with (terminal.folder / f"{name}.csv").open("w", newline="") as stream:
            rows = [(chance.gauss(0, 1), chance.gauss(middle, 1)) for _ in range(1000)]
            csv.writer(stream).writerows([("a", "b"), *rows])
    words = ("--baseline", "old.csv", "--python", sys.executable)
    terminal.json("drift", "compare", "same.csv", "--name", "weekly", *words)
    record = terminal.json("drift", "compare", "new.csv", "--name", "weekly", *words, code=3)
    assert record["drifted"] == ["b"]
    _, event = receiver.await_count(2)  # behind that of the handshake
    assert event["eventType"] == "Microsoft.MachineLearningServices.DatasetDriftDetected"
    data = event["data"]
    assert event["subject"] == f"datadrifts/weekly/runs/{data['runId']}"
    assert (data["dataDriftName"], data["driftCoefficient"]) == ("weekly", 0.5)
    assert [Path(data[side]).name for side in ("baseDatasetId", "targetDatasetId")] == ["old.csv", "new.csv"]
    terminal.json("drift", "delete", "weekly")
    terminal.await_subscription("ci", lambda each: each["waiting"] == 0)
    assert len(receiver.events()) == 2
