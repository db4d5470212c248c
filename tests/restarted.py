"""A service as it is after the machine was restarted: its processes are gone, and its status is of another start."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import psutil

from pace import patience
from scoredock_runtime import contract


def end_as_by_a_restart(folder: Path, *, in_order: bool) -> None:
    """Ends what runs of a service in a process. `in_order`: as a system that shuts down asks its processes to stop."""
    status = contract.read_status(folder)
    assert status is not None
    parent = psutil.Process(status.parent_pid)
    started = [parent, *parent.children(recursive=True)]
    if in_order:
        parent.terminate()
    else:
        for process in started:
            process.kill()
    psutil.wait_procs(started, timeout=patience(20))
    status = contract.read_status(folder)
    assert status is not None
    own = contract.beginning(os.getpid())
    former = own + contract.BOOT * (1 if own < 2 * contract.BOOT else -1) if own else psutil.boot_time() - 100
    (folder / contract.STATUS_FILE).write_text(contract.to_json(dataclasses.replace(status, parent_started=former)))
