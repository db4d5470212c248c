"""Works a batch job off: gives mini-batches to workers, keeps what becomes of them, and puts the output together.

One thread decides all; threads of the workers only read. What happens is in the journal before anything follows from
it, so that this process may end at any moment.
"""

from __future__ import annotations

import contextlib
import os
import queue
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.batch.domain.work.columns import AgreedColumns, read_head, said_columns
from scoredock.contrib.batch.domain.work.ending import ending_of, failure_of, storage_failure
from scoredock.contrib.batch.domain.work.failed_try import explained
from scoredock.contrib.batch.domain.work.jobs import (
    JOURNAL,
    KEY_VALUES,
    LISTING,
    LOGS,
    PARTS,
    QUARANTINE,
    RESULTS,
    JobFolder,
    JobProgress,
    origin_of,
    stray_files,
)
from scoredock.contrib.batch.domain.work.journal import TryFailure
from scoredock.contrib.batch.domain.work.left_over import remove_unneeded
from scoredock.contrib.batch.domain.work.plan import BatchPlan, MiniBatch, PlanAhead
from scoredock.contrib.batch.domain.work.remote_worker import WorkerHost
from scoredock.contrib.batch.domain.work.results import Results, write_quarantine
from scoredock.contrib.batch.domain.work.table_output import ColumnCheck, JobOutput, csv_header
from scoredock.contrib.batch.domain.work.tally import Tally, done_record, failed_record
from scoredock.contrib.batch.domain.work.thresholds import passed
from scoredock.contrib.batch.domain.work.worker_pool import WorkerPool, template_modules
from scoredock.contrib.batch.domain.work.workers import Worker, interpreter_of, run_message, start_message
from scoredock.errors import ScoredockError

_LOOK_SECONDS = 0.1
"""Between two looks at deadlines and at whether the job is to be cancelled."""
_PUBLISH_SECONDS = 0.3
_LOADING_SECONDS = 600.0
"""For reading the input of a mini-batch, as `task_overhead_timeout` of v2."""
_MOST_START_FAILURES = 3
"""Of workers one after the other: what fails for a moment gets another chance."""
_MOST_LOSSES = 6
"""Of workers elsewhere one after the other, before init() has returned in any."""
_START_SECONDS = 30.0
"""Of init(), beside three times run_invocation_timeout."""
_FINAL = ("result-type", "columns")
"""Causes that another try would not change."""


