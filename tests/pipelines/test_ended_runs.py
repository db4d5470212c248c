"""Runs that end before their time, and what steps leave behind: nothing runs on, and no secret stays on the disk."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cli.conftest import Terminal
from pace import patience
from pipelines.conftest import put, ran

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the steps look at processes as Linux has them")
SECRET = "canary-of-a-secret"
LEAVING = "sleep 600 & echo $! >> pids; setsid -f bash -c 'echo $$ >> pids; sleep 600; true'; wait-for-pids"
"""One in the group of the step, and one in a session of its own, whose parent has ended."""
PHASES = {
    "in a step": [f"{LEAVING}; echo ${{{{ secrets.S }}}}; kill -9 $PPID; sleep 600"],
    "between steps": [f"{LEAVING}; (sleep 0.3; kill -9 $PPID) & exit 0", "true ${{ secrets.S }}", *["sleep 0.2"] * 9],
    "in the last step": ["true", f"{LEAVING}; true ${{{{ secrets.S }}}}; kill -9 $PPID; exit 0"],
}


@pytest.fixture
def temporary(terminal: Terminal, tmp_path: Path) -> Iterator[Path]:
    """Where the runs of the terminal have their temporary folders; what steps have left there is ended."""
    places = tmp_path / "temporary"
    places.mkdir()
    terminal.env |= {"TMPDIR": str(places), "S": SECRET}
    terminal.ordinary = True
    yield places
    for pid in pids_of(terminal):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def workflow(terminal: Terminal, steps: list[str]) -> str:
    """Its steps in one job; `wait-for-pids` waits until both that are left have said who they are."""
    wait = "until [ $(wc -l < pids) = 2 ]; do sleep 0.02; done"
    lines = "".join(f"      - run: |\n          {step.replace('wait-for-pids', wait)}\n" for step in steps)
    put(terminal.folder, {"w.yml": f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{lines}"})
    return "w.yml"


def pids_of(terminal: Terminal) -> list[int]:
    pids = terminal.folder / "pids"
    return [int(line) for line in pids.read_text().split()] if pids.exists() else []


def wait_until_ended(pids: list[int]) -> None:
    deadline = time.monotonic() + patience(20)
    while living := [pid for pid in pids if lives(pid)]:
        assert time.monotonic() < deadline, living
        time.sleep(0.05)


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def scripts_with_secret(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


@pytest.mark.parametrize("phase", PHASES)
def test_a_killed_run_ends_its_steps_and_the_next_takes_its_folder(
    terminal: Terminal, temporary: Path, phase: str
) -> None:
    process = terminal.start("pipeline", "run", workflow(terminal, PHASES[phase]), "--secret", "S")
    assert process.wait(timeout=patience(60)) == -signal.SIGKILL
    assert len(pids_of(terminal)) == 2
    wait_until_ended(pids_of(terminal))
    for path in scripts_with_secret(temporary):
        assert path.stat().st_mode & 0o077 == 0
    (folder,) = temporary.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    ran(terminal, workflow(terminal, ["true"]))
    assert list(temporary.iterdir()) == []


def test_a_run_that_is_killed_before_its_first_step_leaves_nothing(terminal: Terminal, temporary: Path) -> None:
    """While the Python of the run is made."""
    put(terminal.folder, {"bin/python": "#!/bin/bash\necho $$ >> pids\nsleep 600\n"})
    (terminal.folder / "bin" / "python").chmod(0o755)
    terminal.env["PATH"] = f"{terminal.folder / 'bin'}:{os.environ['PATH']}"
    steps = "    steps: [{uses: actions/setup-python@v5}, {run: touch ran}]\n"
    put(terminal.folder, {"w.yml": f"on: push\njobs:\n  a:\n    runs-on: x\n{steps}"})
    process = terminal.start("pipeline", "run", "w.yml")
    deadline = time.monotonic() + patience(60)
    while not pids_of(terminal):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.wait()
    wait_until_ended(pids_of(terminal))
    assert not (terminal.folder / "ran").exists()
    terminal.ok("workspace", "gc")
    assert list(temporary.iterdir()) == []


def test_what_steps_leave_behind_ends_with_the_job_unless_it_is_told_to_stay(terminal: Terminal) -> None:
    steps = [
        "setsid -f bash -c 'echo $$ >> pids; exec sleep 600'; RUNNER_TRACKING_ID= setsid -f bash -c"
        " 'echo $$ >> stays; exec sleep 601'; until [ -s pids ] && [ -s stays ]; do sleep 0.02; done",
        "kill -0 $(cat pids)",
    ]
    run = terminal.run("pipeline", "run", workflow(terminal, steps))
    stays = int((terminal.folder / "stays").read_text())
    try:
        assert run.returncode == 0, run.stdout
        assert "(Ended processes that its steps have left behind: 1.)" in run.stdout
        wait_until_ended(pids_of(terminal))
        assert lives(stays)
    finally:
        os.kill(stays, signal.SIGKILL)


def test_no_variable_of_ours_reaches_a_step_that_no_setting_declares(terminal: Terminal) -> None:
    """Also not one that has our name: anybody may give a token one."""
    terminal.env |= {"SCOREDOCK_TOKEN": "a-token", "SCOREDOCK_MAX_FILES": "77", "CI_JOB_TOKEN": "a-token"}
    ran(terminal, workflow(terminal, ["env > seen.txt"]))
    seen = (terminal.folder / "seen.txt").read_text()
    assert "a-token" not in seen
    assert "SCOREDOCK_MAX_FILES=77\n" in seen
    assert f"SCOREDOCK_HOME={terminal.home}\n" in seen
    assert "CI=true\n" in seen


CANCELLED = """on: push
jobs:
  first:
    runs-on: x
    steps:
      - run: {step}
      - run: touch usual
      - if: failure()
        run: touch failure
      - if: cancelled()
        run: touch cancelled
      - if: always()
        run: echo ${{{{ job.status }}}} > always
  usual:
    needs: first
    runs-on: x
    steps: [{{run: touch next}}]
  last:
    needs: first
    if: always()
    runs-on: x
    steps:
      - run: echo ${{{{ needs.first.result }}}} > last
