"""What Scoredock keeps is readable by its owner only, also what an older release left open."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from built_runtime import built_runtime
from events.conftest import Terminal, terminal

__all__ = ["terminal"]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights otherwise")
SCRIPT = "def init():\n    pass\n\n\ndef run(mini_batch):\n    return list(mini_batch)\n"


def open_to_others(folder: Path) -> list[str]:
    """What others could read or enter, but for links."""
    paths = [path for path in (folder, *folder.rglob("*")) if not path.is_symlink()]
    return [str(path.relative_to(folder)) for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_opening_the_home_closes_what_an_older_release_left_open(terminal: Terminal) -> None:
    terminal.register()
    endpoints = terminal.workspace / "endpoints"
    endpoints.mkdir()
    endpoints.chmod(0o755)
    (terminal.workspace / "store.lock").chmod(0o644)
    terminal.workspace.chmod(0o755)
    assert terminal.json("workspace", "verify")["problems"] == []
    assert open_to_others(terminal.workspace) == []
    endpoints.chmod(0o755)
    seen = next(each for each in terminal.json("doctor")["rows"] if each["title"] == "Workspaces")
    assert seen["state"] == "fine"


def test_batch_jobs_and_events_write_nothing_that_others_can_read(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text(SCRIPT)
    (terminal.folder / "packages.txt").write_text("azureml-defaults\n")
    (terminal.folder / "input").mkdir()
    (terminal.folder / "input" / "one.txt").write_text("1")
    terminal.json("event", "subscribe", "all", "--url", "http://127.0.0.1:9/away", "--no-handshake")
    words = ("--es", "score.py", "--environment-file", "packages.txt", "-i", "input", "-o", "output")
    with built_runtime():
        terminal.json("batch", "run", "-n", "job", *words)
    terminal.register()
    terminal.await_subscription("all", lambda each: bool(each["lastError"]))
    for name in ("batch", "events", "audit"):
        assert list((terminal.workspace / name).rglob("*"))
        assert open_to_others(terminal.workspace / name) == []
    assert open_to_others(terminal.home / "batch-outputs") == []
