"""What a backup that was killed leaves behind goes with the next command, or the next one into the same folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from scoredock.registry import Registry
from scoredock.workspace import Workspaces

from registry.test_backup import IDENTITY, back_up

KILLED = """
import json, os, signal, sys
from pathlib import Path
from scoredock.services.lifecycle.service_backup import CarriedServices
from scoredock.progress import CancelToken, Silent
from scoredock.registry.upkeep.backup import backup

reports = int(sys.argv[4])

class Deadly(Silent):
    def report(self, message, percentage=None):
        global reports
        reports -= 1
        if not reports:
            os.kill(os.getpid(), signal.SIGKILL)

work, target = map(Path, sys.argv[2:4])
identity = json.loads(sys.argv[1])
backup(work, identity, target, CarriedServices(), overwrite=False, progress=Deadly(), cancel=CancelToken())
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_what_killed_backups_leave_goes_with_the_next_under_any_name(tmp_path: Path) -> None:
    Registry(tmp_path / "work")
    kept = tmp_path / "kept"
    kept.mkdir()
    for name in (others := [".mine.part", "video.mp4.part", ".video.0123456789ab.part.txt"]):
        (kept / name).write_text("of somebody else")
    assert _killed(tmp_path / "work", kept / "monday.tar") > len(others)
    back_up(tmp_path / "work", kept / "tuesday.tar")
    assert sorted(path.name for path in kept.iterdir()) == sorted([*others, "tuesday.tar"])


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_what_a_killed_backup_leaves_goes_with_the_next_command(tmp_path: Path) -> None:
    """In a folder of the person's, which no other backup may ever be written to."""
    home, kept = tmp_path / "home", tmp_path / "kept"
    kept.mkdir()
    (kept / ".mine.part").write_text("of somebody else")
    workspace = Workspaces(home).open("local").folder
    (tmp_path / "model.bin").write_bytes(b"12345")
    _run(home, "model", "register", str(tmp_path / "model.bin"))
    assert _killed(workspace, kept / "monday.tar") == 1 + 1
    assert _killed(workspace, kept / "tuesday.tar", at=2) == 1 + 2, "the first one's is gone, and there is a copy"
    _run(home, "model", "list")
    assert [path.name for path in kept.iterdir()] == [".mine.part"]
    assert not [path for path in workspace.iterdir() if path.name.startswith("backups")]


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_what_cannot_be_removed_is_named(tmp_path: Path) -> None:
    """A disk that is not there keeps the parts until it is back; a part that cannot be removed is told by `verify`."""
    home, kept, away = tmp_path / "home", tmp_path / "kept", tmp_path / "away"
    kept.mkdir()
    workspace = Workspaces(home).open("local").folder
    _killed(workspace, kept / "monday.tar")
    kept.rename(away)
    _run(home, "model", "list")
    away.rename(kept)
    (part,) = (path for path in kept.iterdir() if path.name.endswith(".part") and ".store." not in path.name)
    for path in kept.iterdir():
        path.unlink()
    part.mkdir()
    problems = json.loads(_run(home, "workspace", "verify", "--json", code=1))["problems"]
    assert [each["subject"] for each in problems] == [str(part)]
    part.rmdir()
    assert json.loads(_run(home, "workspace", "verify", "--json"))["problems"] == []


def _killed(workspace: Path, target: Path, at: int = 1) -> int:
    """How many files there are beside a target when its backup was killed at one of its reports."""
    words = ["-c", KILLED, json.dumps(IDENTITY), str(workspace), str(target), str(at)]
    assert subprocess.run([sys.executable, *words], check=False, timeout=60).returncode == -signal.SIGKILL
    return len(list(target.parent.iterdir()))


def _run(home: Path, *words: str, code: int = 0) -> str:
    environment = {**os.environ, "SCOREDOCK_HOME": str(home)}
    command = [sys.executable, "-m", "scoredock.cli", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == code, done.stderr
    return done.stdout
