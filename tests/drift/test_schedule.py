"""Schedules: when they are due, what a run comes to, and the command for retraining."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from scoredock.contrib.drift.domain.schedule import is_due, next_run, recurrence_of
from scoredock.errors import ScoredockError
from scoredock.formats.moments import moment_of, seconds_of

from drift.conftest import Terminal

Write = Callable[[str, Mapping[str, Sequence[Any]]], Path]
DAY = 86_400.0
TRAIN = """\
import json, os, sys

record = json.load(open(os.environ["SCOREDOCK_DRIFT_RECORD"]))
assert "CANARY_TOKEN" not in os.environ and "PATH" in os.environ
print("training after", os.environ["SCOREDOCK_DRIFT_NAME"], record["drifted"], sys.argv[1:])
open("trained", "w").write(os.getcwd())
sys.exit(int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 0)
"""


@pytest.fixture
def files(terminal: Terminal, write: Write, random: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data with drift and without, and a variable that is nothing to a program."""
    monkeypatch.setenv("CANARY_TOKEN", "secret")
    write("old.csv", {"a": random.normal(size=500)})
    write("same.csv", {"a": random.normal(size=500)})
    write("moved.csv", {"a": random.normal(3, 1, size=500)})
    (terminal.folder / "train.py").write_text(TRAIN)


def schedule(terminal: Terminal, name: str, target: str, *more: str, every: str = "1d") -> Any:
    words = ("--target", target, "--baseline", "old.csv", "--python", sys.executable, "--every", every, *more)
    return terminal_json(terminal, "drift", "schedule", name, *words)


def terminal_json(terminal: Terminal, *words: str, code: int = 0) -> Any:
    """`--json` in front: everything behind --retrain is of the command."""
    done = terminal.run("--json", *words)
    assert done.returncode == code, (done.stdout, done.stderr)
    return json.loads(done.stdout)


def set_last_run(terminal: Terminal, name: str, seconds: float) -> None:
    """As if it was made so many seconds ago, and ran at once."""
    folder = terminal.workspace / "drift" / name
    for file, key in (("schedule.json", "created"), ("state.json", "last_run")):
        document = json.loads((folder / file).read_text())
        (folder / file).write_text(json.dumps({**document, key: time.time() - seconds}))


# When


@pytest.mark.parametrize(("period", "seconds"), [("15m", 900), ("6h", 21_600), ("1D", 86_400), ("2 w", 1_209_600)])
def test_periods(period: str, seconds: int) -> None:
    assert seconds_of(period) == seconds
    assert recurrence_of(period)[1] * {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}[
        recurrence_of(period)[0]
    ] == pytest.approx(seconds)


@pytest.mark.parametrize("period", ["", "d", "0d", "-1d", "1y", "1.5h", "1d; rm"])
def test_what_is_no_period(period: str) -> None:
    with pytest.raises(ScoredockError) as error:
        seconds_of(period)
    assert error.value.code == "drift-option-invalid"


@given(st.floats(0, 1e9), st.floats(0, 400 * DAY), st.floats(0, 400 * DAY))
def test_once_in_each_period(created: float, last: float, later: float) -> None:
    """A run that was late does not move those that follow."""
    due = next_run("1d", created, created + last)
    assert created + last < due + 1e-3
    assert due <= created + last + DAY + 1
    assert is_due("1d", created, created + last, created + last + later) is (due <= created + last + later)
    assert is_due("1d", created, 0.0, created)


def test_times_are_utc() -> None:
    assert moment_of("2026-11-20", 0) == "2026-11-20T00:00:00"
    assert moment_of("2026-11-20T17:30:00+02:00", 0) == "2026-11-20T15:30:00"
    assert moment_of("1d", DAY) == "1970-01-01T00:00:00"
    assert moment_of("", 0) == ""


# What comes of it


