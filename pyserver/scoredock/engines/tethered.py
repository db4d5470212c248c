"""A service for the length of one block: the real runtime in a process of ours, which ends with us and leaves
nothing."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from scoredock import l10n, threads
from scoredock.engines.base import Launch
from scoredock.engines.failure import LaunchFailed
from scoredock.engines.parent_control import read_status, write_spec
from scoredock.engines.process.table import belonging_to
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.run import Tethered, end_process, service_environment, tethered
from scoredock_runtime import contract
from scoredock_runtime.contract import Failure, ServiceStatus

_GRACE_SECONDS = 8.0
"""For the parent to end its worker and whatever that one started."""
_FIRST_SECONDS = 60.0
"""For the parent to tell its first status; it imports nothing of the person's."""
_LOOK_SECONDS = 0.1


class TetheredService:
    """Made by `tethered_service`."""

    def __init__(self, launch: Launch, program: Tethered, memory_limit: int) -> None:
        self.folder = launch.folder
        self.nonce = launch.nonce
        self.peak = 0
        """Most resident bytes that were seen."""
        self.exceeded = False
        """It used more than the limit and was ended for that."""
        self._launch = launch
        self._program = program
        self._limit = memory_limit
        self._over = threading.Event()
        self._watch = threads.start(self._look_at_memory, name="try-memory", at_fault=threads.again)

    def await_ready(self, cancel: CancelToken) -> int:
        """The port, once init() has returned. Raises LaunchFailed, ScoredockError `cancelled`,
        `environment-build-failed`."""
        deadline = time.monotonic() + _FIRST_SECONDS + self._launch.start_timeout
        while True:
            status = self.status()
            if status is not None and status.phase == contract.READY:
                return status.port
            if self._program.ended() or (status is not None and status.phase in (contract.FAILED, contract.STOPPED)):
                cancel.raise_if_cancelled()
                raise LaunchFailed(self.failure() or self._unexplained())
            if time.monotonic() > deadline:
                raise LaunchFailed(
                    Failure(contract.SERVICE_CRASHED, l10n.t("The runtime did not report its state in time."))
                )
            if cancel.wait(0.02):
                cancel.raise_if_cancelled()

    def status(self) -> ServiceStatus | None:
        return read_status(self.folder)

    def failure(self) -> Failure | None:
        """Failure that it ended with; None if there is none."""
        status = self.status()
        return status.failure if status is not None else None

    def await_failure(self, seconds: float) -> Failure | None:
        """The same, for a worker that has just gone away in the middle of a request."""
        deadline = time.monotonic() + seconds
        while (found := self.failure()) is None and time.monotonic() < deadline and not self.exceeded:
            time.sleep(0.02)
        return found

    def memory(self) -> int:
        """Resident bytes of the workers and what they started, now."""
        status = self.status()
        total = 0
        for pid in status.worker_pids if status is not None else ():
            with contextlib.suppress(psutil.Error):
                worker = psutil.Process(pid)
                for process in (worker, *worker.children(recursive=True)):
                    with contextlib.suppress(psutil.Error):
                        total += process.memory_info().rss
        self.peak = max(self.peak, total)
        return total

    def kill(self) -> None:
        """Ends it at once; from any thread."""
        self._program.kill()

    def end(self) -> None:
        self._over.set()
        self._watch.join()

    def _look_at_memory(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            if self.memory() > self._limit:
                self.exceeded = True
                self.kill()
                return

    def _unexplained(self) -> Failure:
        return Failure(
            contract.SERVICE_CRASHED, self._program.complaint() or l10n.t("The runtime ended without any output.")
        )


@contextlib.contextmanager
def tethered_service(launch: Launch, memory_limit: int, cancel: CancelToken) -> Iterator[TetheredService]:
    """Starts it, and ends it with the block: by itself, else killed. A cancel ends it at once.

    Raises ScoredockError `runtime-missing`, and OSError for the folder.
    """
    if not launch.python.is_file():
        raise ScoredockError(
            "runtime-missing",
            l10n.t("The environment's interpreter {python} no longer exists.", python=launch.python),
            l10n.t("Try again; the environment is built again."),
        )
    write_spec(launch.folder / contract.SPEC_FILE, launch, restarts=False)
    command = [str(launch.python), "-I", "-m", "scoredock_runtime", "try", str(launch.folder)]
    try:
        with tethered(
            command, cwd=launch.folder, env=service_environment(launch.inherited), grace=_GRACE_SECONDS
        ) as program:
            service = TetheredService(launch, program, memory_limit)
            cancel.on_cancel(service.kill)
            try:
                yield service
            finally:
                service.end()
    finally:
        _end_left(launch.folder)


def _end_left(folder: Path) -> None:
    """Ends processes that carry the folder in their marker and outlived their parent, because that one was killed."""
    for process in belonging_to(folder):
        end_process(process, 0)
