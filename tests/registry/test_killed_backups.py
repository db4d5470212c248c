"""What a backup that was killed leaves behind goes with the next one into the same folder, whatever their names."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from scoredock.registry import Registry

from registry.test_backup import IDENTITY, back_up

KILLED = """
import json, os, signal, sys
from pathlib import Path
from scoredock.services.lifecycle.service_backup import CarriedServices
from scoredock.progress import CancelToken, Silent
from scoredock.registry.upkeep.backup import backup

class Deadly(Silent):
    def report(self, message, percentage=None):
        os.kill(os.getpid(), signal.SIGKILL)

work, target = map(Path, sys.argv[2:])
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
    words = ["-c", KILLED, json.dumps(IDENTITY), str(tmp_path / "work"), str(kept / "monday.tar")]
    done = subprocess.run([sys.executable, *words], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert len(list(kept.iterdir())) > len(others)
    back_up(tmp_path / "work", kept / "tuesday.tar")
    assert sorted(path.name for path in kept.iterdir()) == sorted([*others, "tuesday.tar"])
