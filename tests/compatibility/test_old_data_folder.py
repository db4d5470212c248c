"""The data folder of the commit before revisions and handles had a format number works with the code of today.

Through the command line, on copies of what that commit made; README.md of this folder says what is in it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.pip.wheelhouse import VARIABLE
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.environments.spec import for_model
from scoredock.progress import CancelToken, Silent

from cli.conftest import Terminal
from cli.conftest import environments as environments  # shared by all that deploys here
from cli.conftest import runtime as runtime
from compatibility.old_home import HERE, OldHome, unpack
from pace import patience

COMMIT = "31a53b1"
BODY = '{"data": [1]}'

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the folder was made on Linux, with paths of Linux")


@pytest.fixture
def old(tmp_path: Path, environments: Path) -> Iterator[OldHome]:
    """A copy of its own; what is built is shared."""
    made = unpack(COMMIT, tmp_path)
    (made.workspace / "environments").symlink_to(environments)
    yield made
    Terminal(made.home, made.project).run("service", "stop-all", "--all")


@pytest.fixture
def terminal(old: OldHome) -> Terminal:
    return Terminal(old.home, old.project)


@pytest.fixture(scope="session")
def old_python(environments: Path) -> Callable[[], Path]:
    """Makes the interpreter of an environment with the scoring runtime of the old commit."""

    def made() -> Path:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(VARIABLE, str(HERE / COMMIT))
            cache = EnvironmentCache(environments, EnvironmentSettings())
            return cache.prepare(for_model("", ""), Silent(), CancelToken()).python

    return made


def runs(pid: int) -> bool:
    """Whether a process is there; one that has ended may wait for its end to be read."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def logged(terminal: Terminal, service: str, words: str) -> bool:
    """Whether the log of a service comes to hold `words`: lines of requests are written soon after the answers."""
    until = time.monotonic() + patience(10.0)
    while time.monotonic() < until:
        if words in terminal.ok("service", "logs", service, "--tail", "5"):
            return True
        time.sleep(0.05)
    return False


def test_it_was_made_by_the_commit_that_names_it(old: OldHome) -> None:
    assert old.made["commit"].startswith(COMMIT)
    assert str(old.made["root"]) not in (old.service("stopped") / "spec.json").read_text()


def test_models_are_there_with_their_details(terminal: Terminal) -> None:
    listed = terminal.json("model", "list")["models"]
    assert {model["id"]: (model["tags"], model["aliases"], model["usedBy"]) for model in listed} == {
        "other:1": ({}, [], ["killed", "running"]),
        "weights:1": ({"data": "first"}, [], ["running"]),
        "weights:2": ({"data": "second", "stage": "production"}, ["champion"], ["stopped"]),
    }
    shown = terminal.json("model", "show", "weights@champion")
    assert (shown["model"]["id"], shown["model"]["description"]) == ("weights:2", "the second weights")
    assert shown["model"]["properties"] == {"seed": "2"}
    assert shown["resources"] == {"cpu": 1.0, "memoryInGB": 0.5, "gpu": None}
    assert [file["path"] for file in shown["files"]] == ["second.txt"]
    assert [(move["version"], move["previous"]) for move in shown["aliasHistory"]] == [(2, 1), (1, None)]


def test_bytes_of_a_model_are_there(terminal: Terminal, tmp_path: Path) -> None:
    terminal.ok("model", "download", "weights:2", "--target", str(tmp_path / "out"))
    assert [path.read_text() for path in (tmp_path / "out").rglob("second.txt")] == ["1 2 3\n"]


def test_the_alias_can_go_back(terminal: Terminal) -> None:
    terminal.ok("model", "alias", "weights", "champion", "--return")
    assert terminal.json("model", "show", "weights@champion")["model"]["id"] == "weights:1"


def test_datasets_and_environments_are_there(terminal: Terminal) -> None:
    (dataset,) = terminal.json("dataset", "list")["assets"]
    assert (dataset["id"], dataset["tags"], dataset["summary"]) == ("requests:1", {"kind": "small"}, "2 rows · 29 B")
    assert terminal.ok("dataset", "rows", "requests").splitlines() == ['{"data": [1, 2]}', '{"data": [3]}']
    environment = terminal.json("environment", "list")["environments"][0]
    assert (environment["id"], environment["asset"]["tags"], environment["usedBy"]) == (
        "small:1",
        {"kind": "small"},
        ["stopped"],
    )
    assert terminal.refused("environment", "delete", "small:1")["code"] == "asset-in-use"


def test_the_trash_gives_back_what_was_deleted(terminal: Terminal) -> None:
    deleted = terminal.json("model", "list", "--deleted")["models"]
    assert {model["id"] for model in deleted if model["deleted"]} == {"discarded:1", "weights:3"}
    terminal.ok("model", "restore", "discarded:1")
    terminal.ok("model", "restore", "weights:3")
    assert terminal.json("model", "show", "weights:3")["model"]["tags"] == {"data": "third"}
    terminal.ok("model", "delete", "discarded:1")
    terminal.ok("model", "purge", "discarded:1")


def test_a_number_of_the_trash_is_not_given_again(terminal: Terminal) -> None:
    assert terminal.json("model", "register", "other.txt", "--name", "weights")["id"] == "weights:4"


