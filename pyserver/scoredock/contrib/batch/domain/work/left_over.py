"""Removes what killed batch jobs leave: before their record is written, after their last state, while they are deleted.

May be many gigabytes. The next look at the jobs of a workspace takes it, and `workspace gc`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from filelock import Timeout

from scoredock import l10n
from scoredock.contrib.batch.domain.work.jobs import (
    DIVIDED,
    FOLDER,
    INPUTS,
    JOB_FILE,
    RECODED,
    RESULTS,
    JobFolder,
    all_folders,
    require_name,
)
from scoredock.data_folder import make_private
from scoredock.errors import ScoredockError
from scoredock_runtime import contract_owner

_UNNEEDED = (RESULTS, DIVIDED, RECODED, INPUTS)
"""By a job of which nothing can be run any more."""
_BEGINS = ".begins-"
"""Of a file in the folder of a job that has no record yet; who makes it stands behind."""


@contextlib.contextmanager
def new_folder(workspace: Path, name: str) -> Iterator[JobFolder]:
    """Folder of a new job, for the block that writes its record; nothing of it stays when the block raises, and when
    this process is killed the next look takes it. Raises ScoredockError `batch-name-invalid`, `batch-job-exists`,
    OSError.
    """
    require_name(name)
    jobs = workspace / FOLDER
    make_private(jobs)
    path, unnamed = jobs / name, jobs / f".{name}-{contract_owner.mark()}-{secrets.token_hex(4)}"
    unnamed.mkdir(mode=0o700)
    (unnamed / f"{_BEGINS}{contract_owner.mark()}").touch(mode=0o600)
    try:
        # With its owner in it from the beginning: an empty folder of that name is nobody's.
        if os.name == "nt" and path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        unnamed.rename(path)
    except OSError:
        shutil.rmtree(unnamed, ignore_errors=True)
        if not path.exists():
            raise
        raise ScoredockError("batch-job-exists", l10n.t("There is a batch job “{name}” already.", name=name)) from None
    begins = next(path.glob(f"{_BEGINS}*"))
    descriptor = contract_owner.hold(str(begins))
    try:
        yield JobFolder(path)
        begins.unlink(missing_ok=True)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    finally:
        if descriptor is not None:
            os.close(descriptor)


def remove_unneeded(folder: JobFolder) -> None:
    """Removes what a complete job does not need; for its driver, which has recorded that it is complete."""
    for name in _UNNEEDED:
        shutil.rmtree(folder.of(name), ignore_errors=True)


def delete(folder: JobFolder) -> None:
    """All of a job but its output. Raises ScoredockError `batch-job-running`, OSError."""
    lock = folder.driver_lock()
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ScoredockError(
            "batch-job-running", l10n.t("The batch job {name} is running.", name=folder.name)
        ) from None
    try:
        if os.name == "nt":
            lock.release()  # a folder with an open file cannot be renamed there
        # It is gone in one step, whenever this ends; its name is free.
        unnamed = folder.path.with_name(f".{folder.name}-{contract_owner.mark()}-{secrets.token_hex(4)}")
        folder.path.rename(unnamed)
    finally:
        lock.release()
    shutil.rmtree(unnamed, ignore_errors=True)


def left_over(workspace: Path) -> list[Path]:
    """Folders of jobs that nobody needs any more, and whose process has ended. Never raises."""
    jobs = workspace / FOLDER
    paths = [Path(each) for each in contract_owner.left_over(str(jobs))]
    with contextlib.suppress(OSError):
        paths += [each.parent for each in jobs.glob(f"*/{_BEGINS}*") if _was_never_written(each)]
    for folder in all_folders(workspace):
        unneeded = [path for path in map(folder.of, _UNNEEDED) if path.is_dir()]
        if unneeded and folder.written_progress().is_complete and not folder.is_driven():
            paths += unneeded
    return paths


def clear(workspace: Path) -> list[Path]:
    """Removes that, and says what it was. Never raises."""
    return [path for path in left_over(workspace) if contract_owner.remove(str(path))]


def _was_never_written(begins: Path) -> bool:
    return not (begins.parent / JOB_FILE).exists() and contract_owner.is_left_over(str(begins))
