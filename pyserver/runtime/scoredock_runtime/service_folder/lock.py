"""One parent for one service folder: a lock that the operating system lets go when its holder ends, however."""

from __future__ import annotations

import os
import sys
import time
from typing import Optional

LOCK_FILE = "parent.lock"
PATIENCE = 2.0
"""Seconds for a parent that is on its way out: a process that was killed lets go of its lock a moment after it has
vanished from the lists of processes."""


def acquire(folder: str) -> Optional[int]:
    """A descriptor to keep open for the life of the parent; None when another parent holds the lock.

    Raises OSError when the folder cannot be written."""
    descriptor = os.open(os.path.join(folder, LOCK_FILE), os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + PATIENCE
    while not _locked(descriptor):
        if time.monotonic() > deadline:
            os.close(descriptor)
            return None
        time.sleep(0.01)
    return descriptor


def _locked(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