def test_a_service_goes_back_to_a_revision_of_then(terminal: Terminal) -> None:
    terminal.ok("service", "start", "stopped")
    kept = terminal.json("service", "revisions", "stopped")
    assert [(each["revision"], each["state"], each["verb"], each["by"]) for each in kept["revisions"]] == [
        (2, "current", "", ""),
        (1, "kept", "", ""),
    ]
    assert terminal.json("service", "rollback", "stopped")["revision"] == 3
    assert terminal.json("service", "call", "stopped", "--data", BODY)["status"] == 200
    assert terminal.json("service", "diff", "stopped", "1", "3")["differences"] == []
    (variable,) = terminal.json("service", "diff", "stopped", "2", "3")["differences"]
    assert (variable["name"], variable["before"], variable["after"]) == ("environment variable GREETING", "hello", "")


def test_nothing_is_damaged(terminal: Terminal, old: OldHome) -> None:
    terminal.ok("service", "list")
    # That commit left the folder of services readable to others, behind a workspace that only its owner can enter.
    old.service("stopped").parent.chmod(0o700)
    assert terminal.json("workspace", "verify", "--deep")["problems"] == []
    assert terminal.json("workspace", "repair") == {"done": [], "left": []}


def test_services_are_listed_with_what_was_deployed(terminal: Terminal, old: OldHome) -> None:
    listed = {view["name"]: view for view in terminal.json("service", "list")["services"]}
    assert {name: view["state"] for name, view in listed.items()} == {
        "killed": "Failed",
        "running": "Failed",
        "stopped": "Stopped",
    }
    same = ("engine", "models", "revision", "revisions", "created", "port", "environment", "authentication")
    for name, before in old.made["services"].items():
        assert {key: listed[name][key] for key in same} == {key: before[key] for key in same}
        assert listed[name]["entryScript"] == str(old.project / "source" / "score.py")
    assert "forked" in terminal.ok("service", "logs", "running", "--tail", "50")


def test_the_stopped_one_starts_with_its_keys_and_answers(terminal: Terminal) -> None:
    keys = terminal.json("service", "keys", "stopped")
    started = terminal.json("service", "start", "stopped")
    assert (started["state"], started["revision"], started["authentication"]) == ("Healthy", 2, "keys")
    assert terminal.json("service", "keys", "stopped") == keys
    assert terminal.ok("service", "call", "stopped", "--data", BODY) == "7.0\n"
    assert terminal.run("service", "call", "stopped", "--data", BODY, "--no-key").returncode == 1
    updated = terminal.json("service", "update", "stopped", "--model", "weights:1")
    assert (updated["state"], updated["revision"], updated["authentication"]) == ("Healthy", 3, "keys")
    assert terminal.ok("service", "call", "stopped", "--data", BODY) == "4.0\n"


@pytest.mark.parametrize("restarted", [False, True])
def test_one_that_died_is_shown_as_such_and_starts(terminal: Terminal, old: OldHome, restarted: bool) -> None:
    old.died("killed", before_a_restart=restarted)
    shown = terminal.json("service", "show", "killed")
    expected = "service-interrupted" if restarted else "service-crashed"
    assert (shown["state"], shown["failure"]["code"]) == ("Failed", expected)
    assert terminal.json("service", "start", "killed")["state"] == "Healthy"
    assert terminal.ok("service", "call", "killed", "--data", BODY) == "11.0\n"


def test_one_that_runs_is_seen_called_updated_and_stopped(
    terminal: Terminal, old: OldHome, old_python: Callable[[], Path]
) -> None:
    """Its parent and workers are those of the old runtime."""
    parent = old.start("running", old_python())
    shown = terminal.json("service", "show", "running")
    assert (shown["state"], shown["revision"], shown["models"]) == ("Healthy", 2, ["other:1", "weights:1"])
    assert terminal.ok("service", "call", "running", "--data", BODY) == "4.0\n"
    assert logged(terminal, "running", "POST /score 200")
    # Workers of a new revision are those of the runtime of today, below the parent of before.
    updated = terminal.json("service", "update", "running", "--model", "weights:2")
    assert (updated["state"], updated["revision"], updated["port"]) == ("Healthy", 3, shown["port"])
    assert updated["environment"] != shown["environment"]
    assert terminal.ok("service", "call", "running", "--data", BODY) == "7.0\n"
    assert runs(parent)
    (old.project / "source" / "words.py").write_text('HELLO = "again with"\n')
    assert terminal.json("service", "reload", "running")["service"]["revision"] == 4
    assert "again with" in terminal.ok("service", "logs", "running", "--tail", "50")
    assert terminal.json("service", "stop", "running")["state"] == "Stopped"
    assert not runs(parent)
    assert terminal.json("service", "start", "running")["state"] == "Healthy"
    assert terminal.ok("service", "call", "running", "--data", BODY) == "7.0\n"


def test_one_that_runs_can_be_deleted(terminal: Terminal, old: OldHome, old_python: Callable[[], Path]) -> None:
    parent = old.start("running", old_python())
    terminal.ok("service", "delete", "running")
    assert not runs(parent)
    assert not old.service("running").exists()
