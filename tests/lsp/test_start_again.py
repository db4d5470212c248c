"""After a restart of the machine: what ran is told once and started when asked, or at once where that is set."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsp.client import Client
from pace import patience
from restarted import end_as_by_a_restart

SCRIPT = "def init():\n    print('up')\n\n\ndef run(data):\n    return data\n"


def listed(client: Client, project: Path) -> Any:
    return client.ask("scoredock/state/list", {"folders": [str(project)]})


@pytest.fixture
def restarted(start: Callable[..., Client], home: Path, project: Path, shared_environments: None) -> None:
    """Two services that ran, one that was stopped on purpose, and a machine that was started again since."""
    (project / "score.py").write_text(SCRIPT)
    with start() as client:
        client.initialize(project)
        for name in ("crashed", "shut-down", "stopped"):
            client.ask("scoredock/service/deploy", {"name": name, "entryScript": str(project / "score.py")})
        client.ask("scoredock/service/stop", {"name": "stopped"})
    services = home / "workspaces" / "local" / "services"
    end_as_by_a_restart(services / "crashed", in_order=False)
    end_as_by_a_restart(services / "shut-down", in_order=True)


def test_what_ran_is_told_once_and_started_when_asked(
    start: Callable[..., Client], project: Path, restarted: None
) -> None:
    client = start()
    client.initialize(project)
    told = listed(client, project)
    assert {notice["service"] for notice in told["notices"]} == {"crashed", "shut-down"}
    assert {notice["code"] for notice in told["notices"]} == {"service-interrupted"}
    states = {service["name"]: service["state"] for service in told["services"]}
    assert states == {"crashed": "Failed", "shut-down": "Failed", "stopped": "Stopped"}
    (failure,) = {service["failure"]["message"] for service in told["services"] if service["state"] == "Failed"}
    assert failure == "The machine was restarted since the service ran."
    assert listed(client, project)["notices"] == []

    done = client.ask("scoredock/service/startAll", {})
    assert sorted(done["names"]) == ["crashed", "shut-down"]
    states = {service["name"]: service["state"] for service in listed(client, project)["services"]}
    assert states == {"crashed": "Healthy", "shut-down": "Healthy", "stopped": "Stopped"}
    assert client.ask("scoredock/service/startAll", {})["names"] == []
    client.ask("scoredock/service/stopAll", {})


def test_where_that_is_set_it_starts_without_a_question(
    start: Callable[..., Client], project: Path, restarted: None
) -> None:
    client = start()
    client.initialize(project, settings={"scoredock.services.startAgain": True})
    assert listed(client, project)["notices"] == []

    def serving() -> bool:
        states = {service["name"]: service["state"] for service in listed(client, project)["services"]}
        return states == {"crashed": "Healthy", "shut-down": "Healthy", "stopped": "Stopped"}

    deadline = time.monotonic() + patience(60)
    while not serving():
        assert time.monotonic() < deadline, listed(client, project)["services"]
        time.sleep(0.1)
    client.ask("scoredock/service/stopAll", {})
