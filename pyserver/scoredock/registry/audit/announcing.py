"""Who delivers events hears that the log has grown: a process of its own, where there are subscriptions and none runs.

Only its name stands here, as what it does lies far above the registry.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from filelock import FileLock, Timeout

from scoredock.contrib.table import is_there, module_of
from scoredock.processes import fork_apart

FOLDER, RECEIVERS, DELIVERING = "events", "receivers", "delivering"
_PROGRAM = module_of("events", "domain.process")
_SECONDS = 30.0
_starts: set[Path] = set()


def announce(workspace: Path) -> None:
    """Never raises: what cannot be delivered now is delivered by the next one."""
    if not has_subscriptions(workspace) or not is_there(_PROGRAM) or is_delivering(workspace):
        return
    try:
        _starts.add(workspace)
        _start(workspace)
    except OSError:
        return


def has_announced(workspace: Path) -> bool:
    """True if this program has already started a process that delivers; it may not have the lock yet."""
    return workspace in _starts


def has_subscriptions(workspace: Path) -> bool:
    """True if anybody is to hear of events."""
    try:
        with os.scandir(workspace / FOLDER / RECEIVERS) as entries:
            return any(not entry.name.startswith(".") for entry in entries)
    except OSError:
        return False


def is_delivering(workspace: Path) -> bool:
    """True if a process delivers the events of a workspace at this moment."""
    path = workspace / FOLDER / DELIVERING
    if not path.exists():
        return False
    lock = FileLock(str(path), mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _start(workspace: Path) -> None:
    from scoredock import run

    command = [sys.executable, "-I", "-m", _PROGRAM, str(workspace)]
    if os.name != "posix":
        run.start_apart([*command, "--stay"])
    elif threading.active_count() == 1:
        if fork_apart(workspace):
            try:
                run.become([*command, "--stay"], run.program_environment({}))
            finally:
                os._exit(1)
    else:
        # A fork of a process with threads may hold a lock of one of them, so a program goes to the background itself.
        run.run(command, cwd=workspace, env=run.program_environment({}), timeout=_SECONDS)
