"""Pipelines of GitLab CI are handed to gitlab-ci-local: with what, what comes back, and what is said where it cannot
be."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import psutil
import pytest

from cli.conftest import Terminal
from pace import patience
from pipelines.conftest import committed, put, ran, with_gitlab_ci_local

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")
FILE = ".gitlab-ci.yml"


@pytest.fixture
def handed(terminal: Terminal, tmp_path: Path) -> Terminal:
    """With a home of the person's that has things to tell."""
    with_gitlab_ci_local(terminal)
    put(
        tmp_path,
        {
            "person/.bashrc": "export OF_THE_SHELL=rc-tells\n",
            "person/.gitlab-ci-local/variables.yml": "global: {OF_ANOTHER: another-tells}\n",
            "temporary/.keep": "",
        },
    )
    terminal.env |= {"HOME": str(tmp_path / "person"), "TMPDIR": str(tmp_path / "temporary"), "GIT_CONFIG_GLOBAL": ""}
    return terminal


def test_jobs_get_what_is_given_and_nothing_of_the_person(handed: Terminal, tmp_path: Path) -> None:
    secret = 'a$b "c"\\d é'
    handed.env |= {"MY_TOKEN": "token-tells", "GCL_VARIABLE_SET": "set-tells", "GIVEN": secret}
    lines = (
        "env > seen.txt",
        'printf %s "$GIVEN" > given.txt',
        'echo "it is $GIVEN"',
        "touch $CI_PROJECT_DIR/$CI_COMMIT_BRANCH.txt",
    )
    put(handed.folder, {FILE: "a:\n  image: python:3\n  script:\n" + "".join(f"    - {line}\n" for line in lines)})
    committed(handed.folder)
    done = handed.run("pipeline", "run", FILE, "--secret", "GIVEN", "--variable", "REGION=/west")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (handed.folder / "given.txt").read_text() == secret
    seen = (handed.folder / "seen.txt").read_text()
    assert "REGION=/west\n" in seen
    assert not [word for word in ("token", "set", "rc", "another") if f"{word}-tells" in seen], seen
    assert "a > it is ***\n" in done.stdout
    assert secret not in done.stdout + done.stderr
    names = {path.name for path in handed.folder.iterdir()}
    assert names == {".git", FILE, "seen.txt", "given.txt", "main.txt"}
    assert not list((tmp_path / "temporary").glob("scoredock-*"))


def test_a_job_that_fails_is_told_with_its_line_and_a_manual_one_waits(handed: Terminal) -> None:
    text = (
        "works: {script: [touch works]}\nmay: {script: [exit 2], allow_failure: true}\n"
        "fails:\n  stage: deploy\n  script: [exit 3]\n"
        "later: {when: manual, script: [touch later]}\n"
    )
    put(handed.folder, {FILE: text})
    committed(handed.folder)
    run = ran(handed, FILE, code=1)
    assert {job["id"]: job["result"] for job in run["jobs"]} == {
        "works": "success",
        "may": "success",
        "fails": "failure",
        "later": "skipped",
    }
    failure = {"message": "The job “fails” failed.", "path": str(handed.folder / FILE), "line": 5}
    assert (run["result"], run["failure"]) == ("failure", failure)
    assert not (handed.folder / "later").exists()
    run = ran(handed, FILE, "--job", "later")
    assert {job["result"] for job in run["jobs"] if job["id"] != "later"} == {"skipped"}
    assert (handed.folder / "later").exists()


def test_what_it_refuses_is_told_in_its_words(handed: Terminal) -> None:
    put(handed.folder, {FILE: "a: {script: [touch ran], cache: {key: {files: [x, y, z]}, paths: [p]}}\n"})
    committed(handed.folder)
    refused = handed.refused("pipeline", "run", FILE)
    assert refused["code"] == "pipeline-invalid"
    assert "gitlab-ci-local ended with exit code 1: " in refused["message"]
    assert not (handed.folder / "ran").exists()


def test_an_option_that_it_does_not_have_is_refused(handed: Terminal) -> None:
    put(handed.folder, {FILE: "a: {script: [touch ran]}\n", "own.sh": "exit 0\n"})
    for words in (
        ("--skip", "script"),
        ("--replace", "script=own.sh"),
        ("--artifact", "a=own.sh"),
        ("--event", "schedule"),
        ("--branch", "main"),
    ):
        refused = handed.refused("pipeline", "run", FILE, *words)
        assert refused["code"] == "pipeline-option-refused"
        assert refused["message"] == f"A pipeline of GitLab CI is run by gitlab-ci-local, which has no {words[0]}."
    assert handed.refused("pipeline", "run", FILE, "--job", "b")["code"] == "pipeline-job-missing"
    assert not (handed.folder / "ran").exists()


@pytest.mark.parametrize("absent", ["gitlab-ci-local", "rsync"])
def test_where_it_is_not_installed_nothing_runs(terminal: Terminal, tmp_path: Path, absent: str) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in {"gitlab-ci-local", "bash", "git", "rsync"} - {absent}:
        (programs / name).symlink_to(shutil.which(name) or "/bin/true")
    terminal.env["PATH"] = str(programs)
    put(terminal.folder, {FILE: "a: {script: [touch ran]}\n"})
    refused = terminal.refused("pipeline", "run", FILE)
    assert refused["code"] == "pipeline-runner-missing"
    assert f"there is no {absent} on PATH" in refused["message"]
    assert ("npm install -g gitlab-ci-local" if absent == "gitlab-ci-local" else "Install rsync") in refused["fix"]
    assert not (terminal.folder / "ran").exists()


def test_an_interrupt_ends_what_a_job_has_started(handed: Terminal) -> None:
    handed.ordinary = True
    put(handed.folder, {FILE: "a:\n  script: ['sleep 600 & echo $! > pid.part; mv pid.part pid; wait']\n"})
    committed(handed.folder)
    process = handed.start("pipeline", "run", FILE)
    pid = handed.folder / "pid"
    deadline = time.monotonic() + patience(60)
    while not pid.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=patience(60)) == 130
    while psutil.pid_exists(int(pid.read_text())):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_run_ends_with_its_time(handed: Terminal) -> None:
    put(handed.folder, {FILE: "a: {script: [sleep 600]}\n"})
    committed(handed.folder)
    refused = handed.refused("pipeline", "run", FILE, "--timeout", "8")
    assert refused["code"] == "pipeline-timeout"
    assert refused["message"] == "The run took more than 8 seconds and was ended."
