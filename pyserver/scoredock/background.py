"""Processes that go on when the program that made them has ended: drivers of batch jobs, forwarding to a cluster.

POSIX only; elsewhere they are started apart (see run.start_apart).
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Collection
from pathlib import Path


def fork_apart(folder: Path, keep: Collection[int] = ()) -> bool:
    """True in a new process that works in `folder` for itself, False in this one, which goes on.

    The new one has a session that nobody leads: init adopts it, so that no process tree of an editor holds it. Of what
    was open it has `keep`, and null for its standard streams. It ends by os._exit(). Raises OSError.
    """
    between = os.fork()
    if between != 0:
        os.waitpid(between, 0)
        return False
    try:
        os.setsid()
        if os.fork() != 0:
            os._exit(0)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        _let_go_of_all_but({0, 1, 2, null, *keep}, null)
        os.chdir(folder)
    except OSError:
        os._exit(1)
    return True


def _let_go_of_all_but(open_ones: set[int], null: int) -> None:
    """A pipe of the caller's that stayed open here would make its reader wait. What Python has of the caller, such as a
    kept connection to a cluster, may yet use and close its descriptors: their numbers lead to null, so that none of
    them becomes one of this process, a lock for example. Those beyond the limit of open files, which was lowered since,
    can become none, and lead nowhere."""
    for place in list(Path("/proc/self/fd" if sys.platform == "linux" else "/dev/fd").iterdir()):
        if int(place.name) not in open_ones:
            with contextlib.suppress(OSError):
                os.close(int(place.name))
                os.dup2(null, int(place.name), inheritable=False)
