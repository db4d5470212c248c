"""Rules that are carried out with no editor open: a loop that ends by a signal, and what a machine starts by itself."""

from __future__ import annotations

import csv
import json
import os
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
from parts import missing

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


# ---------------------------------------------------------------------------------------------- what a machine starts


def test_the_line_of_cron_does_it_as_cron_would(project: Project, tmp_path: Path) -> None:
    """With cron's environment, in another folder, through its shell."""
    odd = tmp_path / "a home of 50% & 'more'"
    odd.mkdir()
    other = Project(odd, project.folder)
    other.register("2")
    other.deploy()
    other.create()
    other.register("3")
    line = other.json("rule", "install", "--as", "cron", "--print", "--every", "1m")["text"]
    assert line.startswith("* * * * * ")
    # cron ends a command at a percent sign that has no backslash before it.
    command = line.removeprefix("* * * * * ").replace("\\%", "%")
    assert line.count("%") == line.count("\\%")
    environment = {"HOME": str(Path.home()), "LOGNAME": "root", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd="/", env=environment, capture_output=True, text=True, timeout=patience(120)
    )
    log = (other.workspace / "rules" / "run.log").read_text()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), log
    assert "version 2 promoted" in log
    assert other.service()["models"] == ["times:2"]
    other.run("service", "delete", "times")


def test_cron_gets_its_line_once_and_loses_it_again(project: Project, tmp_path: Path) -> None:
    programs, kept = tmp_path / "bin", tmp_path / "crontab"
    programs.mkdir()
    (programs / "crontab").write_text(
        f'#!/bin/sh\nif [ "$1" = -l ]; then\n  if [ -f {kept} ]; then cat {kept}; else echo "no crontab for me" >&2; '
        f'exit 1; fi\nelse cp "$1" {kept}\nfi\n'
    )
    (programs / "crontab").chmod(0o755)
    project.variables["PATH"] = f"{programs}:{os.environ['PATH']}"
    kept.write_text("0 1 * * * mine\n")
    for every in ("5m", "30m"):
        assert project.json("rule", "install", "--as", "cron", "--every", every)["installed"]
    lines = kept.read_text().splitlines()
    assert lines[0] == "0 1 * * * mine"
    assert len(lines) == 2
    assert lines[1].startswith("*/30 * * * * ")
    project.json("rule", "install", "--as", "cron", "--remove")
    assert kept.read_text() == "0 1 * * * mine\n"
    kept.unlink()
    project.json("rule", "install", "--as", "cron")
    assert len(kept.read_text().splitlines()) == 1


def test_systemd_takes_the_unit(project: Project, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze") or missing("systemd-analyze")
    project.variables |= {"XDG_CONFIG_HOME": str(tmp_path / "config of 50%"), "XDG_RUNTIME_DIR": str(tmp_path)}
    done = project.json("rule", "install", "--as", "systemd")
    path = Path(done["path"])
    assert path.read_text() == done["text"]
    assert path.parent.name == "user"
    assert any("systemctl --user enable" in each for each in done["steps"])
    checked = subprocess.run(
        [analyze, "verify", "--user", str(path)],
        capture_output=True,
        text=True,
        timeout=patience(60),
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert (checked.returncode, path.name in checked.stderr) == (0, False), checked.stderr
    project.json("rule", "install", "--as", "systemd", "--remove")
    assert not path.exists()


def test_what_the_unit_starts_runs(project: Project) -> None:
    """Its words and variables, by themselves."""
    project.create()
    project.register("3")
    unit = project.json("rule", "install", "--as", "systemd", "--print")["text"]
    lines = dict(each.split("=", 1) for each in unit.splitlines() if "=" in each)
    variables = (each.removeprefix("Environment=") for each in unit.splitlines() if each.startswith("Environment="))
    environment = dict(each.split("=", 1) for each in variables)
    assert environment["SCOREDOCK_HOME"] == str(project.home)
    process = subprocess.Popen(
        lines["ExecStart"].split(), cwd=lines["WorkingDirectory"], env={**environment, "HOME": str(Path.home())}
    )
    try:
        eventually(lambda: project.service()["models"] == ["times:2"])
    finally:
        process.terminate()
    assert process.wait(timeout=patience(60)) == 0
    assert lines["KillMode"] == "process", "services that it has deployed stay"


def test_the_task_of_windows_is_written(project: Project) -> None:
    text = project.json("rule", "install", "--as", "task", "--print", "--every", "15m")["text"]
    script, _, command = text.rpartition("\n")
    assert script.startswith("@echo off")
    assert '"rule" "run" "--all"' in script
    assert command.startswith("schtasks /Create /F /SC MINUTE /MO 15 /TN Scoredock\\rules-local /TR ")
    assert project.refused("rule", "install", "--as", "task")["code"] == "rule-install-failed"


@pytest.mark.parametrize("every", ["7m", "5h", "30s", "soon", "0"])
def test_a_period_that_cron_does_not_know_is_refused(project: Project, every: str) -> None:
    error = project.refused("rule", "install", "--as", "cron", "--print", "--every", every)
    assert error["code"] == "rule-option-invalid"
    assert json.dumps(error)
