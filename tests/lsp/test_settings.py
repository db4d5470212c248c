"""Settings of the editor reach services, and what is wrong with a data folder reaches the editor."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lsp.client import Client
from permissions import open_to_others

NAME = "settled"
SHOW = """
import os
from pathlib import Path


def init():
    pass


def run(data):
    files = sorted(path.name for path in Path.cwd().rglob("*.txt"))
    return {"files": files, "variables": {name: os.environ.get(name) for name in ("MY_FEATURE", "GITHUB_TOKEN")}}
"""
_NO_PERMISSIONS = pytest.mark.skipif(sys.platform == "win32", reason="permissions of this kind are not there")


@pytest.fixture
def deleted(home: Path) -> Iterator[None]:
    """The service, at the end, by a server of its own."""
    yield
    with Client(home) as last:
        last.initialize()
        last.ask("scoredock/service/delete", {"name": NAME})


def test_variables_and_links_that_the_settings_allow_reach_a_service(
    shared_environments: None, deleted: None, start: Callable[..., Client], project: Path, tmp_path: Path
) -> None:
    client = start(env={"MY_FEATURE": "on", "GITHUB_TOKEN": "ghp_secret"})
    (tmp_path / "outside.txt").write_text("of somebody else")
    (project / "linked.txt").symlink_to(tmp_path / "outside.txt")
    (project / "near.txt").write_text("near")
    script = project / "score.py"
    script.write_text(SHOW)
    asked = {"name": NAME, "entryScript": str(script), "sourceDirectory": str(project)}

    def answer() -> Any:
        return json.loads(client.ask("scoredock/service/call", {"name": NAME, "body": "1"})["body"])

    client.initialize(project)
    client.ask("scoredock/service/deploy", asked)
    assert answer() == {"files": ["near.txt"], "variables": {"MY_FEATURE": None, "GITHUB_TOKEN": None}}
    allowed = {"inheritedVariables": ["MY_FEATURE"], "followLinks": True}
    client.notify("workspace/didChangeConfiguration", {"settings": {"scoredock": {"deploy": allowed}}})
    client.ask("scoredock/service/update", asked)
    assert answer() == {"files": ["linked.txt", "near.txt"], "variables": {"MY_FEATURE": None, "GITHUB_TOKEN": None}}
    client.ask("scoredock/service/restart", {"name": NAME})
    assert answer() == {"files": ["linked.txt", "near.txt"], "variables": {"MY_FEATURE": "on", "GITHUB_TOKEN": None}}


def messages(client: Client) -> list[dict[str, Any]]:
    """What the editor was told to show, once all that came before has its answer."""
    client.ask("scoredock/workspace/list", {"folders": []})
    return [note["params"] for note in client.notifications if note["method"] == "window/showMessage"]


@_NO_PERMISSIONS
def test_each_data_folder_that_others_may_write_is_told_once(
    start: Callable[..., Client], home: Path, project: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    for folder in (home, other):
        folder.mkdir()
        folder.chmod(0o777)
    client = start()
    client.initialize(project)
    (first,) = messages(client)
    assert first["type"] == 2, "a warning"
    assert f"everyone can write to {home}" in first["message"]
    assert "chmod go-w" in first["message"]
    for chosen in (str(home), str(other), "", str(other)):
        client.notify("workspace/didChangeConfiguration", {"settings": {"scoredock": {"home": chosen}}})
    assert [f"everyone can write to {other}" in each["message"] for each in messages(client)] == [False, True]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="gives a folder to another account")
def test_an_editor_of_root_reads_the_data_folder_of_another_account(
    start: Callable[..., Client], home: Path, project: Path
) -> None:
    home.mkdir()
    os.chown(home, 61234, 61234)
    client = start()
    client.initialize(project)
    (first,) = messages(client)
    assert f"The data folder {home} belongs to user 61234; you are root." in first["message"]
    (project / "model.bin").write_bytes(b"12345")
    asked = {"paths": [str(project / "model.bin")], "name": "m"}
    assert client.error("scoredock/model/register", asked)["data"]["code"] == "workspace-not-yours"
    assert client.ask("scoredock/model/list", {})["models"] == []
    assert list(home.iterdir()) == []


@_NO_PERMISSIONS
def test_a_data_folder_of_ones_own_is_told_nothing_of(start: Callable[..., Client], home: Path, project: Path) -> None:
    home.mkdir(mode=0o700)
    client = start()
    client.initialize(project)
    assert messages(client) == []


@_NO_PERMISSIONS
def test_what_the_server_makes_can_be_written_by_nobody_else_whatever_the_umask(
    deleted: None, start: Callable[..., Client], home: Path, project: Path
) -> None:
    (project / "model.bin").write_bytes(b"12345")
    script = project / "score.py"
    script.write_text(SHOW)
    client = start(umask=0)
    client.initialize(project)
    client.ask("scoredock/model/register", {"paths": [str(project / "model.bin")], "name": "m"})
    asked = {"name": NAME, "entryScript": str(script), "models": ["m:1"]}
    client.ask("scoredock/service/deploy", asked)
    client.ask("scoredock/service/call", {"name": NAME, "body": "1"})
    found = open_to_others(home)
    assert {"score.py", "model.bin", "store.sqlite3"} <= {path.name for path in home.rglob("*")}
    assert found == []
