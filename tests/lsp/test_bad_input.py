"""Hostile strings and a workspace that disappears: the server answers in a sentence and works again afterwards."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lsp.client import Client

HALF = "a\ud800"
NUL = "a\0"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One server for all that is refused, as nothing of that changes anything."""
    folder = tmp_path_factory.mktemp("refused")
    with Client(folder / "home") as client:
        client.initialize(folder)
        yield client


@pytest.mark.parametrize("text", [HALF, NUL], ids=["half", "nul"])
@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("model/register", {"paths": ["?"], "name": "m"}),
        ("model/propose", {"paths": ["?"]}),
        ("model/download", {"id": "m:1", "target": "?"}),
        ("model/show", {"id": "?"}),
        ("service/show", {"name": "?"}),
        ("service/deploy", {"name": "svc-one", "entryScript": "?"}),
        ("service/deploy", {"name": "svc-one", "entryScript": "/s.py", "sourceDirectory": "?"}),
        ("service/deploy", {"name": "svc-one", "entryScript": "/s.py", "models": ["?"]}),
        ("service/deploy", {"name": "svc-one", "entryScript": "/s.py", "environmentVariables": {"A": "?"}}),
        ("package/create", {"service": "svc-one", "outputPath": "?"}),
        ("package/create", {"service": "svc-one", "outputPath": "/a", "name": "?"}),
        ("package/save", {"image": "?", "outputPath": "?"}),
        ("package/export", {"image": "?", "kind": "iot-edge", "outputPath": "/tmp/scoredock-none"}),
        ("service/propose", {"path": "?"}),
        ("workspace/use", {"id": "local", "folder": "?"}),
        ("workspace/connect", {"configPath": "?"}),
        ("document/check", {"paths": ["?"]}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_strings_that_are_no_text(shared: Client, method: str, params: dict[str, Any], text: str) -> None:
    told = shared.error(f"scoredock/{method}", _with(params, text))
    assert told["data"]["code"] != "internal-error", told
    assert told["data"]["fix"]


def test_a_workspace_folder_that_is_deleted_under_the_server(client: Client, tmp_path: Path) -> None:
    model = tmp_path / "model.bin"
    model.write_bytes(b"1")
    register = {"paths": [str(model)], "name": "m"}
    assert client.ask("scoredock/model/register", register)["id"] == "m:1"
    assert client.ask("scoredock/service/list", {}) == {"services": []}
    script = tmp_path / "score.py"
    script.write_text("def run(data):\n    return data\n")
    shutil.rmtree(client.home / "workspaces" / "local")
    # The first to ask is a deployment: it is refused for its script, and the folder is made for it.
    deploy = {"name": "serve", "entryScript": str(script), "registerModels": [register]}
    assert client.error("scoredock/service/deploy", deploy)["data"]["code"] == "check-failed"
    shutil.rmtree(client.home / "workspaces" / "local", ignore_errors=True)
    time.sleep(2)
    assert client.ask("scoredock/model/register", register)["id"] == "m:1"
    assert len(client.ask("scoredock/model/list", {})["models"]) == 1
    assert client.ask("scoredock/service/list", {}) == {"services": []}
    assert sum("could not be read" in line for line in client.log) <= 1


def test_a_store_that_is_lost_is_told_once(client: Client, tmp_path: Path) -> None:
    """The models are there still, so no new store is made over them; the log is not flooded."""
    model = tmp_path / "model.bin"
    model.write_bytes(b"1")
    client.ask("scoredock/state/list", {"folders": [str(tmp_path)]})
    client.ask("scoredock/model/register", {"paths": [str(model)], "name": "m"})
    (client.home / "workspaces" / "local" / "store.sqlite3").unlink()
    time.sleep(3)
    assert client.error("scoredock/model/list", {})["data"]["code"] == "workspace-damaged"
    assert sum("could not be read" in line for line in client.log) <= 2


def _with(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {key: _with(each, text) for key, each in value.items()}
    if isinstance(value, list):
        return [_with(each, text) for each in value]
    return text if value == "?" else value


@pytest.mark.parametrize(
    "text", ["two\nlines", "red\x1b[31m", "\u202egnp.x", "x" * 100_000], ids=["lines", "escape", "turn", "long"]
)
@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("workspace/connect", {"configPath": "?"}),
        ("workspace/restore", {"path": "?"}),
        ("document/check", {"paths": ["?"]}),
        ("document/explain", {"code": "?"}),
        ("model/register", {"paths": ["?"], "name": "m"}),
        ("dataset/register", {"path": "?", "name": "m"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_odd_text_is_told_in_one_short_line(shared: Client, method: str, params: dict[str, Any], text: str) -> None:
    told = shared.error(f"scoredock/{method}", _with(params, text))
    assert len(told["message"]) <= 4_000
    assert not set(told["message"]) & set("\n\x1b\u202e")
