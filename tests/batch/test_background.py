"""A process that goes on when the program that made it has ended has nothing of that program's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from batch.conftest import until

PROGRAM = """
import os
import socket
import sys
import time
from pathlib import Path

from filelock import FileLock
from scoredock.processes import fork_apart

kept = [*socket.socketpair(), *socket.socketpair()]  # as connections to a cluster
if fork_apart(Path(sys.argv[1])):
    lock = FileLock("driver.lock")
    lock.acquire()
    for each in kept:
        each.close()
    Path("closed").touch()
    while not Path("end").exists():
        time.sleep(0.02)
    os._exit(0)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX alone forks")
def test_what_the_program_before_had_open_does_not_end_a_lock(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", PROGRAM, tmp_path], check=True, timeout=60, stdout=subprocess.PIPE)
    try:
        for _ in until(30, "the close of what the program before had open"):
            if (tmp_path / "closed").exists():
                break
        with pytest.raises(Timeout):
            FileLock(str(tmp_path / "driver.lock")).acquire(timeout=0)
    finally:
        (tmp_path / "end").touch()
