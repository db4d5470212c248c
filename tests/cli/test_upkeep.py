"""`scoredock workspace verify|repair|gc|backup|restore` as one types them."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

import pytest
from scoredock.registry.store.schema import MIGRATIONS

from cli.conftest import SCRIPT, Terminal


@pytest.fixture
def shelf(terminal: Terminal) -> Terminal:
    terminal.ok("model", "register", "model.bin", "--name", "m")
    terminal.ok("model", "register", "score.py", "--name", "m")
    return terminal


def _store(terminal: Terminal) -> Path:
    return terminal.home / "workspaces" / "local" / "store.sqlite3"


def _blob(terminal: Terminal) -> Path:
    return next(
        path for path in (_store(terminal).parent / "blobs").rglob("*") if path.is_file() and path.stat().st_size == 5
    )


def test_verify_says_what_it_looked_at(shelf: Terminal) -> None:
    assert shelf.ok("workspace", "verify").splitlines() == [
        f"2 versions, 2 files, {5 + len(SCRIPT)} B; only sizes were compared; --deep reads every byte",
        "no problems found",
    ]
    found = shelf.json("workspace", "verify", "--deep")
    assert (found["problems"], found["versions"], found["deep"]) == ([], 2, True)


def test_a_problem_is_a_failing_exit(shelf: Terminal) -> None:
    blob = _blob(shelf)
    blob.chmod(0o600)
    blob.write_bytes(b"54321")
    blob.chmod(0o400)
    assert shelf.run("workspace", "verify").returncode == 0, "the size is right"
    done = shelf.run("workspace", "verify", "--deep")
    assert done.returncode == 1
    assert "✗ The file model.bin of m:1 has stored bytes that do not match their digest." in done.stdout
    assert "Register the same file again" in done.stdout
    assert shelf.run("workspace", "repair").returncode == 1
    shelf.ok("model", "register", "model.bin", "--name", "other")
    assert shelf.ok("workspace", "repair").splitlines() == ["nothing to repair"]


@pytest.mark.long("tests/registry/test_repair.py loses stores; tests/lsp/test_upkeep.py tells and repairs one")
def test_a_lost_store_is_told_and_repaired(shelf: Terminal) -> None:
    shelf.ok("model", "update", "m:1", "--tag", "stage=x")
    before = shelf.json("model", "list")
    _store(shelf).unlink()
    error = shelf.refused("model", "list")
    assert (error["code"], "scoredock workspace repair" in error["fix"]) == ("workspace-damaged", True)
    assert "its store.sqlite3 no longer exists" in shelf.json("workspace", "list")["workspaces"][0]["readOnly"]
    done = shelf.run("workspace", "verify")
    assert (done.returncode, "Repair the workspace" in done.stdout) == (1, True)
    assert "rebuilt (versions: 2, names: 1)" in shelf.ok("workspace", "repair")
    assert shelf.json("model", "list") == before
    assert shelf.json("workspace", "repair") == {"done": [], "left": []}


def test_gc_keeps_what_is_young(shelf: Terminal) -> None:
    stray = _store(shelf).parent / "tmp" / "blob-left"
    stray.write_bytes(b"12345678")
    # What nobody uses of Docker's any more may be named behind it.
    assert shelf.ok("workspace", "gc").splitlines()[0] == "removed 0 files, 0 B"
    os.utime(stray, (time.time() - 7200, time.time() - 7200))
    assert shelf.ok("workspace", "gc", "--grace", "1").splitlines()[0] == "removed 1 file, 8 B"
    done = shelf.json("workspace", "gc", "--grace", "0")
    assert [done[each] for each in ("files", "bytes", "purged", "kept", "dockerInUse")] == [0, 0, [], "", []]
    assert shelf.refused("workspace", "gc", "--grace", "-1", code=2)["code"] == "usage"
    assert shelf.refused("workspace", "gc", "--grace", "nan", code=2)["code"] == "usage"


def test_backup_and_restore(shelf: Terminal, tmp_path: Path) -> None:
    done = shelf.run("workspace", "backup", "b.tar")
    steps = [line.split(",")[0] for line in done.stderr.splitlines()]
    assert steps[:2] == ["Copying the store", "Backing up"], "each step has a name"
    told = done.stdout
    assert told.startswith(f"backed up 2 versions and 0 services to {shelf.folder / 'b.tar'}")
    assert shelf.refused("workspace", "backup", "b.tar")["code"] == "backup-exists"
    shelf.ok("workspace", "backup", "b.tar", "--overwrite")
    assert shelf.json("workspace", "restore", "b.tar", "--name", "copy", "--use")["isActive"]
    assert [model["id"] for model in shelf.json("model", "list")["models"]] == ["m:2", "m:1"]
    assert "no problems found" in shelf.ok("workspace", "verify", "--deep")
    assert shelf.refused("workspace", "restore", "b.tar", "--name", "copy")["code"] == "workspace-exists"
    assert shelf.refused("workspace", "restore", "model.bin")["code"] == "backup-invalid"
    assert shelf.refused("workspace", "restore", "gone")["code"] == "file-not-found"
    other = Terminal(tmp_path / "elsewhere", shelf.folder)
    other.ok("model", "list")
    assert "restored the workspace local (local)" in other.ok("workspace", "restore", "b.tar"), "that one was empty"
    assert [info["id"] for info in other.json("workspace", "list")["workspaces"]] == ["local"]
    assert [model["id"] for model in other.json("model", "list")["models"]] == ["m:2", "m:1"]
    assert "restored the workspace local-restored" in other.ok("workspace", "restore", "b.tar"), "and holds two models"


@pytest.mark.long("tests/lsp/test_upkeep.py shows a newer store and refuses to change it")
def test_a_newer_store_can_be_read_and_says_why_not_more(shelf: Terminal) -> None:
    connection = sqlite3.connect(_store(shelf))
    connection.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    connection.close()
    sentence = (
        f"was written by a newer Scoredock (store version {len(MIGRATIONS) + 1}, this program knows {len(MIGRATIONS)})"
    )
    assert [model["id"] for model in shelf.json("model", "list")["models"]] == ["m:2", "m:1"]
    assert sentence in shelf.json("workspace", "show")["readOnly"]
    assert "no problems found" in shelf.ok("workspace", "verify", "--deep")
    for words in (
        ("model", "register", "model.bin", "--name", "m"),
        ("model", "delete", "m:1"),
        ("workspace", "gc"),
        ("workspace", "repair"),
        ("workspace", "backup", "b.tar"),
    ):
        error = shelf.refused(*words)
        assert (error["code"], error["fix"].startswith("Update Scoredock")) == ("workspace-newer", True), words
        assert sentence in error["message"]
    assert not (shelf.folder / "b.tar").exists()
