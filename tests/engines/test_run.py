"""How programs end that are started for a person: late or cancelled, each time with all they started."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.run import TimedOut, run

FAMILY = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
partial = pathlib.Path(sys.argv[1] + ".part")
partial.write_text(f"{os.getpid()} {child.pid}")
partial.rename(sys.argv[1])
time.sleep(600)
"""
"""Writes down its process and its child's, and waits for ever."""


def alive(file: Path) -> list[int]:
    """The processes that `FAMILY` wrote down and that still run."""
    pids = [int(word) for word in file.read_text().split()]
    return [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


def ended(file: Path) -> bool:
    """Whether all of them end; a signal reaches a grandchild a moment after the first process is gone."""
    deadline = time.monotonic() + 30
    while alive(file) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(file)


def test_a_program_that_is_late_is_ended_with_all_it_started(tmp_path: Path) -> None:
    noted = tmp_path / "pids"
    # Long enough for two interpreters to start on a loaded machine; the assertion below needs what they write down.
    with pytest.raises(TimedOut, match=r"did not end within 4 s"):
        run([sys.executable, "-c", FAMILY, str(noted)], timeout=4)
    assert ended(noted)


def test_a_cancel_ends_the_program_before_its_time_is_over(tmp_path: Path) -> None:
    noted = tmp_path / "pids"
    token = CancelToken()

    def cancel() -> None:
        while not noted.exists():
            time.sleep(0.01)
        token.cancel()

    threading.Thread(target=cancel, daemon=True).start()
    with pytest.raises(ScoredockError) as caught:
        run([sys.executable, "-c", FAMILY, str(noted)], timeout=600, cancel=token)
    assert caught.value.code == "cancelled"
    assert ended(noted)


STARTER = """
import os, sys
from scoredock.run import run
run([sys.executable, "-c", "pass"])
if os.fork() == 0:  # as a driver of a batch job, which goes on
    sys.stdin.read()
    os._exit(0)
run([sys.executable, "-c", *sys.argv[1:]])
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX only")
def test_a_program_ends_with_all_it_started_when_its_starter_is_killed(tmp_path: Path) -> None:
    noted = tmp_path / "pids"
    words = [sys.executable, "-c", STARTER, FAMILY, str(noted)]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as starter:
        while not noted.exists():
            assert starter.poll() is None
            time.sleep(0.01)
        assert len(alive(noted)) == 2
        starter.kill()
        assert ended(noted)
