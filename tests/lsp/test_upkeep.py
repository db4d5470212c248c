"""Upkeep under a running server: a store that is newer, one that is lost, progress and cancel."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from scoredock.registry.store.schema import MIGRATIONS

from depth import LONG
from lsp.client import Client


@pytest.fixture
def stocked(client: Client, project: Path) -> Client:
    (project / "weights.bin").write_bytes(b"1234")
    client.ask("scoredock/model/register", {"paths": [str(project / "weights.bin")], "name": "m", "tags": {"a": "1"}})
    return client


def _store(home: Path) -> Path:
    return home / "workspaces" / "local" / "store.sqlite3"


def test_a_newer_store_is_shown_and_not_changed(
    stocked: Client, start: Callable[..., Client], home: Path, project: Path
) -> None:
    stocked.shut_down()
    connection = sqlite3.connect(_store(home))
    connection.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    connection.close()
    client = start()
    client.initialize(project)
    state = client.ask("scoredock/state/list", {"folders": [str(project)]})
    sentence = (
        f"was written by a newer Scoredock (store version {len(MIGRATIONS) + 1}; this program knows {len(MIGRATIONS)})."
        " It can be read but not changed."
    )
    assert state["workspaces"][0]["readOnly"].endswith(sentence)
    assert client.ask("scoredock/model/show", {"id": "m:1"})["model"]["tags"] == {"a": "1"}
    assert client.ask("scoredock/workspace/verify", {"deep": True})["problems"] == []
    refused: list[tuple[str, dict[str, Any]]] = [
        ("scoredock/model/register", {"paths": [str(project / "weights.bin")], "name": "m"}),
        ("scoredock/model/delete", {"id": "m:1"}),
        ("scoredock/workspace/collect", {}),
        ("scoredock/workspace/repair", {}),
        ("scoredock/workspace/backup", {"target": str(project / "b.tar")}),
    ]
    for method, params in refused:
        error = client.error(method, params)
        assert (error["data"]["code"], error["message"].endswith(sentence)) == ("workspace-newer", True), error
        assert error["data"]["fix"].startswith("Update Scoredock")
    assert not (project / "b.tar").exists()


def test_a_store_that_is_lost_under_the_server_is_repaired_and_seen_again(
    stocked: Client, home: Path, project: Path
) -> None:
    stocked.ask("scoredock/state/list", {"folders": [str(project)]})
    _store(home).unlink()
    assert stocked.error("scoredock/model/show", {"id": "m:1"})["data"]["code"] == "workspace-damaged"
    stocked.notified(
        "scoredock/workspace/changed", lambda params: "no longer exists" in params["workspaces"][0]["readOnly"]
    )
    found = stocked.ask("scoredock/workspace/repair", {})
    assert (len(found["done"]), found["left"]) == (1, [])
    stocked.notified("scoredock/workspace/changed", lambda params: not params["workspaces"][0]["readOnly"])
    assert stocked.ask("scoredock/model/show", {"id": "m:1"})["model"]["tags"] == {"a": "1"}
    (project / "weights.bin").write_bytes(b"4321")
    made = stocked.ask("scoredock/model/register", {"paths": [str(project / "weights.bin")], "name": "m"})
    assert made["id"] == "m:2"
    stocked.notified("scoredock/registry/changed")


KILLED = """
import os, pathlib, sys
from scoredock.temporary.fresh_files import FreshFile, FreshFolder
place = pathlib.Path(sys.argv[1])
parts = FreshFile(place), FreshFolder(place)
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_parts_of_a_writer_that_was_killed_beside_the_server_are_listed_and_removed(
    stocked: Client, home: Path
) -> None:
    place = home / "workspaces" / "local" / "images" / "layers"
    place.mkdir(parents=True)
    assert subprocess.run([sys.executable, "-c", KILLED, place]).returncode == -9
    parts = {str(path) for path in place.iterdir()}
    assert len(parts) == 3, "a file, a folder and its mark"
    assert parts <= {each["subject"] for each in stocked.ask("scoredock/workspace/verify", {})["problems"]}
    assert parts <= set(stocked.ask("scoredock/workspace/collect", {"dryRun": True})["paths"])
    stocked.ask("scoredock/workspace/collect", {})
    assert list(place.iterdir()) == []


def test_long_work_tells_its_rate_and_can_be_cancelled(client: Client, home: Path, project: Path) -> None:
    size = 400_000_000
    with (project / "big.bin").open("wb") as big:
        big.truncate(size)
    client.ask("scoredock/model/register", {"paths": [str(project / "big.bin")], "name": "big"})
    server = psutil.Process(client.process.pid)
    server.nice(5)  # on a busy machine this test is to hear of the work while there is some left
    target = project / "b.tar"
    asked: dict[str, dict[str, Any]] = {
        "verify": {"deep": True},
        "backup": {"target": str(target)},
        "restore": {"path": str(target), "name": "again"},
    }
    if not LONG:
        del asked["restore"]  # which needs a whole backup first
    for verb, params in asked.items():
        if verb == "restore":
            client.ask("scoredock/workspace/backup", {"target": str(target)})
        client.notifications.clear()
        request = client.begin(f"scoredock/workspace/{verb}", {**params, "workDoneToken": verb})
        told = client.notified("$/progress", lambda params: "/s" in str(params["value"].get("message", "")))
        server.suspend()  # or it might be done before the wish to cancel reaches it
        client.notify("window/workDoneProgress/cancel", {"token": verb})
        server.resume()
        assert "of 400 MB" in told["value"]["message"]
        assert 0 <= told["value"]["percentage"] < 100
        assert client.answer(request)["error"]["data"]["code"] == "cancelled"
        if verb != "restore":
            assert not target.exists()
        assert list(project.glob(".*")) == []
        assert [path.name for path in (home / "workspaces").iterdir()] == ["local"]
    assert client.ask("scoredock/workspace/verify", {})["problems"] == []
