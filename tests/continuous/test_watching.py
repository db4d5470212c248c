"""Rules that are carried out with no editor open: a loop that ends by a signal, and what a machine starts by itself."""

from __future__ import annotations

import csv
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from continuous.conftest import Callers, Project
from pace import patience

_JUMPS = """
import time, random
plain = time.time
draw = random.Random({seed})
time.time = lambda: plain() + draw.choice((-3e8, 0, 3e8))
"""
"""A clock on the wall that jumps by ten years at each look."""


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + patience(seconds)
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


@contextmanager
def watching(project: Project, *words: str) -> Iterator[subprocess.Popen[str]]:
    process = project.start("rule", "run", "--all", "--watch", *words)
    try:
        eventually(lambda: process.poll() is not None or bool(project.json("rule", "list")["watched"]))
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_loop_carries_out_and_ends_by_a_signal(project: Project, number: int) -> None:
    with watching(project) as process:
        project.create()  # made while it runs
        project.register("3")
        eventually(lambda: project.service()["models"] == ["times:2"])
        refused = project.refused("rule", "run", "--all", "--watch")
        assert refused["code"] == "rule-watched"
        assert process.stdout is not None
        assert any("version 2 promoted" in line for line in process.stdout), "it ended without a word of it"
        process.send_signal(number)
        _, error = process.communicate(timeout=patience(30))
        assert process.returncode == 0
        assert "Traceback" not in error
    assert not project.json("rule", "list")["watched"]


def test_a_canary_goes_on_by_itself(door: Project, callers: Callable[[], Callers]) -> None:
    door.create("--canary", "30,60", "--for", "1s", "--requests", "5")
    with watching(door), callers() as traffic:
        door.register("3")
        eventually(lambda: door.steps()[-1:] == ["2 promoted"])
        eventually(lambda: door.services() == ["times"])
    assert traffic.failures == 0


def test_schedules_of_drift_that_are_due_run_in_the_loop(project: Project) -> None:
    for name in ("old.csv", "new.csv"):
        with (project.folder / name).open("w", newline="") as stream:
            csv.writer(stream).writerows([["x"], *([each] for each in range(50))])
    project.json(
        "drift", "schedule", "often", "--target", "new.csv", "--baseline", "old.csv", "--every", "1d",
        "--python", sys.executable,
    )  # fmt: skip
    with watching(project):
        eventually(lambda: project.json("drift", "list")["monitors"][0]["verdict"] == "none")


def test_who_has_subscribed_hears_of_a_service_that_dies_while_only_the_loop_looks(project: Project) -> None:
    take = "import pathlib, sys; pathlib.Path('heard').open('a').write(sys.stdin.read() + chr(10))"
    project.create()
    words = ("--type", "service.stateChanged", "--command", sys.executable, "-c", take)
    assert project.run("event", "subscribe", "note", *words).returncode == 0
    heard = project.folder / "heard"
    with watching(project):
        parents = [each for each in psutil.process_iter(["cmdline"]) if _serves(each, project)]
        assert parents
        for each in parents:
            each.kill()
        psutil.wait_procs(parents, timeout=patience(20))
        project.json("rule", "pause", "newest")  # a round follows at once
        eventually(lambda: heard.exists() and '"Failed"' in heard.read_text())


def _serves(process: psutil.Process, project: Project) -> bool:
    words = process.info["cmdline"] or []
    return "scoredock_runtime" in words and any(str(project.home) in word for word in words)


def test_the_loop_outlives_what_cannot_be_carried_out_and_ends_with_its_workspace(project: Project) -> None:
    project.create()
    with watching(project) as process:
        project.json("service", "delete", "times")
        eventually(lambda: project.show()["rule"]["code"] == "rule-service-missing")
        assert process.poll() is None
        project.deploy()
        project.register("3")
        eventually(lambda: project.service()["models"] == ["times:2"])
        project.json("service", "delete", "times")
        shutil.rmtree(project.workspace)
        process.wait(timeout=patience(90))
        assert process.returncode == 1
    project.register("2")  # for the end of the test, which lists services


@pytest.mark.parametrize("jumps", [True, False])
def test_a_clock_that_jumps_neither_shortens_a_share_nor_prolongs_it(
    door: Project, tmp_path: Path, jumps: bool
) -> None:
    """Measured in rounds of their own processes."""
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(_JUMPS.format(seed=7) if jumps else "")
    door.create("--canary", "50", "--for", "4s", "--requests", "0")
    door.register("3")
    door.until("2 canary")
    door.variables["PYTHONPATH"] = str(tmp_path / "clock")
    began = time.monotonic()
    door.finished(most=10_000)
    # Since then, less the moment that the round before needed to end.
    assert time.monotonic() - began > 3.0
    door.variables.clear()
    assert "2 promoted" in door.steps()
