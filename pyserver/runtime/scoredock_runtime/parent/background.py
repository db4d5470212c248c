"""Starts a parent that is not a descendant of its caller, and tells its first status."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING, List, Optional

from scoredock_runtime import contract

if TYPE_CHECKING:
    import subprocess


def start(folder: str) -> int:
    """Prints the first status as one JSON line. 0 when the service is starting, 1 when it failed at once."""
    folder = os.path.abspath(folder)
    text = _start_windows(folder) if sys.platform == "win32" else _start_posix(folder)
    if text is None:
        print(f"The parent process of {folder} ended before it told its status.", file=sys.stderr)
        return 1
    print(text, flush=True)
    return 1 if contract.status_from_json(text).phase == contract.FAILED else 0


def _start_posix(folder: str) -> Optional[str]:
    if sys.platform == "win32":
        return None
    report, tell = os.pipe()
    child = os.fork()
    if child == 0:
        # The middle process: leads a new session and ends, so that init adopts the parent and no process tree of the
        # caller's holds it (editors kill the whole tree of their language server).
        try:
            os.setsid()
            if os.fork() != 0:
                os._exit(0)
            _run_detached(folder, tell)
        finally:
            os._exit(1)
    os.close(tell)
    os.waitpid(child, 0)
    with os.fdopen(report, encoding="utf-8") as stream:
        return stream.readline().strip() or None


def _run_detached(folder: str, tell: int) -> None:
    from scoredock_runtime.parent.main import run

    # Nothing of the caller's stays open: a pipe kept here would make its reader wait for the life of the service.
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.dup2(tell, 3)
    os.set_inheritable(3, False)
    limit = os.sysconf("SC_OPEN_MAX")
    os.closerange(4, limit if 0 < limit < 65536 else 65536)
    os.chdir(os.path.dirname(folder))

    def first(text: str) -> None:
        # The caller may be gone; the status file holds the same.
        with contextlib.suppress(OSError):
            os.write(3, text.encode() + b"\n")
        os.close(3)

    os._exit(run(folder, first))


def _start_windows(folder: str) -> Optional[str]:
    import subprocess

    before = _status_text(folder)
    command = [sys.executable, "-m", "scoredock_runtime", "serve", folder]
    if sys.platform == "win32":
        breakaway = subprocess.CREATE_BREAKAWAY_FROM_JOB
        detached = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        breakaway = detached = 0
    try:
        process = _spawn_silent(command, breakaway | detached)
    except OSError:
        # The caller's job object forbids breaking away.
        process = _spawn_silent(command, detached)
    while True:
        ended = process.poll() is not None
        text = _status_text(folder)
        # Not compared by process id: the python.exe of a virtual environment starts the real one as its child.
        if text is not None and text != before:
            return text
        if ended:
            return None
        time.sleep(0.01)


def _spawn_silent(command: List[str], flags: int) -> subprocess.Popen[bytes]:
    import subprocess

    null = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=null, stdout=null, stderr=null, close_fds=True, creationflags=flags)


def _status_text(folder: str) -> Optional[str]:
    try:
        with open(os.path.join(folder, contract.STATUS_FILE), encoding="utf-8") as stream:
            return stream.read().strip()
    except (OSError, ValueError):
        return None
