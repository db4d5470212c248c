"""The process that works a batch job off, so that the job goes on when its client has ended.

`python -m scoredock.services.batch.driving HOME FOLDER` goes to the background, takes the lock of the job in FOLDER and
that of its output folder, and ends with the job. HOME is the data folder that has the locks.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from pathlib import Path

from filelock import Timeout

from scoredock import l10n, run
from scoredock.batch.driver import Driver
from scoredock.batch.jobs import ENDED, JobFolder, JobProgress, output_lock, require_free_output
from scoredock.errors import ScoredockError

_START_SECONDS = 60.0
_LOOK_SECONDS = 0.02
_LOG = "driver.txt"


def start_driver(home: Path, folder: JobFolder) -> None:
    """Returns when a driver has the job. Raises ScoredockError `batch-job-running`, `batch-driver-failed`."""
    if folder.is_driven():
        raise ScoredockError("batch-job-running", l10n.t("The batch job {name} is running.", name=folder.name))
    command = [sys.executable, "-I", "-m", "scoredock.services.batch.driving", str(home), str(folder.path)]
    reason = ""
    try:
        if os.name == "posix":
            completed = run.run(command, cwd=folder.path, timeout=_START_SECONDS)
            if completed.returncode:
                reason = (completed.stderr.strip().splitlines() or ["?"])[-1]
        else:
            run.start_apart([*command, "--stay"])
    except (OSError, run.TimedOut) as error:
        reason = str(error)
    deadline = time.monotonic() + _START_SECONDS
    while not reason:
        if folder.is_driven() or folder.written_progress().state in ENDED:
            return
        if time.monotonic() > deadline:
            reason = l10n.t("it said nothing within {seconds} seconds", seconds=f"{_START_SECONDS:g}")
        time.sleep(_LOOK_SECONDS)
    raise ScoredockError(
        "batch-driver-failed",
        l10n.t("The process of the batch job {name} could not be started: {reason}.", name=folder.name, reason=reason),
        l10n.t("See {file}, then try `scoredock batch resume`.", file=folder.of(_LOG)),
    )


def main(arguments: list[str]) -> int:
    """Goes to the background, where it works."""
    home, folder = Path(arguments[0]), JobFolder(Path(arguments[1]).absolute())
    if "--stay" not in arguments and os.name == "posix":
        if os.fork() != 0:
            return 0
        # Leads a session, then ends: init adopts the one that stays, so that no process tree of an editor holds it.
        os.setsid()
        if os.fork() != 0:
            os._exit(0)
        _leave(folder.path)
    logging.basicConfig(filename=folder.of(_LOG), level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    l10n.use(l10n.language_of_terminal())
    if os.name == "posix":
        signal.signal(signal.SIGTERM, lambda *_: folder.ask_to_cancel())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return _drive(home, folder)
    except BaseException:
        logging.exception("The driver has failed.")
        raise


def _drive(home: Path, folder: JobFolder) -> int:
    lock = folder.driver_lock()
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return 0  # another one has it
    output = folder.job().output
    output_of_job = output_lock(home, output)
    try:
        require_free_output(output_of_job, output)
    except ScoredockError as error:
        folder.write_progress(
            JobProgress(
                **{**vars(folder.written_progress()), "state": "Failed", "code": error.code, "message": error.message}
            )
        )
        return 1
    progress = _worked_off(folder)
    logging.info("%s %s", progress.state, progress.message)
    return 0 if progress.state == "Completed" else 1


def _worked_off(folder: JobFolder) -> JobProgress:
    if not folder.job().compute:
        return Driver(folder).run()
    from scoredock.services.batch.workers_elsewhere import hosts_of

    try:
        with hosts_of(folder) as host:
            return Driver(folder, host).run()
    except ScoredockError as error:
        before = {**vars(folder.written_progress()), "state": "Failed", "code": error.code, "message": error.message}
        progress = JobProgress(**before)
        folder.write_progress(progress)
        return progress


def _leave(folder: Path) -> None:
    """Nothing of the caller's stays open: a pipe kept here would make its reader wait."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.chdir(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