@pytest.mark.usefixtures("files")
def test_what_is_due_runs_once(terminal: Terminal) -> None:
    made = schedule(terminal, "nightly", "same.csv")
    assert (made["every"], made["lastRun"], made["verdict"]) == ("1d", 0, None)
    assert terminal.json("drift", "run", "--due")["runs"][0]["verdict"] == "none"
    assert terminal.json("drift", "run", "--due")["runs"] == []
    set_last_run(terminal, "nightly", 1.2 * DAY)
    assert [each["name"] for each in terminal.json("drift", "run", "--due")["runs"]] == ["nightly"]
    details = terminal.json("drift", "show", "nightly")
    assert len(details["history"]) == 2
    assert details["monitor"]["nextRun"] > time.time()
    assert terminal.json("drift", "run", "nightly")["runs"][0]["verdict"] == "none", "without --due at once"


@pytest.mark.usefixtures("files")
def test_drift_calls_the_command(terminal: Terminal) -> None:
    command = (sys.executable, "train.py", "a b; touch planted", "--fast")
    made = schedule(terminal, "weekly", "moved.csv", "--retrain", *command)
    assert made["retrain"] == list(command)
    (run,) = terminal_json(terminal, "drift", "run", code=3)["runs"]
    assert (run["verdict"], run["drifted"], run["exitCode"], run["error"]) == ("drift", ["a"], 0, "")
    assert (terminal.folder / "trained").read_text() == str(terminal.folder)
    assert not (terminal.folder / "planted").exists(), "it is not a shell"
    monitor = terminal.json("drift", "show", "weekly", code=3)["monitor"]
    assert "training after weekly ['a'] ['a b; touch planted', '--fast']" in Path(monitor["log"]).read_text()
    assert monitor["exitCode"] == 0


@pytest.mark.usefixtures("files")
def test_without_drift_nothing_is_called(terminal: Terminal) -> None:
    schedule(terminal, "weekly", "same.csv", "--retrain", sys.executable, "train.py")
    terminal.json("drift", "run")
    assert not (terminal.folder / "trained").exists()
    terminal.json("drift", "retrain", "weekly")
    assert (terminal.folder / "trained").exists(), "by hand it is"


@pytest.mark.usefixtures("files")
def test_a_command_that_fails(terminal: Terminal) -> None:
    schedule(terminal, "weekly", "moved.csv", "--retrain", sys.executable, "train.py", "7")
    done = terminal.run("--json", "drift", "run")
    (run,) = json.loads(done.stdout)["runs"]
    assert (done.returncode, run["verdict"], run["exitCode"], run["code"]) == (1, "drift", 7, "drift-retrain-failed")
    error = terminal.refused("drift", "retrain", "weekly")
    assert (error["code"], "exit code 7" in error["message"]) == ("drift-retrain-failed", True)
    assert terminal_json(terminal, "drift", "run", "--no-retrain", code=3)["runs"][0]["exitCode"] is None


@pytest.mark.usefixtures("files")
def test_a_program_that_is_not_there(terminal: Terminal) -> None:
    words = ("drift", "schedule", "weekly", "--target", "same.csv", "--baseline", "old.csv", "--every", "1d")
    done = terminal.run("--json", *words, "--retrain", "no-such-program-at-all")
    assert (done.returncode, json.loads(done.stderr)["error"]["code"]) == (1, "drift-option-invalid")
    assert terminal.json("drift", "list")["monitors"] == []


@pytest.mark.usefixtures("files")
def test_data_that_is_gone_fails_alone(terminal: Terminal, write: Write) -> None:
    """Its failure is shown, and the others run."""
    (terminal.folder / "rows.jsonl").write_text('{"data": [[1, 2]]}\n' * 40)
    terminal.json("dataset", "register", "rows.jsonl", "--name", "rows")
    terminal.json("drift", "schedule", "first", "--target", "dataset:rows", "--baseline", "rows.jsonl", "--every", "1h")
    schedule(terminal, "second", "same.csv")
    terminal.json("dataset", "delete", "rows:1")
    answer = terminal.run("--json", "drift", "run", "--due")
    first, second = json.loads(answer.stdout)["runs"]
    assert (answer.returncode, first["code"], first["verdict"], second["verdict"]) == (
        1,
        "asset-not-found",
        None,
        "none",
    )
    listed = {each["name"]: each for each in terminal.json("drift", "list")["monitors"]}
    assert ("rows" in listed["first"]["error"], listed["second"]["error"]) == (True, "")
    assert "failed" in terminal.run("drift", "list").stdout
    assert terminal.json("drift", "run", "--due")["runs"] == [], "it is tried again when it is next due"


