"""Waiting for a batch job: how far it is meanwhile, and how it has ended."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Operation
from scoredock.counts import counted
from scoredock.errors import Cancelled, Place, ScoredockError
from scoredock.progress import PartOfStep
from scoredock.registry.audit import following

if TYPE_CHECKING:
    from scoredock.contrib.batch.domain.work.jobs import JobFolder, JobProgress, JobRecord

_LEAVE_SECONDS = 60.0
_CANCEL_SECONDS = 60.0
LOOK_SECONDS = 0.1


def follow(folder: JobFolder, operation: Operation) -> None:
    """Waits until the job has ended; a cancel of the operation cancels it. Raises the code that the job failed with,
    and ScoredockError `cancelled`.
    """
    job = folder.job()
    began = time.monotonic()
    while True:
        progress = folder.progress()
        if progress.state not in ("Queued", "Running", "Pausing"):
            break
        share = percentage(job, progress)
        operation.progress.report(_status(job, progress, time.monotonic() - began), share)
        if operation.cancel.wait(LOOK_SECONDS):
            cancel(folder)
    following.settle(folder.path.parent.parent)
    deadline = time.monotonic() + _LEAVE_SECONDS
    while job.compute and folder.is_driven() and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)  # what it has in the cluster goes
    more = f"scoredock batch resume {job.name}"
    if progress.state == "Canceled":
        raise Cancelled(l10n.t("The batch job {name} was cancelled; `{command}` goes on.", name=job.name, command=more))
    if progress.state == "Paused":
        raise Cancelled(l10n.t("The batch job {name} was paused; `{command}` goes on.", name=job.name, command=more))
    if progress.state == "Interrupted":
        raise ScoredockError(
            "batch-driver-failed",
            l10n.t("The process of the batch job {name} ended before its work was done.", name=job.name),
            l10n.t("Go on with `{command}`.", command=more),
        )
    if progress.state == "Failed":
        raise ScoredockError(progress.code, progress.message, place=_place(job.script, progress.place))


def cancel(folder: JobFolder) -> None:
    """Returns when its driver has ended, or after a minute."""
    folder.ask_to_cancel()
    deadline = time.monotonic() + _CANCEL_SECONDS
    while folder.is_driven() and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)


def percentage(job: JobRecord, progress: JobProgress) -> int:
    """Share of the input that is worked off, in per cent."""
    if progress.is_written or (progress.state == "Failed" and progress.is_worked_off):
        return 100
    if job.configuration.input_format == "files":
        return min(99, 100 * (progress.items + progress.failed_items) // max(1, job.files))
    return min(99, 100 * progress.bytes // max(1, job.bytes))


def _place(script: str, place: str) -> Place | None:
    """`score.py:12` in the person's script; None for an input, and for a module that may be one of a package."""
    name, _, line = place.partition(":")
    if not name or Path(name).name != Path(script).name:
        return None
    return Place(script, int(line) - 1 if line.isdigit() else None)


def _status(job: JobRecord, progress: JobProgress, seconds: float) -> PartOfStep:
    step = _step(job)
    if progress.waiting:
        return PartOfStep(step, f": {progress.waiting}")
    amounts = l10n.t(", {mini_batches} done", mini_batches=counted(progress.completed, "mini-batch"))
    if progress.failed:
        amounts += l10n.t(", {count} failed", count=progress.failed)
    share = percentage(job, progress)
    if progress.seconds > 1 and progress.items:
        amounts += l10n.t(", {items}/s", items=counted(round(progress.items / progress.seconds), "item"))
    if 0 < share < 100 and seconds > 2:
        amounts += l10n.t(", {seconds} s left", seconds=f"{progress.seconds * (100 - share) / share:,.0f}")
    return PartOfStep(step, amounts)


def _step(job: JobRecord) -> str:
    if job.compute:
        return l10n.t("Scoring {name} on {place}", name=job.name, place=job.compute)
    return l10n.t("Scoring {name}", name=job.name)
