"""Processes that are halted, for certain, before a test goes on."""

from __future__ import annotations

import time

import psutil

_PATIENCE = 20.0


def suspend(process: psutil.Process) -> None:
    """Halts `process` and comes back when each of its threads stands.

    SIGSTOP reaches one thread, and that one stops the others: on a busy machine they may go on for a while.
    """
    process.suspend()
    deadline = time.monotonic() + _PATIENCE
    while not _stands(process):
        assert time.monotonic() < deadline, f"process {process.pid} goes on"
        time.sleep(0.005)


def _stands(process: psutil.Process) -> bool:
    return all(psutil.Process(thread.id).status() == psutil.STATUS_STOPPED for thread in process.threads())
