"""After a restart of the machine: what ran is told once and started when asked, or at once where that is set."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lsp.client import Client
from pace import patience
from restarted import end_as_by_a_restart

SCRIPT = "def init():\n    print('up')\n\n\ndef run(data):\n    return data\n"


def test_services_of_a_folder_start_with_it_where_that_is_set(
    start: Callable[..., Client], home: Path, project: Path, tmp_path: Path, shared_environments: None
) -> None:
    """Those of the folder that is opened, when it is opened, and no others."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for folder in (project, elsewhere):
        (folder / "score.py").write_text(SCRIPT)

    def opened(client: Client, folder: Path, *, opening: bool) -> dict[str, str]:
        listing = client.ask("scoredock/state/list", {"folders": [str(folder)], "opening": opening})
        return {service["name"]: service["state"] for service in listing["services"]}

    with start() as client:
        client.initialize(project)
        for name, folder in (("own", project), ("other", elsewhere)):
            client.ask("scoredock/service/deploy", {"name": name, "entryScript": str(folder / "score.py")})
            client.ask("scoredock/service/stop", {"name": name})
        assert opened(client, project, opening=True) == {"own": "Stopped", "other": "Stopped"}, "off by default"
    with start() as client:
        client.initialize(project, settings={"scoredock.services.startOnOpen": True})
        assert opened(client, project, opening=False) == {"own": "Stopped", "other": "Stopped"}
        opened(client, project, opening=True)
        deadline = time.monotonic() + patience(60)
        while (now := opened(client, project, opening=False)) != {"own": "Healthy", "other": "Stopped"}:
            assert time.monotonic() < deadline, now
            time.sleep(0.1)
        client.ask("scoredock/service/stop", {"name": "own"})
        assert opened(client, project, opening=False)["own"] == "Stopped", "who stops it now, wants it stopped"


def listed(client: Client, project: Path) -> Any:
    return client.ask("scoredock/state/list", {"folders": [str(project)]})


def states(client: Client, project: Path) -> dict[str, str]:
    return {service["name"]: service["state"] for service in listed(client, project)["services"]}


SERVING = {"crashed": "Healthy", "shut-down": "Healthy", "stopped": "Stopped"}


def test_what_ran_is_started_when_asked_or_where_that_is_set(
    start: Callable[..., Client], home: Path, project: Path, shared_environments: None
) -> None:
    (project / "score.py").write_text(SCRIPT)
    services = home / "workspaces" / "local" / "services"

    def restart_the_machine() -> None:
        end_as_by_a_restart(services / "crashed", in_order=False)
        end_as_by_a_restart(services / "shut-down", in_order=True)

    with start() as client:
        client.initialize(project)
        for name in SERVING:
            client.ask("scoredock/service/deploy", {"name": name, "entryScript": str(project / "score.py")})
        client.ask("scoredock/service/stop", {"name": "stopped"})
    restart_the_machine()

    with start() as client:
        client.initialize(project)
        told = listed(client, project)
        assert {notice["service"] for notice in told["notices"]} == {"crashed", "shut-down"}
        assert {notice["code"] for notice in told["notices"]} == {"service-interrupted"}
        assert states(client, project) == {"crashed": "Failed", "shut-down": "Failed", "stopped": "Stopped"}
        (failure,) = {each["failure"]["message"] for each in told["services"] if each["state"] == "Failed"}
        assert failure == "The machine was restarted since the service ran."
        assert listed(client, project)["notices"] == [], "it is told once"
        done = client.ask("scoredock/service/startAll", {})
        assert sorted(done["names"]) == ["crashed", "shut-down"]
        assert states(client, project) == SERVING
        assert client.ask("scoredock/service/startAll", {})["names"] == []
    restart_the_machine()

    client = start()
    client.initialize(project, settings={"scoredock.services.startAgain": True})
    assert listed(client, project)["notices"] == [], "nobody is asked"
    deadline = time.monotonic() + patience(60)
    while states(client, project) != SERVING:
        assert time.monotonic() < deadline, listed(client, project)["services"]
        time.sleep(0.1)
    client.ask("scoredock/service/stopAll", {})
