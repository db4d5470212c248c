"""An engine that is a folder and a row is everything that a new engine must be: its services are deployed, called,
updated, rolled back, tested, packaged, put behind an endpoint and deleted from the command line."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cli.conftest import Terminal
from third_engine import third_row

VERSION = "def init():\n    pass\n\n\ndef run(data):\n    return NUMBER\n"
REQUESTS = """### asks
# @expect status 200
# @expect body 2
POST {{service}}/score
Content-Type: application/json

[1]
"""


@pytest.fixture
def third(terminal: Terminal, tmp_path: Path, shared_environments: None) -> Iterator[Terminal]:
    place = tmp_path / "third place"
    terminal.env |= third_row.environment(place)
    (terminal.folder / "score.py").write_text(VERSION.replace("NUMBER", "1"))
    (terminal.folder / "score.http").write_text(REQUESTS)
    yield terminal
    terminal.run("service", "stop-all")
    assert not left(place)


def answered(uri: str) -> object:
    with urllib.request.urlopen(urllib.request.Request(uri, b"[1]"), timeout=20) as answer:
        return json.loads(answer.read())


def change(third: Terminal, number: int) -> None:
    (third.folder / "score.py").write_text(VERSION.replace("NUMBER", str(number)))


def left(folder: Path) -> list[str]:
    """Names of processes that have the folder in their command line."""
    told = (each.info for each in psutil.process_iter(["name", "cmdline"]))
    return [each["name"] for each in told if str(folder) in " ".join(each["cmdline"] or ())]


def test_the_life_of_a_service(third: Terminal, tmp_path: Path) -> None:
    shown = third.json("service", "deploy", "churn", "--entry-script", "score.py", "--engine", "third")
    assert (shown["engine"], shown["state"]) == ("third", "Healthy")
    uri = shown["scoringUri"]
    assert answered(uri) == 1
    assert left(tmp_path / "third place")
    assert third.ok("service", "call", "churn", "--data", "[1]") == "1\n"

    change(third, 2)
    assert third.json("service", "update", "churn")["revision"] == 2
    assert answered(uri) == 2
    assert "POST /score 200" in third.ok("service", "logs", "churn")
    third.ok("test", "score.http", "--service", "churn")
    assert third.json("service", "rollback", "churn")["revision"] == 3
    assert answered(uri) == 1

    third.ok("service", "stop", "churn")
    assert third.json("service", "show", "churn")["state"] == "Stopped"
    assert not left(tmp_path / "third place")
    third.ok("service", "start", "churn")
    assert answered(third.json("service", "show", "churn")["scoringUri"]) == 1
    third.ok("service", "package", "churn", "--output-path", str(tmp_path / "package"))
    assert (tmp_path / "package" / "Dockerfile").is_file()
    third.ok("service", "delete", "churn")
    assert not left(tmp_path / "third place")
    assert third.json("service", "list")["services"] == []


@pytest.mark.long("the life of a service of a third engine is at the gate")
def test_what_it_cannot_do_is_refused_and_the_service_goes_on(third: Terminal) -> None:
    uri = third.json("service", "deploy", "churn", "--entry-script", "score.py", "--engine", "third")["scoringUri"]
    change(third, 2)
    assert third.refused("service", "reload", "churn")["code"] == "engine-unable"
    assert third.refused("service", "debug", "churn", "--port", "5678")["code"] == "engine-unable"
    assert answered(uri) == 1

    (third.folder / "score.py").write_text("def init():\n    raise ValueError('no weights')\n\n\ndef run(data): ...\n")
    refused = third.refused("service", "update", "churn")
    assert "no weights" in refused["message"]
    assert answered(uri) == 1
    third.ok("service", "delete", "churn")


@pytest.mark.long("the life of a service of a third engine is at the gate")
def test_it_stands_beside_a_process_behind_an_endpoint_and_a_service_moves(third: Terminal, tmp_path: Path) -> None:
    third.ok("service", "deploy", "blue", "--entry-script", "score.py")
    change(third, 2)
    third.ok("service", "deploy", "green", "--entry-script", "score.py", "--engine", "third")
    third.ok("endpoint", "create", "prices", "--service", "blue", "--version", "blue")
    third.ok("endpoint", "set-version", "prices", "green", "--service", "green", "--traffic", "50")
    uri = third.json("endpoint", "show", "prices")["scoringUri"]
    assert {answered(uri) for _ in range(60)} == {1, 2}
    assert [each["engine"] for each in third.json("endpoint", "show", "prices")["versions"]] == ["process", "third"]

    moved = third.json("service", "update", "green", "--engine", "process")
    assert (moved["engine"], moved["state"]) == ("process", "Healthy")
    assert not left(tmp_path / "third place")
    assert {answered(uri) for _ in range(60)} == {1, 2}
    third.ok("endpoint", "delete", "prices")
    for name in ("blue", "green"):
        third.ok("service", "delete", name)


@pytest.mark.long("the life of a service of a third engine is at the gate")
def test_without_it_its_services_are_shown_and_cannot_be_started(third: Terminal) -> None:
    third.ok("service", "deploy", "churn", "--entry-script", "score.py", "--engine", "third")
    third.ok("service", "stop", "churn")
    older = Terminal(third.home, third.folder)
    assert older.json("service", "show", "churn")["engine"] == "third"
    assert older.refused("service", "start", "churn")["code"] == "engine-not-available"
    third.ok("service", "start", "churn")
    third.ok("service", "delete", "churn")
