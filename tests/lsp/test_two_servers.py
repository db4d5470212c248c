"""Two windows on one data folder see what the other does, within a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lsp.client import Client
from pace import within

pytestmark = pytest.mark.chance

GOAL = 1.0
"""Seconds from the answer in one window to the push in the other."""
BUSY = 5.0
"""Allowed on top while other tests use the processor; the goal itself is measured in benchmarks/server.py."""

SCRIPT = "def init():\n    print('up')\n\n\ndef run(data):\n    return data\n"


@pytest.fixture
def windows(start: Callable[..., Client], project: Path) -> tuple[Client, Client]:
    found = []
    for _ in range(2):
        client = start()
        client.initialize(project)
        client.ask("scoredock/state/list", {"folders": [str(project)]})
        found.append(client)
    return found[0], found[1]


def _told(client: Client, after: int = 0) -> int:
    """Waits until models are said to have changed; gives the number of that push."""
    push = client.notified("scoredock/registry/changed", lambda params: params["models"] and params["sequence"] > after)
    assert push["workspaceId"] == "local"
    return int(push["sequence"])


def test_a_registered_model_appears_changes_and_goes(windows: tuple[Client, Client], project: Path) -> None:
    here, there = windows
    (project / "m.bin").write_bytes(b"1")
    here.ask("scoredock/model/register", {"paths": [str(project / "m.bin")], "name": "seen"})
    began = time.monotonic()
    sequence = _told(there)
    assert within(time.monotonic() - began, GOAL + BUSY)
    assert [group["key"] for group in there.ask("scoredock/model/groups", {})["groups"]] == ["seen"]
    for verb, params in (
        ("update", {"id": "seen:1", "setTags": {"a": "b"}}),
        ("alias", {"id": "seen:1", "alias": "champion"}),
        ("favourite", {"name": "seen", "favourite": True}),
        ("delete", {"id": "seen:1"}),
    ):
        here.ask(f"scoredock/model/{verb}", params)
        sequence = _told(there, sequence)
    assert there.ask("scoredock/model/groups", {})["groups"] == []
    (trashed,) = there.ask("scoredock/model/list", {"deleted": True})["models"]
    assert (trashed["id"], trashed["tags"], trashed["aliases"]) == ("seen:1", {"a": "b"}, ["champion"])


def test_a_workspace_appears(windows: tuple[Client, Client]) -> None:
    here, there = windows
    here.ask("scoredock/workspace/create", {"name": "shared"})
    there.notified(
        "scoredock/workspace/changed", lambda params: any(item["name"] == "shared" for item in params["workspaces"])
    )


@pytest.mark.usefixtures("shared_environments")
def test_a_service_appears_stops_and_goes(windows: tuple[Client, Client], project: Path) -> None:
    here, there = windows
    (project / "score.py").write_text(SCRIPT)
    here.ask("scoredock/service/deploy", {"name": "common", "entryScript": str(project / "score.py")})
    state = "Healthy"
    there.notified(
        "scoredock/service/changed", lambda params: any(item["state"] == state for item in params["changed"])
    )
    assert there.ask("scoredock/service/call", {"name": "common", "body": "1"})["status"] == 200
    there.ask("scoredock/service/stop", {"name": "common"})
    here.notified(
        "scoredock/service/changed", lambda params: any(item["state"] == "Stopped" for item in params["changed"])
    )
    there.ask("scoredock/service/delete", {"name": "common"})
    here.notified("scoredock/service/changed", lambda params: params["removed"] == ["common"])


def test_pushes_are_numbered_without_gaps_going_back(windows: tuple[Client, Client], project: Path) -> None:
    here, _ = windows
    (project / "m.bin").write_bytes(b"1")
    for _ in range(5):
        here.ask("scoredock/model/register", {"paths": [str(project / "m.bin")], "name": "many"})
    _told(here)
    numbers = [note["params"]["sequence"] for note in here.notifications if note["method"].endswith("/changed")]
    assert numbers == sorted(set(numbers))
    assert here.ask("scoredock/state/list", {"folders": [str(project)]})["sequence"] >= numbers[-1]


def test_nothing_is_pushed_before_the_state_was_asked_for(start: Callable[..., Client], project: Path) -> None:
    client = start()
    client.initialize(project)
    (project / "m.bin").write_bytes(b"1")
    client.ask("scoredock/model/register", {"paths": [str(project / "m.bin")], "name": "early"})
    client.ask("scoredock/model/list", {})
    assert not [note for note in client.notifications if note["method"].endswith("/changed")]


def test_a_damaged_workspace_is_told_and_another_can_be_chosen(
    start: Callable[..., Client], project: Path, home: Path
) -> None:
    first = start()
    first.initialize(project)
    made = first.ask("scoredock/workspace/create", {"name": "spoilt", "folder": str(project)})
    first.ask("scoredock/state/list", {"folders": [str(project)]})
    first.shut_down()
    (home / "workspaces" / made["id"] / "store.sqlite3").write_bytes(b"this is not a database, it never was" * 100)
    second = start()
    second.initialize(project)
    state = second.ask("scoredock/state/list", {"folders": [str(project)]})
    assert [notice["code"] for notice in state["notices"]] == ["workspace-damaged"]
    (shown,) = [item for item in state["workspaces"] if item["name"] == "spoilt"]
    assert shown["readOnly"]
    second.ask("scoredock/workspace/use", {"id": "local", "folder": str(project)})
    state = second.ask("scoredock/state/list", {"folders": [str(project)]})
    assert state["notices"] == []
    assert [item["id"] for item in state["workspaces"] if item["isActive"]] == ["local"]
