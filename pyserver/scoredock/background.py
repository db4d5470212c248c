"""Processes that go on when the program that made them has ended: drivers of batch jobs, forwarding to a cluster.

POSIX only; elsewhere they are started apart (see run.start_apart).
"""

from __future__ import annotations

import os
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
        # A pipe of the caller's that stayed open here would make its reader wait.
        _close_all_but({0, 1, 2, *keep})
        os.chdir(folder)
    except OSError:
        os._exit(1)
    return True


def _close_all_but(open_ones: set[int]) -> None:
    first = 0
    for descriptor in [*sorted(open_ones), os.sysconf("SC_OPEN_MAX")]:
        if first < descriptor:  # an empty range would be every one there is
            os.closerange(first, descriptor)
        first = descriptor + 1
