"""A batch job that is resumed: what has to hold before, and what is renewed for its next driver."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.contrib.batch.domain.work.inputs import renew_listing
from scoredock.contrib.batch.domain.work.jobs import APP_ROOT, JOURNAL, LISTING, output_lock, require_free_output
from scoredock.contrib.batch.domain.work.journal import failed_indexes
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock_runtime.batch.frames import PROTOCOL

if TYPE_CHECKING:
    from scoredock.contrib.batch.domain.work.jobs import JobFolder, JobRecord


def begin_again(folder: JobFolder, mini_batches: Sequence[int], home: Path, cancel: CancelToken) -> None:
    """Prepares another run of the job, of these mini-batches alone if any are named. Raises ScoredockError."""
    job = folder.job()
    _require_unfinished(folder, job)
    _require_runtime(job)
    _require_failed(folder, mini_batches)
    lock = output_lock(home, job.output)
    require_free_output(lock, job.output)
    try:
        if job.configuration.input_format == "files":
            renew_listing(folder.of(LISTING), cancel)
        folder.begin_again(mini_batches)
    finally:
        lock.release()


def _require_unfinished(folder: JobFolder, job: JobRecord) -> None:
    """Raises ScoredockError where nothing is left to do, or a driver does it already."""
    progress = folder.progress()
    if progress.is_complete:
        raise ScoredockError("batch-job-complete", l10n.t("The batch job {name} is complete.", name=job.name))
    if folder.is_driven():
        raise ScoredockError("batch-job-running", l10n.t("The batch job {name} is running.", name=job.name))
    if not folder.of(APP_ROOT).is_dir():
        raise ScoredockError(
            "batch-job-restored",
            l10n.t("The batch job {name} was restored from a backup, which has its record alone.", name=job.name),
        )


def _require_runtime(job: JobRecord) -> None:
    """Raises ScoredockError `runtime-missing` where its workers would not begin, or not be understood."""
    if not job.compute and not Path(job.python).is_file():
        reason = l10n.t("The environment's interpreter {python} no longer exists.", python=job.python)
    elif job.compute and job.protocol != PROTOCOL:
        reason = l10n.t("The workers of the batch job {name} are of another release of Scoredock.", name=job.name)
    else:
        return
    fix = l10n.t("Run the job again under another name; the environment is built again.")
    raise ScoredockError("runtime-missing", reason, fix)


def _require_failed(folder: JobFolder, mini_batches: Sequence[int]) -> None:
    others = sorted(set(mini_batches) - failed_indexes(folder.of(JOURNAL))) if mini_batches else []
    if others:
        raise ScoredockError(
            "batch-option-invalid",
            l10n.t("Mini-batch {number} of the batch job {name} has not failed.", number=others[0], name=folder.name),
            l10n.t("`{command}` lists those that have.", command=f"scoredock batch show {folder.name}"),
        )
