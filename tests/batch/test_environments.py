"""What a batch job needs to go on is not rubbish: its environment stays until it has come to its end or is deleted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from batch.conftest import Terminal
from batch.test_bad_inputs import GATE, NAMES, await_log, files, gate, output, words
from batch.test_run_again import LOCKED


@pytest.fixture
def own(terminal: Terminal, environments: Path) -> Terminal:
    """With a copy of what is built: here environments are removed."""
    shared = terminal.home / "workspaces" / "local" / "environments"
    terminal.write(own__txt="azureml-defaults\nsix\n")
    shared.unlink()
    shutil.copytree(environments, shared, symlinks=True)
    return terminal


def start(terminal: Terminal, *more: str) -> list[str]:
    """The words of a job in the environment that nothing else has."""
    return [each.replace("plain.txt", "own.txt") for each in words("the-job", *more)]


def key(terminal: Terminal) -> str:
    (found,) = [
        build["key"]
        for each in terminal.json("environment", "list")["environments"]
        for build in each["builds"]
        if build["jobs"] == ["the-job"]
    ]
    return str(found)


def test_one_that_waits_or_has_failures_keeps_its_environment(own: Terminal) -> None:
    files(own, 3, LOCKED)
    (own.folder / "locks").mkdir()
    (own.folder / "locks" / "f1.txt").touch()
    more = ("--mini-batch-size", "1", "--run-max-try", "1", "--env", f"LOCKS={own.folder / 'locks'}")
    assert own.json(*start(own, *more))["job"]["failed"] == 1
    built = key(own)
    assert built not in [each["key"] for each in own.json("environment", "clean")["removed"]]
    refused = own.refused("environment", "remove", built)
    assert (refused["code"], "batch job the-job" in refused["message"]) == ("environment-in-use", True)
    assert "scoredock batch delete the-job" in refused["fix"]
    (own.folder / "locks" / "f1.txt").unlink()
    assert own.json("batch", "resume", "the-job")["job"]["failed"] == 0
    assert built in [each["key"] for each in own.json("environment", "clean")["removed"]]


def test_one_that_is_deleted_needs_nothing(own: Terminal) -> None:
    files(own, 4, GATE)
    own.json(*start(own, *gate(own), "--process-count", "1"))
    await_log(own, "has f0.txt")
    assert own.refused("batch", "delete", "the-job")["code"] == "batch-job-running"
    built = key(own)
    assert own.refused("environment", "remove", built)["code"] == "environment-in-use"
    own.json("batch", "cancel", "the-job")
    assert own.refused("environment", "remove", built)["code"] == "environment-in-use"
    own.json("batch", "delete", "the-job")
    assert own.json("batch", "list")["jobs"] == []
    assert list(own.jobs.iterdir()) == []
    own.json("environment", "remove", built)


def test_deleting_leaves_the_output_and_frees_the_name(terminal: Terminal) -> None:
    files(terminal, 1, NAMES)
    said = terminal.run(*words())
    assert said.returncode == 0, said.stderr
    assert "the-job: 1 item in 1 mini-batch, 1 result, " in said.stdout
    terminal.json("batch", "delete", "the-job")
    assert output(terminal) == "f0.txt\n"
    assert terminal.refused("batch", "show", "the-job")["code"] == "batch-job-not-found"
    assert terminal.json(*words("the-job", "--overwrite"))["job"]["state"] == "Completed"
