"""A clock that was a year ahead for one command, and is right again: nothing is silent until that year comes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import SECONDS, Terminal
from parts import missing

YEAR = 365 * 86_400
AHEAD = "+365d"


def at(terminal: Terminal, clock: str, *words: str) -> Any:
    """The JSON of a command by a clock in the words of `faketime`. Files keep the times that they have."""
    if not shutil.which("faketime"):
        missing("faketime")
    command = ["faketime", "-f", clock, sys.executable, "-m", "scoredock.cli", *words, "--json"]
    environment = {**terminal.environment(), "NO_FAKE_STAT": "1"}
    done = subprocess.run(
        command, cwd=terminal.folder, env=environment, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode in (0, 3), done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def scheduled(terminal: Terminal) -> Terminal:
    """Data without drift, and the words of a schedule for each day."""
    rows = "".join(f"{number % 10}\n" for number in range(400))
    for name in ("old.csv", "new.csv"):
        (terminal.folder / name).write_text(f"a\n{rows}")
    return terminal


SCHEDULE = ("drift", "schedule", "daily", "--target", "new.csv", "--baseline", "old.csv", "--every", "1d")


def runs(answer: Any) -> list[str]:
    return [each["verdict"] for each in answer["runs"]]


def test_a_schedule_that_ran_ahead_is_due_and_its_record_is_not_the_last_one(scheduled: Terminal) -> None:
    scheduled.ok(*SCHEDULE, "--python", sys.executable)
    assert runs(at(scheduled, AHEAD, "drift", "run", "--due")) == ["none"]
    next_run = scheduled.json("drift", "list")["monitors"][0]["nextRun"]
    assert next_run < time.time() + 60, "it is due now"
    (scheduled.folder / "new.csv").write_text("a\n" + "".join(f"{number % 10 + 50}\n" for number in range(400)))
    assert runs(at(scheduled, "+0d", "drift", "run", "--due")) == ["drift"]
    (monitor,) = scheduled.json("drift", "list")["monitors"]
    assert (monitor["verdict"], monitor["lastRun"] < time.time() + 60) == ("drift", True)
    assert runs(scheduled.json("drift", "run", "--due")) == [], "once"
    assert time.time() < monitor["nextRun"] <= time.time() + 86_400
    assert runs(at(scheduled, "+2d", "drift", "run", "--due")) == ["drift"]


def test_a_schedule_that_was_made_ahead_runs_each_day(scheduled: Terminal) -> None:
    at(scheduled, AHEAD, *SCHEDULE, "--python", sys.executable)
    assert runs(scheduled.json("drift", "run", "--due")) == ["none"]
    assert runs(scheduled.json("drift", "run", "--due")) == []
    assert scheduled.json("drift", "list")["monitors"][0]["nextRun"] <= time.time() + 86_400
    assert runs(at(scheduled, "+25h", "drift", "run", "--due")) == ["none"]


def test_a_clock_that_went_back_a_little_runs_nothing_twice(scheduled: Terminal) -> None:
    scheduled.ok(*SCHEDULE, "--python", sys.executable)
    assert runs(at(scheduled, "+60s", "drift", "run", "--due")) == ["none"]
    assert runs(at(scheduled, "+0d", "drift", "run", "--due")) == []


def registered(terminal: Terminal, name: str, *clock: str) -> None:
    (terminal.folder / "model.bin").write_bytes(name.encode())
    words = ("model", "register", "model.bin", "--name", name)
    at(terminal, *clock, *words) if clock else terminal.ok(*words)


def test_the_trash_waits_for_a_date_that_lies_ahead_and_says_so(terminal: Terminal) -> None:
    registered(terminal, "one")
    at(terminal, AHEAD, "model", "delete", "one:1")
    assert at(terminal, "+40d", "workspace", "gc")["purged"] == [], "what is lost for good is not lost early"
    kept = terminal.json("workspace", "gc")["kept"]
    assert time.strftime("%Y-%m-%d", time.localtime(time.time() + YEAR)) in kept
    assert "`scoredock model purge --all`" in kept
    assert "The trash was not emptied" in terminal.ok("workspace", "gc")
    terminal.ok("model", "purge", "--all")
    assert terminal.json("workspace", "gc")["kept"] == ""


def test_a_clock_that_is_ahead_for_a_moment_takes_nothing_from_the_trash(terminal: Terminal) -> None:
    registered(terminal, "one")
    terminal.ok("model", "delete", "one:1")
    look = at(terminal, AHEAD, "workspace", "gc")
    assert (look["purged"], "one:1" in look["kept"], "`scoredock model purge --all`" in look["kept"]) == (
        [],
        True,
        True,
    )
    assert [terminal.json("workspace", "gc")[each] for each in ("purged", "kept")] == [[], ""]
    assert at(terminal, "+29d", "workspace", "gc")["kept"] == ""
    for clock in ("+31d", "+31d", "+755h"):
        assert at(terminal, clock, "workspace", "gc")["purged"] == [], "the first look is less than a day ago"
    assert at(terminal, "+769h", "workspace", "gc")["purged"] == ["one:1"]


def files_of(terminal: Terminal) -> set[Path]:
    own = (path for path in terminal.home.rglob("*") if path.is_file())
    return {path for path in own if path.suffix not in (".lock", ".jsonl") and not path.name.startswith("store.")}


def test_a_dry_run_names_what_goes_and_leaves_it(terminal: Terminal) -> None:
    """Of the trash, of bytes and their manifests, of what killed commands left, of scripts and layers."""
    for name in ("one", "two"):
        registered(terminal, name)
    terminal.ok("model", "delete", "one:1")
    at(terminal, "+31d", "workspace", "gc")
    workspace = terminal.home / "workspaces" / "local"
    for name in (
        "tmp/blob-left",
        "no-code/old/score.py",
        f"images/content/blobs/sha256/{'5' * 64}",
        "environments/.removing-1/file",
    ):
        path = workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345678")
    before = files_of(terminal)
    gc = ("+33d", "workspace", "gc", "--grace", "1")
    trial = at(terminal, *gc, "--dry-run")
    assert files_of(terminal) == before
    going = {path for each in map(Path, trial["paths"]) for path in ([each] if each.is_file() else each.rglob("*"))}
    assert len(going) == 6, sorted(map(str, going))
    done = at(terminal, *gc)
    assert before - files_of(terminal) == going
    assert trial == {**done, "paths": trial["paths"]}
    assert done["purged"] == ["one:1"]
    shown = terminal.ok("workspace", "gc", "--dry-run").splitlines()
    assert shown[0] == "would remove 0 files, 0 B"


def test_what_a_killed_command_left_ahead_goes_a_grace_later(terminal: Terminal) -> None:
    registered(terminal, "one")
    stray = terminal.home / "workspaces" / "local" / "tmp" / "blob-left"
    stray.write_bytes(b"12345678")
    os.utime(stray, (time.time() + YEAR,) * 2)
    assert terminal.json("workspace", "gc", "--grace", "1")["files"] == 0, "somebody may be at work on it"
    assert stray.stat().st_mtime <= time.time() + 1
    assert at(terminal, "+2h", "workspace", "gc", "--grace", "1")["files"] == 1
