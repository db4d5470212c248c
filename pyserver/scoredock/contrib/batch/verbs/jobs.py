"""Batch jobs that are there: lists, details, outputs and logs; cancel and resume."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.contrib.batch import messages
from scoredock.contrib.batch.verbs.job_notes import failures_of, notes_of
from scoredock.contrib.batch.verbs.preview import first_lines
from scoredock.contrib.batch.verbs.waiting import LOOK_SECONDS, cancel, follow, percentage
from scoredock.counts import counted
from scoredock.errors import Cancelled, ScoredockError
from scoredock.features.arguments import option_arguments
from scoredock.progress import PartOfStep
from scoredock.protocol.messages.basics import Empty
from scoredock.registry.audit import following
from scoredock.registry.store.faults import storing
from scoredock.verb import CliCommand, EditorCommand, rows, verb

if TYPE_CHECKING:
    from scoredock.contrib.batch.domain.work.jobs import JobFolder, JobProgress, JobRecord

_NAME = option_arguments(messages.BatchRef)
_AT_WORK = ("Running", "Pausing")


@verb(
    "batch/list",
    progress="Reading batch jobs",
    terminal=CliCommand(
        "batch list", "List the batch jobs of the workspace, newest first.", (), ("scoredock batch list",)
    ),
)
def list_jobs(params: messages.BatchListParams, context: Context, operation: Operation) -> messages.BatchJobs:
    """Jobs whose record can be read."""
    from scoredock.contrib.batch.domain.work.jobs import all_folders
    from scoredock.contrib.batch.domain.work.left_over import clear

    summaries = []
    workspace = context.workspace(params.workspace_id).path
    following.settle(workspace)
    clear(workspace)
    for folder in all_folders(workspace):
        try:
            summaries.append(_summary(folder.job(), folder.progress()))
        except ScoredockError:
            continue  # `batch show` says what is wrong with it
    return messages.BatchJobs(summaries)


@verb(
    "batch/show",
    progress="Reading batch job",
    errors=("batch-job-not-found", "batch-job-damaged"),
    terminal=CliCommand(
        "batch show",
        "Show how far a batch job is, what failed, and which mini-batches had fewer or more results than items.",
        _NAME,
        ("scoredock batch show nightly",),
    ),
    editor=(
        EditorCommand("showBatchJob", "Show Details", "contrib/batch/jobs", menus=(rows("jobs", "job", "0_open@1"),)),
    ),
)
def show(params: messages.BatchRef, context: Context, operation: Operation) -> messages.BatchJobDetails:
    """Everything about one job."""
    return details_of(_folder(params.name, params.workspace_id, context))


@verb(
    "batch/cancel",
    progress="Cancelling batch job",
    changes=True,
    errors=("batch-job-not-found",),
    terminal=CliCommand(
        "batch cancel",
        "Cancel a batch job. What is done is kept, and `batch resume` goes on from there.",
        _NAME,
        ("scoredock batch cancel nightly",),
    ),
    editor=(
        EditorCommand(
            "cancelBatchJob",
            "Cancel",
            "contrib/batch/jobs",
            icon="debug-stop",
            menus=(rows("jobs", "running", "inline@2", "1_main@2"),),
        ),
    ),
)
def cancel_job(params: messages.BatchRef, context: Context, operation: Operation) -> messages.BatchJobDetails:
    """Returns when its processes have ended; of one whose driver was killed nothing stays elsewhere either. Nothing
    happens to others that do not run."""
    from scoredock.contrib.batch.domain.elsewhere.workers import remove_workers

    folder = _folder(params.name, params.workspace_id, context)
    if folder.is_driven():
        with storing(folder.path):
            cancel(folder)
    elif folder.progress().state == "Interrupted":
        remove_workers(folder)
    return details_of(folder)


@verb(
    "batch/pause",
    progress="Pausing batch job",
    changes=True,
    errors=("batch-job-not-found",),
    terminal=CliCommand(
        "batch pause",
        "Pause a batch job: mini-batches that are under way finish, and no other one begins. Its processes end, and"
        " `batch resume` goes on.",
        option_arguments(messages.BatchPauseParams),
        ("scoredock batch pause nightly",),
    ),
    editor=(
        EditorCommand(
            "pauseBatchJob",
            "Pause",
            "contrib/batch/jobs",
            icon="debug-pause",
            menus=(rows("jobs", "pausable", "inline@1", "1_main@1"),),
        ),
    ),
)
def pause(params: messages.BatchPauseParams, context: Context, operation: Operation) -> messages.BatchJobDetails:
    """Pauses a job; nothing happens to one that does not run. A cancel ends the waiting, and not the pause."""
    folder = _folder(params.name, params.workspace_id, context)
    if folder.is_driven():
        with storing(folder.path):
            folder.ask_to_pause()
    while params.wait and folder.is_driven():
        busy = sum(each.get("batch") is not None for each in folder.written_progress().workers)
        step = l10n.t("Pausing {name}", name=folder.name)
        amounts = l10n.t(", {mini_batches} under way", mini_batches=counted(busy, "mini-batch"))
        operation.progress.report(PartOfStep(step, amounts))
        if operation.cancel.wait(LOOK_SECONDS):
            raise Cancelled(
                l10n.t("The batch job {name} pauses when what is under way has finished.", name=folder.name)
            )
    return details_of(folder)


@verb(
    "batch/resume",
    progress="Running batch job",
    changes=True,
    errors=(
        "batch-job-not-found",
        "batch-job-running",
        "batch-job-complete",
        "batch-job-restored",
        "batch-option-invalid",
        "batch-output-in-use",
        "runtime-missing",
    ),
    terminal=CliCommand(
        "batch resume",
        "Go on with a batch job that was paused, cancelled, killed or has failed: what is done stays, everything else"
        " is run, mini-batches that failed as well.",
        option_arguments(messages.BatchResumeParams),
        ("scoredock batch resume nightly", "scoredock batch resume nightly --mini-batch 7"),
    ),
    editor=(
        EditorCommand(
            "resumeBatchJob",
            "Resume",
            "contrib/batch/jobs",
            icon="debug-continue",
            menus=(rows("jobs", "resumable", "inline@1", "1_main@1"),),
        ),
    ),
)
def resume(params: messages.BatchResumeParams, context: Context, operation: Operation) -> messages.BatchJobDetails:
    """Raises batch-job-running, batch-job-complete for one of which nothing failed, and batch-option-invalid for a
    mini-batch that has not."""
    from scoredock.contrib.batch.domain.driving import start_driver
    from scoredock.contrib.batch.verbs.resumable import begin_again

    folder = _folder(params.name, params.workspace_id, context)
    with storing(folder.path):
        begin_again(folder, params.mini_batches, context.home, operation.cancel)
        start_driver(context.home, folder)
    if params.wait:
        follow(folder, operation)
    return details_of(folder)


@verb(
    "batch/outputs",
    progress="Reading batch job",
    errors=("batch-job-not-found",),
    terminal=CliCommand(
        "batch outputs",
        "Say where the output of a batch job is, and show its first lines; before its end those of the results so far.",
        _NAME,
        ("scoredock batch outputs nightly",),
    ),
    editor=(
        EditorCommand(
            "openBatchOutput",
            "Open Output",
            "contrib/batch/jobs",
            icon="go-to-file",
            menus=(rows("jobs", "written", "inline@1", "1_main@3"),),
        ),
    ),
)
def outputs(params: messages.BatchRef, context: Context, operation: Operation) -> messages.BatchOutputs:
    """The output, and the quarantine file where mini-batches failed."""
    from scoredock.contrib.batch.domain.work.jobs import QUARANTINE, RESULTS
    from scoredock.contrib.batch.domain.work.preview import columns_of

    folder = _folder(params.name, params.workspace_id, context)
    job = folder.job()
    output = Path(job.output) / job.configuration.file_name
    is_whole = folder.progress().is_written and output.is_file()
    files = [output] if is_whole else []
    quarantine = folder.of(QUARANTINE)
    if quarantine.is_file():
        files.append(quarantine)
    parts = [output] if is_whole else sorted(folder.of(RESULTS).glob("*/?????????"))
    head = first_lines(job, parts, is_whole=is_whole)
    return messages.BatchOutputs(
        job.output,
        list(map(str, files)),
        str(quarantine) if quarantine.is_file() else "",
        head,
        columns_of(head, is_csv=job.configuration.output_format != "text"),
    )


@verb(
    "batch/logs",
    progress="Reading log",
    errors=("batch-job-not-found",),
    terminal=CliCommand(
        "batch logs",
        "Show what the workers of a batch job printed, with time, worker and mini-batch.",
        option_arguments(messages.BatchLogsParams),
        ("scoredock batch logs nightly --tail 50",),
    ),
    editor=(EditorCommand("openBatchLog", "Open Log", "contrib/batch/jobs", menus=(rows("jobs", "job", "1_main@4"),)),),
)
def logs(params: messages.BatchLogsParams, context: Context, operation: Operation) -> messages.BatchLog:
    """Log of the workers, in the order of the times."""
    from collections import deque

    from scoredock.contrib.batch.domain.work.jobs import LOGS
    from scoredock.contrib.batch.domain.work.worker_log import merged_lines

    folder = _folder(params.name, params.workspace_id, context)
    lines = merged_lines(folder.of(LOGS))
    if params.worker is not None:
        mark = f" [process{params.worker:03d}] "
        lines = (line for line in lines if mark in line[:80])
    return messages.BatchLog(list(deque(lines, maxlen=params.tail) if params.tail > 0 else lines))


@verb(
    "batch/delete",
    progress="Deleting batch job",
    changes=True,
    errors=("batch-job-not-found", "batch-job-running"),
    terminal=CliCommand(
        "batch delete",
        "Delete a batch job with its log and with what it would go on from. Its output folder stays.",
        _NAME,
        ("scoredock batch delete nightly",),
    ),
    editor=(
        EditorCommand(
            "deleteBatchJob",
            "Delete Batch Job",
            "contrib/batch/jobs",
            icon="trash",
            menus=(rows("jobs", "deletable", "9_delete@1"),),
        ),
    ),
)
def delete_job(params: messages.BatchRef, context: Context, operation: Operation) -> Empty:
    """Deletes a job with its folder; its environment is of no use to it any more."""
    from scoredock.contrib.batch.domain.work.left_over import delete

    folder = _folder(params.name, params.workspace_id, context)
    with storing(folder.path):
        delete(folder)
    return Empty()


def details_of(folder: JobFolder) -> messages.BatchJobDetails:
    """Raises ScoredockError `batch-job-damaged`."""
    job, progress = folder.job(), folder.progress()
    configuration = job.configuration
    return messages.BatchJobDetails(
        job=_summary(job, progress),
        inputs=list(job.inputs),
        files=job.files,
        bytes=job.bytes,
        input_format=configuration.input_format,
        mini_batch_size=", ".join(configuration.partition_keys) or str(configuration.size),
        models=list(job.models),
        environment=job.environment,
        retried=progress.retried,
        interrupted=progress.interrupted,
        fewer=progress.fewer,
        more=progress.more,
        workers=[_worker(each) for each in progress.workers] if progress.state in _AT_WORK else [],
        slowest=[messages.SlowMiniBatch(index, name, seconds) for seconds, index, name in progress.slowest],
        unequal=[messages.UnequalMiniBatch(*each) for each in progress.unequal],
        failures=failures_of(folder),
        error=progress.message,
        traceback=progress.traceback,
        notes=notes_of(folder, progress),
    )


def _folder(name: str, workspace_id: str, context: Context) -> JobFolder:
    from scoredock.contrib.batch.domain.work.jobs import folder_of
    from scoredock.contrib.batch.domain.work.left_over import clear

    workspace = context.workspace(workspace_id).path
    following.settle(workspace)
    clear(workspace)
    return folder_of(workspace, name)


def _summary(job: JobRecord, progress: JobProgress) -> messages.BatchJob:
    return messages.BatchJob(
        name=job.name,
        state=progress.state,
        created=job.created,
        script=job.script,
        output=job.output,
        planned=progress.planned,
        is_planned=progress.is_planned,
        completed=progress.completed,
        failed=progress.failed,
        items=progress.items,
        results=progress.results,
        failed_items=progress.failed_items,
        seconds=round(progress.seconds, 3),
        percentage=percentage(job, progress),
        compute=job.compute,
        waiting=progress.waiting if progress.state in _AT_WORK else "",
    )


def _worker(each: Any) -> messages.BatchWorker:
    return messages.BatchWorker(
        each["number"], each["pid"], each["batch"], each["seconds"], each["memory"], each["cpu"]
    )
