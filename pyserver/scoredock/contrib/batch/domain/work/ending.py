"""Decides how a batch job has ended, here alone; it is shown everywhere as it stands in the job's progress."""

from __future__ import annotations

import contextlib
import errno
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.contrib.batch.domain.work.jobs import JobProgress, JobRecord
from scoredock.contrib.batch.domain.work.journal import BatchFailure
from scoredock.contrib.batch.domain.work.tally import Tally
from scoredock.counts import counted
from scoredock.errors import ScoredockError


def ending_of(tally: Tally, job: JobRecord) -> JobProgress:
    """Last state of a job whose input is worked off and that has passed no limit: completed, completed with errors, or
    failed if nothing has come of it. Raises OSError.
    """
    if not tally.failed_items:
        return JobProgress(state="Completed")
    first = tally.first_failure()
    sentences = [_said(tally, first)]
    limit = "" if tally.results else job.configuration.open_limit()
    is_summary = job.configuration.output_action == "summary_only" and tally.done > 0
    if limit:
        sentences.append(l10n.t("The limit {limit} allows that.", limit=limit))
    message = " ".join(sentences)
    if tally.results or limit or is_summary:
        return JobProgress(state="CompletedWithErrors", message=message)
    failure = _failed("batch-nothing-scored", message, first)
    return failure if first is not None else replace(failure, place=Path(job.script).name)


def failure_of(error: ScoredockError, tally: Tally) -> JobProgress:
    """Last state of a job that ends before its input does."""
    if error.code != "batch-threshold-passed":
        return JobProgress(
            state="Failed",
            code=error.code,
            message=error.message,
            place=str(error.details.get("place", "")),
            traceback=str(error.details.get("traceback", "")),
        )
    first = None
    with contextlib.suppress(OSError):  # it fails anyway, and for the limit
        first = tally.first_failure()
    message = error.message if first is None else f"{error.message} {_first(first)}"
    return _failed(error.code, message, first)


def storage_failure(error: OSError, folder: Path, workers: int) -> JobProgress:
    """Last state of a job that the operating system refused something: room, or another open file."""
    if error.errno in (errno.EMFILE, errno.ENFILE):
        message = l10n.t(
            "The batch job may open too few files at once for its workers ({count}): raise the limit, which `ulimit -n`"
            " shows, or name fewer with `--process-count`.",
            count=workers,
        )
        return JobProgress(state="Failed", code="batch-driver-failed", message=message)
    place = error.filename or folder
    message = l10n.t("{path} cannot be used: {reason}.", path=place, reason=error.strerror or str(error))
    return JobProgress(state="Failed", code="batch-storage-failed", message=message)


def _failed(code: str, message: str, first: BatchFailure | None) -> JobProgress:
    place, traceback = (first.place, first.traceback) if first is not None else ("", "")
    return JobProgress(state="Failed", code=code, message=message, place=place, traceback=traceback)


def _said(tally: Tally, first: BatchFailure | None) -> str:
    """Sentence on what has failed."""
    batches = counted(tally.failed, "mini-batch")
    items = counted(tally.failed_items, "item")
    if first is None and not tally.results:
        return l10n.t("run() returned no result for {items}.", items=items)
    if first is None:
        return l10n.t(
            "{items} without a result: run() returned fewer results than items in {mini_batches}.",
            items=items,
            mini_batches=counted(tally.short, "mini-batch"),
        )
    if not tally.results:
        return l10n.t("No mini-batch has a result. {first}", first=_first(first))
    return l10n.t(
        "{mini_batches} failed, {items} without a result. {first}",
        mini_batches=batches,
        items=items,
        first=_first(first),
    )


def _first(failure: BatchFailure) -> str:
    reason = f"{failure.place}: {failure.message}" if failure.place else failure.message
    return l10n.t("The first that failed, {name}: {reason}.", name=failure.name, reason=reason.rstrip(".。"))
