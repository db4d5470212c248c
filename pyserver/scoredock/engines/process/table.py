"""Finds the processes of our services in the process table, and tells ours from those of others."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import psutil

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.processes import began, began_at
from scoredock_runtime import contract
from scoredock_runtime.contract_variables import MARKER


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
    """True if a process that began then did so before the machine was started last."""
    own = contract.beginning(os.getpid())
    if own and started >= contract.BOOT:
        return own // contract.BOOT != started // contract.BOOT
    return psutil.boot_time() > started + 1


def parents_below(owner: Path) -> list[Path]:
    """Service folders below a workspace folder that a running parent of the runtime names."""
    prefixes = [f"{each}{os.sep}" for each in _spellings(owner)]
    folders = (
        owner / folder[len(prefix) :] for _, folder in _parents() for prefix in prefixes if folder.startswith(prefix)
    )
    return list(dict.fromkeys(folders))


def belonging_to(folder: Path) -> list[psutil.Process]:
    """Parents of a service folder, and whatever its workers left behind."""
    spellings = _spellings(folder)
    own = os.getpid()
    processes = [process for process, named in _parents() if named in spellings]
    seen = {process.pid for process in processes} | {own}
    for process in psutil.process_iter():
        if process.pid in seen:
            continue
        with contextlib.suppress(psutil.Error, OSError):
            mark = process.environ().get(MARKER, "").rpartition("#")[0]
            if not mark or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if mark in spellings or (not Path(mark).exists() and _works_in(process, spellings)):
                processes.append(process)
    return processes


def is_moved(pid: int, folder: Path) -> bool:
    """True if the parent of a service was started where the folder was before somebody moved it, so that what it writes
    does not come here."""
    try:
        words = psutil.Process(pid).cmdline()
    except (psutil.Error, OSError):
        return False
    return _is_parent(words) and words[-1] not in _spellings(folder) and not Path(words[-1]).exists()


def _spellings(folder: Path) -> tuple[str, ...]:
    """Paths of a folder as it is named, and as the system names it."""
    return tuple(dict.fromkeys((str(folder), os.path.realpath(folder))))


def _works_in(process: psutil.Process, folders: Iterable[str]) -> bool:
    """True if the working directory, which goes along with a folder that is moved, is in one of the folders."""
    inside = process.cwd() + os.sep
    return any(inside.startswith(each + os.sep) for each in folders)


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
    """Parent processes, with the folder of each. Of one whose folder was moved while it runs, the place of now: it
    works in the folder around its own."""
    own = os.getpid()
    for process in psutil.process_iter():
        if process.pid == own:
            continue
        with contextlib.suppress(psutil.Error, OSError):
            words = process.cmdline()
            if not _is_parent(words) or process.status() == psutil.STATUS_ZOMBIE:
                continue
            folder = Path(words[-1])
            here = folder if folder.exists() else Path(process.cwd(), folder.name)
            yield process, str(here if here.exists() else folder)


def _is_parent(words: Sequence[str]) -> bool:
    """True if a command line is that of the parent of a service."""
    return words[-2:-1] in (["start"], ["serve"]) and "scoredock_runtime" in words
