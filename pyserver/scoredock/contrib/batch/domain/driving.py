"""The process that works a batch job off, so that the job goes on when its client has ended.

`python -m scoredock.contrib.batch.domain.driving HOME FOLDER` goes to the background, takes the lock of the job in
FOLDER and that of its output folder, and ends with the job. HOME is the data folder that has the locks. On Linux the
command line forks it instead.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import logging
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from filelock import Timeout

from scoredock import l10n, run
from scoredock.contrib.batch.domain.work.driver import Driver
from scoredock.contrib.batch.domain.work.jobs import (
    ENDED,
    STATE,
    JobFolder,
    JobProgress,
    output_lock,
    require_free_output,
)
from scoredock.data_folder import use_home
from scoredock.errors import ScoredockError
from scoredock.processes import fork_apart
from scoredock.registry.audit.following import Proof, recording
from scoredock.registry.store.outbox import change

_START_SECONDS = 60.0
_LOCK_SECONDS = 1.0
"""Somebody who looks whether the job has a driver takes its lock for a moment."""
_LOOK_SECONDS = 0.02
_LOG = "driver.txt"
_BEGUN = b"1"
_REASON_BYTES = 2_000


def start_driver(home: Path, folder: JobFolder) -> None:
    """Returns when a driver has the job. Raises ScoredockError `batch-job-running`, `batch-driver-failed`."""
    if folder.is_driven():
        raise ScoredockError("batch-job-running", l10n.t("The batch job {name} is running.", name=folder.name))
    deadline = time.monotonic() + _START_SECONDS
    try:
        # A program of one thread, as the command line is, has imported what a driver needs: a fork of it is one.
        is_alone = sys.platform == "linux" and threading.active_count() == 1
        reason = _fork_driver(home, folder) if is_alone else _start_program(home, folder)
    except (OSError, run.TimedOut) as error:
        reason = str(error)
    while not reason:
        if folder.is_driven() or folder.written_progress().state in ENDED:
            return
        if time.monotonic() > deadline:
            reason = l10n.t("it said nothing within {seconds} seconds", seconds=f"{_START_SECONDS:g}")
        time.sleep(_LOOK_SECONDS)
    log = folder.of(_LOG)
    raise ScoredockError(
        "batch-driver-failed",
        l10n.t("The process of the batch job {name} could not be started: {reason}.", name=folder.name, reason=reason),
        l10n.t("See {file}, then try `scoredock batch resume`.", file=log) if log.is_file() else "",
    )


def _start_program(home: Path, folder: JobFolder) -> str:
    """Starts the program; returns what it printed if it failed at once, else an empty text: it has the job a moment
    later. Raises OSError, run.TimedOut.
    """
    command = [sys.executable, "-I", "-m", "scoredock.contrib.batch.domain.driving", str(home), str(folder.path)]
    if os.name != "posix":
        run.start_apart([*command, "--stay"])
        return ""
    completed = run.run(command, cwd=folder.path, timeout=_START_SECONDS)
    return (completed.stderr.strip().splitlines() or ["?"])[-1] if completed.returncode else ""


def _fork_driver(home: Path, folder: JobFolder) -> str:
    """Returns when it has the job, or why it has not. Raises OSError."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", 0) as answer:
        try:
            is_driver = fork_apart(folder.path, (writing,))
        except OSError:
            os.close(writing)
            raise
        if is_driver:
            _live_forked(home, folder, writing)
        os.close(writing)
        is_late = not select.select([answer], [], [], _START_SECONDS)[0]
        first = b"" if is_late else answer.read(_REASON_BYTES)
    if is_late or first == _BEGUN or folder.is_driven() or folder.written_progress().state in ENDED:
        return ""
    return first.decode("utf-8", "replace") or l10n.t("it ended at once")


def _live_forked(home: Path, folder: JobFolder, writing: int) -> NoReturn:
    code = 1
    try:
        for name in set(os.environ) - set(run.child_environment()):
            del os.environ[name]
        code = _live(home, folder, lambda: _say(writing, _BEGUN))
    except Exception as error:
        _say(writing, _reason(error).encode()[:_REASON_BYTES])
    finally:
        os._exit(code)


def _say(writing: int, words: bytes) -> None:
    with contextlib.suppress(OSError):  # nobody waits any more, or it has said that it has begun
        os.write(writing, words)
        os.close(writing)


def _reason(error: BaseException) -> str:
    """Text of an error; of the operating system's errors with the file, and for want of descriptors what
    limits them.
    """
    if isinstance(error, OSError) and error.errno == errno.EMFILE:
        return l10n.t("it may open too few files at once, see `ulimit -n`")
    return str(error) or type(error).__name__


def main(arguments: list[str]) -> int:
    """Goes to the background, where it works."""
    home, folder = Path(arguments[0]), JobFolder(Path(arguments[1]).absolute())
    if "--stay" not in arguments and os.name == "posix" and not fork_apart(folder.path):
        return 0
    return _live(home, folder, lambda: None)


def _live(home: Path, folder: JobFolder, has_begun: Callable[[], None]) -> int:
    """The whole life of a driver; the exit code. `has_begun` is called when it has the job."""
    log = folder.of(_LOG)
    log.touch(mode=0o600)
    logging.basicConfig(filename=log, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True)
    l10n.use(l10n.language_of_terminal())
    use_home(home)
    if os.name == "posix":
        signal.signal(signal.SIGTERM, lambda *_: folder.ask_to_cancel())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return _drive(home, folder, has_begun)
    except BaseException as error:
        logging.exception("The driver has failed.")
        with contextlib.suppress(OSError, ScoredockError):
            folder.write_progress(
                dataclasses.replace(
                    folder.written_progress(),
                    state="Failed",
                    code="batch-driver-failed",
                    message=l10n.t(
                        "The process of the batch job {name} ended: {reason}.", name=folder.name, reason=_reason(error)
                    ),
                )
            )
        raise


def _drive(home: Path, folder: JobFolder, has_begun: Callable[[], None]) -> int:
    lock = folder.driver_lock()
    try:
        lock.acquire(timeout=_LOCK_SECONDS, poll_interval=_LOOK_SECONDS)
    except Timeout:
        return 0  # another one has it
    has_begun()
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
    job = folder.job()
    facts = {"jobName": job.name, "models": list(job.models), "output": job.output, "entryScript": job.script}
    proof = Proof(str(folder.of(STATE)), r'"state": "(?P<state>Completed|CompletedWithErrors|Failed|Canceled)"')
    workspace = folder.path.parent.parent
    with recording(workspace, change("batch.finished", f"batch/{job.name}", facts), proof) as entry:
        progress = _worked_off(folder)
        entry["data"] |= {"state": progress.state, "items": progress.items, "failedItems": progress.failed_items}
        if progress.state == "Paused":  # it goes on later
            entry["token"] = ""
    logging.info("%s %s", progress.state, progress.message)
    return 0 if progress.is_written else 1


def _worked_off(folder: JobFolder) -> JobProgress:
    if not folder.job().compute:
        return Driver(folder).run()
    from scoredock.contrib.batch.domain.elsewhere.workers import hosts_of

    try:
        with hosts_of(folder) as host:
            return Driver(folder, host).run()
    except ScoredockError as error:
        before = {**vars(folder.written_progress()), "state": "Failed", "code": error.code, "message": error.message}
        progress = JobProgress(**before)
        folder.write_progress(progress)
        return progress


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