@pytest.mark.usefixtures("files")
def test_one_at_a_time(terminal: Terminal) -> None:
    schedule(terminal, "nightly", "same.csv")
    with FileLock(str(terminal.workspace / "drift" / "nightly" / "lock")):
        answer = terminal.run("--json", "drift", "run", "nightly")
        assert json.loads(answer.stdout)["runs"][0]["code"] == "drift-running"
        words = ("drift", "compare", "same.csv", "--baseline", "old.csv", "--name", "nightly")
        assert terminal.refused(*words)["code"] == "drift-running"


@pytest.mark.usefixtures("files")
def test_deleting(terminal: Terminal) -> None:
    schedule(terminal, "nightly", "same.csv")
    terminal.json("drift", "run")
    assert terminal.json("drift", "delete", "nightly")["name"] == "nightly"
    assert not list((terminal.workspace / "drift").iterdir())
    for words in (("show", "nightly"), ("delete", "nightly"), ("run", "nightly"), ("retrain", "nightly")):
        assert terminal.refused("drift", *words)["code"] == "drift-missing"


@pytest.mark.usefixtures("files")
def test_what_has_no_schedule(terminal: Terminal) -> None:
    terminal.compare("same.csv", "old.csv")
    assert terminal.json("drift", "run")["runs"] == []
    assert terminal.refused("drift", "run", "same")["code"] == "drift-schedule-missing"
    assert terminal.refused("drift", "export", "same", "monitor.yml")["code"] == "drift-schedule-missing"
    schedule(terminal, "nightly", "same.csv")
    assert terminal.refused("drift", "retrain", "nightly")["code"] == "drift-retrain-missing"
    assert terminal.refused("drift", "export", "nightly", "r.html")["code"] == "drift-missing"


@pytest.mark.usefixtures("files")
def test_damaged_files(terminal: Terminal) -> None:
    schedule(terminal, "nightly", "same.csv")
    terminal.json("drift", "run")
    folder = terminal.workspace / "drift" / "nightly"
    (folder / "schedule.json").write_text('{"every": ')
    assert "schedule.json" in terminal.json("drift", "list")["monitors"][0]["error"]
    assert json.loads(terminal.run("--json", "drift", "run").stdout)["runs"][0]["code"] == "drift-record-damaged"
    (next((folder / "records").iterdir())).write_text("[]")
    assert terminal.refused("drift", "show", "nightly")["code"] == "drift-record-damaged"
    terminal.json("drift", "delete", "nightly")


@pytest.mark.usefixtures("files")
def test_as_many_records_are_kept_as_are_of_use(terminal: Terminal) -> None:
    from scoredock.contrib.drift.domain.monitors import KEPT_RECORDS

    terminal.compare("same.csv", "old.csv")
    records = terminal.workspace / "drift" / "same" / "records"
    (first,) = records.iterdir()
    for number in range(KEPT_RECORDS + 5):
        (records / f"{number:015d}.json").write_text(first.read_text())
    terminal.compare("same.csv", "old.csv")
    kept = sorted(records.iterdir())
    assert len(kept) == KEPT_RECORDS
    assert first in kept


@pytest.mark.usefixtures("files")
def test_reports(terminal: Terminal) -> None:
    record = terminal.compare("same.csv", "old.csv")
    terminal.json("drift", "export", "same", "r.json")
    assert json.loads((terminal.folder / "r.json").read_text()) == record
    terminal.json("drift", "export", "same", "report", "--form", "html")
    assert (terminal.folder / "report").read_text().startswith("<!doctype html>")
    assert terminal.run("drift", "export", "same", "report").returncode == 2