class Driver:
    """Driver of one job. Its process holds the job's lock."""

    def __init__(self, folder: JobFolder, host: WorkerHost | None = None) -> None:
        """Opens the job's folder; with `host` its workers are elsewhere. Raises ScoredockError `batch-job-damaged`, and
        OSError.
        """
        self._folder = folder
        self._job = folder.job()
        results = Results(folder.of(RESULTS))
        self._before = folder.written_progress()
        self._tally = Tally(folder.of(JOURNAL), results, folder.again())
        message = start_message(self._job, folder)
        self._pool = WorkerPool(interpreter_of(self._job, folder), folder.of(LOGS), message, host)
        self._waiting: deque[MiniBatch] = deque()
        """To be tried again."""
        self._tries: dict[int, list[TryFailure]] = {}
        """Of mini-batches with a try that failed and another one before them."""
        self._plan = PlanAhead(iter(self._new_plan()))
        self._planned, self._is_planned = 0, False
        self._bytes = 0
        self._begin = self._published = time.monotonic()
        self._retried = 0
        self._output = JobOutput(results, self._pool, self._hear_more)

    @property
    def _worker_count(self) -> int:
        """Workers; never more than there are mini-batches, once all are planned."""
        configuration = self._job.configuration
        count = configuration.worker_count
        if configuration.input_format != "files":
            return count
        return max(1, min(count, -(-self._job.files // configuration.size.count)))

    def run(self) -> JobProgress:
        """Works the job off, or until it is cancelled or paused; returns its progress, in which a failure stands."""
        try:
            self._folder.make_reserve()
            self._publish(now=True)
            self._take_first()
            self._work()
            if self._folder.is_to_be_cancelled():
                return self._end(JobProgress(state="Canceled"))
            if not self._is_planned or self._waiting:
                self._pool.finish()
                return self._end(JobProgress(state="Paused"))
            return self._end(self._complete())
        except ScoredockError as error:
            return self._end(failure_of(error, self._tally))
        except OSError as error:
            return self._end(storage_failure(error, self._folder.path, self._worker_count))
        finally:
            self._pool.end()
            self._tally.close()

    def _work(self) -> None:
        """Raises ScoredockError `batch-threshold-passed`, `batch-script-failed`."""
        self._pool.prepare(template_modules(self._job, self._folder))
        while not self._folder.is_to_be_cancelled():
            more = not self._folder.is_to_be_paused() and self._give()
            if not more and not self._pool.busy():
                break
            if more:
                self._plan.look()
            self._hear()
            self._look()
            self._publish()
        self._check_thresholds()

    def _give(self) -> bool:
        """Work for whoever has none; whether there was any left."""
        while True:
            worker = self._pool.idle(self._worker_count)
            if worker is None:
                return True
            batch = self._next()
            if batch is None:
                return False
            if batch.problem:
                self._note_failed(batch, {"cause": "input", "message": batch.problem}, 0)
            elif not self._pool.give(worker, batch, self._message(batch)):
                self._waiting.appendleft(batch)
                return True

    def _next(self) -> MiniBatch | None:
        if self._waiting:
            return self._waiting.popleft()
        for batch in self._plan:
            self._planned += 1
            if self._tally.is_open(batch.index):
                return batch
            self._bytes += _bytes_of(batch)
        self._is_planned = True
        return None

    def _message(self, batch: MiniBatch) -> dict[str, Any]:
        configuration = self._job.configuration
        message = run_message(batch, configuration.input_format, self._output.results.path(batch.index))
        if configuration.input_keys:
            paths = [origin_of(file.path, self._job.origins) for file in batch.files]
            names = [os.fsencode(path).decode("utf-8", "replace") for path in paths]
            message["keys_of"] = {"files": names, "row": batch.row if batch.end else None}
        return message

    # What workers say

    def _hear(self) -> None:
        """Everything that has been said, waiting for the first of it."""
        try:
            worker, message = self._pool.events.get(timeout=_LOOK_SECONDS)
            while True:
                self._take(worker, message)
                worker, message = self._pool.events.get_nowait()
        except queue.Empty:
            return

    def _take(self, worker: Worker, message: dict[str, Any] | None) -> None:
        if message is None:
            self._take_end(worker)
            return
        event, batch = message["event"], worker.batch
        if event == "ready":
            self._pool.note_ready(worker)
        elif event == "unusable":
            self._pool.start_fault = message
        elif event == "unreachable" and not any(each.is_ready for each in self._pool.workers):
            raise message["error"]
        elif event == "unwritten":
            raise ScoredockError(
                "batch-storage-failed",
                l10n.t("A result of the batch job cannot be kept: {reason}.", reason=message["message"].rstrip(".")),
            )
        elif event == "running" and batch is not None:
            worker.is_running, worker.since = True, time.monotonic()
        elif event in ("joined", "unjoined"):
            self._output.take(message)
        elif event == "done" and batch is not None:
            worker.batch = None
            self._take_result(worker, batch, message)
        elif event == "failed" and batch is not None:
            worker.batch = None
            self._take_failed_try(worker, batch, message)

    def _take_first(self) -> None:
        """Takes the columns of the first mini-batch, if a job goes on and that is done."""
        if self._job.configuration.output_format == "text" or not self._tally.is_done(0):
            return
        with contextlib.suppress(FileNotFoundError):
            head = read_head(self._output.results.path(0))
            self._output.first.take(head.columns if head.rows else ())

    def _take_result(self, worker: Worker, batch: MiniBatch, message: dict[str, Any]) -> None:
        columns = said_columns(message.get("columns", ()))
        problem = self._output.first.problem(columns) if columns and message["results"] else ""
        if problem:
            self._output.results.path(batch.index).unlink(missing_ok=True)
            self._take_failed_try(worker, batch, {**message, "cause": "columns", "message": problem})
            return
        if columns and message["results"] and batch.index == 0:
            self._output.first.take(columns)
        tries = len(self._tries.pop(batch.index, ())) + 1
        self._tally.note_done(done_record(batch, message, tries), batch.name())
        self._bytes += _bytes_of(batch)
        self._check_thresholds()

    def _take_end(self, worker: Worker) -> None:
        self._pool.remove(worker)
        batch, worker.batch = worker.batch, None
        if not worker.is_ready:
            self._pool.note_no_start(worker)
            self._require_start(worker)
        elif batch is not None and worker.killed_for == "timeout":
            limit = self._job.configuration.run_invocation_timeout
            text = (
                l10n.t("run() took longer than {seconds} seconds.", seconds=f"{limit:g}")
                if worker.is_running
                else l10n.t("The input could not be read within {seconds} seconds.", seconds=f"{_LOADING_SECONDS:g}")
            )
            self._take_failed_try(worker, batch, {"cause": "timeout", "message": text})
        elif batch is not None:
            text = l10n.t("The interpreter ended while it had the mini-batch: {how}.", how=worker.ending())
            self._take_failed_try(worker, batch, {"cause": "crashed", "message": text})

    def _require_start(self, worker: Worker) -> None:
        """Raises ScoredockError `batch-script-failed` and `batch-workers-lost` when no worker starts any more."""
        if self._pool.losses > _MOST_LOSSES:
            raise ScoredockError(
                "batch-workers-lost",
                l10n.t("No machine keeps a worker of the batch job: {reason}.", reason=worker.ending()),
            )
        if self._pool.start_failures < _MOST_START_FAILURES:
            return
        fault = self._pool.start_fault or {}
        if fault.get("cause") == "package-missing":
            raise ScoredockError(
                "batch-package-missing",
                l10n.t(
                    "A Parquet output needs pyarrow in the environment of the script: {reason}.",
                    reason=fault["message"],
                ),
                l10n.t("Add pyarrow to its packages, or write CSV."),
            )
        reason = str(fault.get("message") or "")
        if not reason:
            timed_out = worker.killed_for == "timeout"
            reason = l10n.t("init() did not return in time") if timed_out else worker.ending()
        place = f"{fault['place']}: " if fault.get("place") else ""
        raise ScoredockError(
            "batch-script-failed",
            l10n.t(
                "The entry script {script} cannot be started: {reason}.",
                script=self._job.script,
                reason=f"{place}{reason}".rstrip("."),
            ),
            details={name: str(fault.get(name, "")) for name in ("place", "traceback")},
        )

    def _take_failed_try(self, worker: Worker, batch: MiniBatch, message: dict[str, Any]) -> None:
        earlier = self._tries.pop(batch.index, [])
        message = explained(message, batch, self._job.configuration.input_format, self._job.origins)
        number, most = len(earlier) + 1, self._job.configuration.run_max_try
        place, reason = str(message.get("place", "")), str(message["message"])
        line = l10n.t(
            "Try {number} of {most} failed: {reason}",
            number=number,
            most=most,
            reason=f"{place}: {reason}" if place else reason,
        )
        worker.log.note(batch.index, line)
        if number < most and message["cause"] not in _FINAL and not message.get("is_final"):
            self._tries[batch.index] = [*earlier, TryFailure(time.time(), str(message["cause"]), reason, place)]
            self._waiting.append(batch)
            self._retried += 1
            return
        self._note_failed(batch, message, number, earlier)

    def _note_failed(
        self, batch: MiniBatch, message: dict[str, Any], tries: int, earlier: Sequence[TryFailure] = ()
    ) -> None:
        self._tally.note_failed(failed_record(batch, message, tries, earlier))
        self._bytes += _bytes_of(batch)
        self._check_thresholds()

    def _check_thresholds(self) -> None:
        reason = passed(self._tally.counts(self._planned, is_planned=self._is_planned), self._job.configuration)
        if reason:
            raise ScoredockError("batch-threshold-passed", reason)

    def _look(self) -> None:
        """Ends who takes too long."""
        now = time.monotonic()
        limit = self._job.configuration.run_invocation_timeout
        for worker in self._pool.workers:
            most = 3 * limit + _START_SECONDS
            if worker.is_ready:
                most = limit if worker.is_running else _LOADING_SECONDS
            if worker.is_there and (worker.batch is not None or not worker.is_ready) and now - worker.since > most:
                worker.kill("timeout")

    # What others see

    def _publish(self, *, now: bool = False) -> None:
        moment = time.monotonic()
        if now or moment - self._published > _PUBLISH_SECONDS:
            self._published = moment
            self._folder.write_progress(self._progress(JobProgress(state="Running")))

    def _progress(self, ending: JobProgress) -> JobProgress:
        tally = self._tally
        return JobProgress(
            state=ending.state,
            planned=self._planned,
            is_planned=self._is_planned,
            completed=tally.done,
            failed=tally.failed,
            retried=self._before.retried + self._retried,
            interrupted=self._before.interrupted + len(_unfinished(self._before)),
            items=tally.items,
            results=tally.results,
            failed_items=tally.failed_items,
            fewer=tally.short,
            more=tally.more,
            bytes=self._bytes,
            seconds=self._before.seconds + time.monotonic() - self._begin,
            workers=tuple(map(_seen, self._pool.workers)),
            slowest=tuple(sorted(tally.slowest, reverse=True)),
            unequal=tuple(tally.unequal),
            code=ending.code,
            message=ending.message,
            place=ending.place,
            traceback=ending.traceback,
            waiting=self._waiting_for(),
        )

    def _waiting_for(self) -> str:
        """Empty as soon as one of them works."""
        host = self._pool.host
        return "" if host is None or any(each.is_ready for each in self._pool.workers) else host.waiting

    # The end

    def _complete(self) -> JobProgress:
        """Completes the job with its output, unless there is nothing to write. Raises what `_write_output` raises."""
        if self._ending().state == "Failed":
            self._pool.finish()
        elif not self._write_output():
            return JobProgress(state="Canceled")
        return self._ending()  # whose columns do not fit has failed meanwhile

    def _ending(self) -> JobProgress:
        return ending_of(self._tally, self._job)

    def _write_output(self) -> bool:
        """False where the job was cancelled meanwhile."""
        configuration = self._job.configuration
        target = Path(self._job.output) / configuration.file_name
        form = configuration.output_format
        if configuration.output_action != "append_row" or form == "text":
            self._pool.finish()
            if configuration.output_action == "append_row":
                self._output.results.assemble(self._tally.done_indexes(), target)
            return True
        columns = self._agreed()
        if form == "parquet" and not self._output.write_parquet(self._tally.done_indexes, columns, target):
            return False
        self._pool.finish()
        if form == "csv":
            self._output.results.assemble(self._tally.done_indexes(), target, csv_header(columns))
        return True

    def _hear_more(self) -> bool:
        self._hear()
        self._look()
        self._publish()
        return not self._folder.is_to_be_cancelled()

    def _agreed(self) -> AgreedColumns:
        """Columns of all results; mini-batches whose columns do not fit have failed. Raises ScoredockError
        `batch-threshold-passed`.
        """
        check = ColumnCheck(self._output.results)
        unfit = {index: (head, problem) for index, head, problem in check.unfit(self._tally.done_indexes())}
        for batch in self._new_plan() if unfit else ():
            if batch.index in unfit:
                head, problem = unfit.pop(batch.index)
                self._output.results.path(batch.index).unlink(missing_ok=True)
                record = failed_record(batch, {"cause": "columns", "message": problem, "items": head.items}, 1)
                self._tally.take_back(replace(record, items=head.items), head.rows)
        self._check_thresholds()
        return check.agreed

    def _new_plan(self) -> BatchPlan:
        folder = self._folder
        return BatchPlan(self._job.configuration, folder.of(LISTING), folder.of(PARTS), folder.of(KEY_VALUES))

    def _end(self, ending: JobProgress) -> JobProgress:
        try:
            self._tally.sync()
            write_quarantine(self._folder.of(QUARANTINE), self._tally.failures())
        except OSError:
            if ending.state != "Failed":
                raise
        progress = self._progress(ending)
        self._pool.end()
        with contextlib.suppress(OSError):
            stray, place = stray_files(self._folder)
            progress = replace(progress, stray=stray, stray_folder=place)
        self._folder.use_reserve()
        self._folder.write_progress(progress)
        if progress.is_complete:
            remove_unneeded(self._folder)
        return progress


def _unfinished(progress: JobProgress) -> list[int]:
    """Mini-batches that were under way when the driver before this one ended."""
    return [int(each["batch"]) for each in progress.workers if each.get("batch") is not None]


def _seen(worker: Worker) -> dict[str, Any]:
    memory, cpu = worker.usage()
    return {
        "number": worker.number,
        "pid": worker.pid,
        "batch": worker.batch.index if worker.batch is not None else None,
        "seconds": round(time.monotonic() - worker.since, 1),
        "memory": memory,
        "cpu": cpu,
    }


def _bytes_of(batch: MiniBatch) -> int:
    return batch.end - batch.start if batch.head else sum(file.size for file in batch.files) if not batch.end else 0
