"""Finds the processes of our services in the process table, and tells ours from those of others."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.run import began, began_at
from scoredock_runtime import contract

_WORKER_MARK = "SCOREDOCK_WORKER"
"""Set by the runtime in every worker and what it starts: the service folder, `#` and a number."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One process, and not another one that got its number later."""

    pid: int
    started: float
    """As `run.began` tells it."""

    def process(self) -> psutil.Process | None:
        """The process when it still runs; a zombie does not."""
        if self.pid <= 0:
            return None
        try:
            process = psutil.Process(self.pid)
            return process if began_at(process, self.started) and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None

    def alive(self) -> bool:
        return self.process() is not None


def own_identity() -> Identity:
    """This very process, as a lease names its holder."""
    return Identity(os.getpid(), began(psutil.Process()))


def before_this_boot(started: float) -> bool:
    """Whether a process that began then did so before the machine was started last."""
    own = contract.beginning(os.getpid())
    if own and started >= contract.BOOT:
        return own // contract.BOOT != started // contract.BOOT
    return psutil.boot_time() > started + 1


def parents_below(owner: Path) -> list[Path]:
    """Service folders below a workspace folder that a running parent of the runtime names."""
    prefix = str(owner) + os.sep
    folders = (folder for _, folder in _parents() if folder.startswith(prefix))
    return [Path(folder) for folder in dict.fromkeys(folders)]


def belonging_to(folder: Path) -> list[psutil.Process]:
    """Parents of a service folder, and whatever its workers left behind."""
    service_folder = str(folder)
    own = os.getpid()
    processes = [process for process, named in _parents() if named == service_folder]
    seen = {process.pid for process in processes} | {own}
    for process in psutil.process_iter():
        if process.pid in seen:
            continue
        with contextlib.suppress(psutil.Error, OSError):
            if (
                process.environ().get(_WORKER_MARK, "").startswith(f"{service_folder}#")
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                processes.append(process)
    return processes


def holder_of_port(port: int) -> str:
    """`name (process 123)` of the program that listens on a port, or empty where the system does not tell."""
    try:
        for connection in psutil.net_connections("tcp"):
            if (
                connection.status == psutil.CONN_LISTEN
                and connection.laddr
                and connection.laddr.port == port
                and connection.pid
            ):
                return l10n.t(
                    "{program} (process {pid})", program=psutil.Process(connection.pid).name(), pid=connection.pid
                )
    except (psutil.Error, OSError):
        return ""
    return ""


def _parents() -> Iterator[tuple[psutil.Process, str]]:
    own = os.getpid()
    for process in psutil.process_iter():
        if process.pid == own:
            continue
        with contextlib.suppress(psutil.Error, OSError):
            arguments = process.cmdline()
            for verb in ("start", "serve"):
                if (
                    arguments[-2:-1] == [verb]
                    and "scoredock_runtime" in arguments
                    and process.status() != psutil.STATUS_ZOMBIE
                ):
                    yield process, arguments[-1]
