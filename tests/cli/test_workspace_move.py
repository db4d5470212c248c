"""Services and models that a folder deployed before its config.json named the workspace: found, and moved."""

from __future__ import annotations

import json
import shutil
import urllib.request
from pathlib import Path

import pytest

from .conftest import SCRIPT, Terminal
from .test_folder_workspace import NAME, configure

pytestmark = pytest.mark.usefixtures("shared_environments")


@pytest.fixture
def old(terminal: Terminal, environments: Path) -> Terminal:
    """A folder with a model of two versions and an alias, a running service, a model of its files, and a stranger's."""
    folder = terminal.folder
    (folder / "score.py").write_text(SCRIPT)
    (folder / "weights.bin").write_bytes(b"1234")
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "stranger.bin").write_bytes(b"strange bytes")
    terminal.ok("model", "register", str(elsewhere / "stranger.bin"), "--name", "stranger")
    for content in (b"one", b"two"):
        (folder / "used.bin").write_bytes(content)
        terminal.ok("model", "register", "used.bin", "--name", "used", "--tag", "stage=dev")
    (folder / "used.bin").unlink()
    terminal.ok("model", "register", "weights.bin", "--name", "weights")
    terminal.ok("model", "alias", "used:1", "champion")
    terminal.ok("service", "deploy", "adder", "--model", "used:2", "--entry-script", "score.py")
    configure(folder)
    return terminal


def call(terminal: Terminal, *words: str) -> object:
    service = terminal.json("service", "show", "adder", *words)
    request = urllib.request.Request(service["scoringUri"], b'{"data": [1, 2]}', {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def models(terminal: Terminal, workspace: str) -> list[str]:
    return sorted(each["id"] for each in terminal.json("model", "list", "-w", workspace)["models"])


def test_what_a_folder_left_is_found_moved_and_taken_back(old: Terminal) -> None:
    told = old.run("model", "list")
    assert "scoredock workspace move" in told.stderr.splitlines()[1]
    assert "adder, used, weights" in told.stderr
    shown = old.run("service", "show", "adder")
    assert shown.returncode == 0, "found although it is in another workspace"
    assert "Healthy" in shown.stdout
    assert call(old) == 3
    assert old.refused("service", "show", "nobody")["code"] == "service-not-found"
    assert old.refused("model", "show", "stranger")["code"] == "model-not-found", "of another folder"
    planned = old.json("workspace", "move", "--dry-run")
    assert (planned["services"], planned["models"]) == (["adder"], ["used", "weights"])
    assert models(old, "local") == ["stranger:1", "used:1", "used:2", "weights:1"]

    moved = old.json("workspace", "move")
    assert (moved["services"], moved["models"], moved["left"]) == (["adder"], ["used", "weights"], [])
    assert models(old, "local") == ["stranger:1"]
    assert models(old, NAME) == ["used:1", "used:2", "weights:1"]
    version = old.json("model", "show", "used@champion", "-w", NAME)["model"]
    assert (version["id"], version["tags"]) == ("used:1", {"stage": "dev"})
    assert old.json("service", "list", "-w", "local")["services"] == []
    assert old.json("service", "show", "adder", "-w", NAME)["state"] == "Healthy", "it ran, so it runs"
    assert call(old, "-w", NAME) == 3
    assert "no problems found" in (done := old.run("workspace", "verify")).stdout, done.stdout
    assert "workspace move" not in old.run("model", "list").stderr
    assert old.run("workspace", "move").stdout.strip() == "nothing was moved"

    back = old.json("workspace", "move", "--from", NAME, "--to", "local")
    assert (back["services"], back["models"], back["left"]) == (["adder"], ["used", "weights"], [])
    assert models(old, "local") == ["stranger:1", "used:1", "used:2", "weights:1"]
    assert old.json("model", "show", "used@champion", "-w", "local")["model"]["id"] == "used:1"
    assert call(old, "-w", "local") == 3
    assert old.ok("workspace", "verify", "local").splitlines()[-1] == "no problems found"
    old.ok("service", "delete", "adder", "-w", "local")


def test_what_is_there_already_stays_and_is_said(old: Terminal) -> None:
    (old.folder / "other.bin").write_bytes(b"other bytes")
    old.ok("model", "register", "other.bin", "--name", "used", "-w", NAME)
    done = old.run("workspace", "move", "--json")
    assert done.returncode == 1
    moved = json.loads(done.stdout)
    assert moved["models"] == ["weights"]
    assert moved["services"] == []
    assert [each.partition(":")[0] for each in moved["left"]] == ["used", "adder"]
    assert models(old, "local") == ["stranger:1", "used:1", "used:2"]
    assert old.json("service", "show", "adder", "-w", "local")["state"] == "Healthy"
    old.ok("service", "delete", "adder", "-w", "local")


def test_a_killed_move_is_finished_by_the_next(old: Terminal) -> None:
    """Models are copied, and the service is there twice."""
    old.ok("service", "stop", "adder", "-w", "local")
    source = old.home / "workspaces" / "local"
    for number in ("1", "2"):
        old.ok("model", "download", f"used:{number}", "--target-dir", f"copy{number}", "-w", "local")
    for number in ("1", "2"):
        old.ok("model", "register", f"copy{number}/used.bin", "--name", "used", "-w", NAME)
        shutil.rmtree(old.folder / f"copy{number}")
    target = next((old.home / "workspaces").glob(f"{NAME}-*"))
    shutil.copytree(source / "services" / "adder", target / "services" / "adder")
    moved = old.json("workspace", "move")
    assert (moved["services"], moved["models"], moved["left"]) == (["adder"], ["used", "weights"], [])
    assert models(old, NAME) == ["used:1", "used:2", "weights:1"]
    assert old.json("service", "show", "adder", "-w", NAME)["state"] == "Stopped"
    old.ok("service", "start", "adder", "-w", NAME)
    assert call(old, "-w", NAME) == 3
    old.ok("service", "delete", "adder", "-w", NAME)