"""
AZURE = """jobs:
- job: first
  steps:
  - script: {step}
  - script: touch usual
  - script: touch failure
    condition: failed()
  - script: touch cancelled
    condition: canceled()
  - script: echo $(Agent.JobStatus) > always
    condition: always()
- job: usual
  dependsOn: first
  steps: [{{script: touch next}}]
- job: last
  dependsOn: first
  condition: always()
  variables: {{was: "$[ dependencies.first.result ]"}}
  steps: [{{script: echo $(was) > last}}]
"""


@pytest.mark.parametrize("step", ["kill -INT $PPID; sleep 600", "kill -INT $PPID; sleep 0.1"], ids=["in", "behind"])
@pytest.mark.parametrize(
    ("name", "text", "status"), [("w.yml", CANCELLED, "cancelled"), ("azure-pipelines.yml", AZURE, "Canceled")]
)
def test_a_cancelled_run_does_what_asks_for_that_and_nothing_else(
    terminal: Terminal, name: str, text: str, status: str, step: str
) -> None:
    """As on the platforms: steps and jobs with always() and the like."""
    terminal.ordinary = True
    put(terminal.folder, {name: text.format(step=step)})
    run = terminal.run("pipeline", "run", name)
    assert run.returncode == 130, (run.stdout, run.stderr)
    assert "(Cancelled: what runs always or when cancelled is still run, for 5 minutes at most.)" in run.stdout
    made = {each.name for each in terminal.folder.iterdir() if each.suffix != ".yml"}
    assert made == {"cancelled", "always", "last"}
    assert (terminal.folder / "always").read_text() == f"{status}\n"
    assert (terminal.folder / "last").read_text() == f"{status}\n"


def test_a_run_that_is_cancelled_before_its_first_step_runs_none(terminal: Terminal) -> None:
    """While the Python of the run is made; and once more while it cleans up, which ends it at once."""
    terminal.ordinary = True
    put(terminal.folder, {"bin/python": "#!/bin/bash\necho $$ >> pids\nsleep 600\n"})
    (terminal.folder / "bin" / "python").chmod(0o755)
    terminal.env["PATH"] = f"{terminal.folder / 'bin'}:{os.environ['PATH']}"
    steps = "[{uses: actions/setup-python@v5}, {run: touch ran}, {if: always(), run: 'echo $$ >> pids; sleep 600'}]"
    put(terminal.folder, {"w.yml": f"on: push\njobs:\n  a:\n    runs-on: x\n    steps: {steps}\n"})
    process = terminal.start("pipeline", "run", "w.yml")
    for number in (1, 2):
        deadline = time.monotonic() + patience(60)
        while len(pids_of(terminal)) < number:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
    assert process.wait(timeout=patience(60)) == 130
    wait_until_ended(pids_of(terminal))
    assert not (terminal.folder / "ran").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("w.yml", "jobs:\n  a:\n    runs-on: x\n    timeout-minutes: 0.05\n    steps:\n      - run: sleep 600\n"),
        (
            "azure-pipelines.yml",
            "jobs:\n  - job: a\n    timeoutInMinutes: 0.05\n    steps:\n      - script: sleep 600\n",
        ),
    ],
)
def test_a_job_whose_time_is_over_ends(terminal: Terminal, name: str, text: str) -> None:
    key, condition = ("run", "if: always()") if name == "w.yml" else ("script", "condition: always()")
    head = "on: push\n" if name == "w.yml" else ""
    put(
        terminal.folder,
        {name: f"{head}{text}      - {key}: touch usual\n      - {key}: touch always\n        {condition}\n"},
    )
    run = ran(terminal, name, code=1)
    (job,) = run["jobs"]
    assert job["result"] == "cancelled"
    assert job["reason"] == "The job took more than 0.05 minutes and was ended."
    assert [step["result"] for step in job["steps"]] == ["cancelled", "skipped", "success"]
    assert run["failure"]["line"] > 1
    assert (terminal.folder / "always").exists()
    assert not (terminal.folder / "usual").exists()


def test_the_end_of_a_cancelled_job_has_a_time_that_it_may_say(terminal: Terminal) -> None:
    text = "jobs:\n- job: a\n  timeoutInMinutes: $[ variables.limit ]\n  cancelTimeoutInMinutes: 0.02\n  steps:\n"
    steps = "  - script: sleep 600\n  - {script: touch began; sleep 601, condition: always()}\n"
    put(terminal.folder, {"azure-pipelines.yml": f"variables: {{limit: '0.02'}}\n{text}{steps}"})
    run = ran(terminal, "azure-pipelines.yml", code=1)
    assert [step["result"] for step in run["jobs"][0]["steps"]] == ["cancelled", "cancelled"]
    assert (terminal.folder / "began").exists()
