"""Batch jobs: what they are to do, how far one is, what came out of it."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.contrib.batch.options import BatchLoggingLevel as BatchLoggingLevel
from scoredock.contrib.batch.options import BatchOptions, BatchWorkerOptions
from scoredock.contrib.batch.options import BatchOutputAction as BatchOutputAction
from scoredock.contrib.batch.options import BatchOutputFormat as BatchOutputFormat
from scoredock.deploy_options import BatchInputFormat as BatchInputFormat
from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask, option
from scoredock.visible import LINES

BatchState = Literal[
    "Queued",
    "Running",
    "Pausing",
    "Paused",
    "Completed",
    "CompletedWithErrors",
    "Failed",
    "Canceled",
    "Interrupted",
]
"""`CompletedWithErrors`: some of it has no result, as limits allow. `Pausing`: mini-batches that are under way still
finish. `Interrupted`: its process ended before the work did; it can be resumed."""


@dataclass(frozen=True, kw_only=True)
class BatchRunParams(BatchWorkerOptions, BatchOptions, WorkspaceTask):
    """A new batch job. Paths are absolute; docs/batch.md says what each option does."""

    name: str = option(
        "-n",
        "--name",
        default="",
        help="name of the job; without it one is made of the file and the time",
        metavar="NAME",
        names="",
    )
    """3 to 32 small letters, digits and hyphens, beginning with a letter; empty for one that is made of the script's
    name and the time."""
    entry_script: str = option(
        "--entry-script",
        "--es",
        default="",
        help="script with init() and run(mini_batch); a model of a framework that needs none is scored without",
        metavar="FILE",
        path="here",
    )
    """Empty where `file` names it."""
    file: str = option(
        "-f",
        "--file",
        default="",
        help="YAML of a batch deployment of Azure ML v2, which says what options here leave open",
        metavar="FILE",
        path="here",
    )
    """YAML of a batch deployment of Azure ML v2: what it says holds where these options say nothing else."""
    inputs: list[str] = option(
        "-i",
        "--input",
        help="file, folder, pattern with *, ? or **, address such as s3://bucket/folder, dataset:NAME[:VERSION], or"
        " service:NAME for what a service collected; may be repeated",
        metavar="PATH",
        names="",
    )
    """Files, folders, patterns with `*`, `?` and `**`, addresses such as `s3://bucket/folder`, `dataset:NAME[:VERSION]`
    and `service:NAME`."""
    output_path: str = option(
        "-o", "--output-path", help="folder for the output", metavar="FOLDER", names="", path="here"
    )
    """Folder for the output."""
    models: list[str] = option(
        "-m",
        "--model",
        default_factory=list,
        help="name:version, name@alias, or name for the newest version; may be repeated",
        metavar="MODEL",
        names="model",
    )
    source_directory: str = option(
        "--source-directory",
        "--sd",
        default="",
        help="folder that the script belongs to",
        metavar="FILE",
        path="here",
    )
    environment_file: str = option(
        "--environment-file",
        "--conda-file",
        "--cf",
        default="",
        help="conda YAML or pip requirements",
        metavar="FILE",
        path="here",
    )
    environment: str = option(
        "-e",
        "--environment",
        "--environment-name",
        default="",
        help="registered or curated environment instead of a file",
        metavar="NAME[:VERSION]",
        names="environment",
    )
    """Registered environment instead of a file."""
    overwrite: bool = option("--overwrite", default=False, help="replace an output file that is there")
    """An output file that is there is replaced."""
    skip_checks: bool = option("--skip-checks", default=False, help="continue even if checks find errors")
    accept_columns: bool = option(
        "--yes", default=False, help="begin although the input has other columns than the model takes"
    )
    """Begin although the tables have other columns than a model without a script takes."""
    wait: bool = option("--no-wait", default=True, help="return when the job has begun")
    """Until the job has ended; a cancel of the request cancels the job then."""


@dataclass(frozen=True)
class BatchListParams(WorkspaceParams):
    """All jobs of a workspace."""


@dataclass(frozen=True)
class BatchRef(WorkspaceParams):
    """One job."""

    name: str = option(help="name of the batch job", names="batch")


@dataclass(frozen=True, kw_only=True)
class BatchResumeParams(BatchRef, WorkspaceTask):
    """Goes on with a job from what is done."""

    mini_batches: list[int] = option(
        "--mini-batch",
        default_factory=list,
        help="of the mini-batches that failed run this one alone again, by its number in `batch show`; may be repeated",
        metavar="N",
    )
    """Of those that failed these alone are run again; empty for all."""
    wait: bool = option("--no-wait", default=True, help="return when the job works again")


@dataclass(frozen=True, kw_only=True)
class BatchPauseParams(BatchRef, WorkspaceTask):
    """Request that a job begins no other mini-batch."""

    wait: bool = option("--no-wait", default=True, help="return while mini-batches are under way")
    """Until those that are under way have finished."""


@dataclass(frozen=True, kw_only=True)
class BatchLogsParams(BatchRef):
    """Lines that workers wrote."""

    tail: int = option("--tail", default=0, help="only so many last lines", metavar="N")
    """So many last lines; 0 for all that is kept."""
    worker: int | None = option("--worker", default=None, help="only of this worker", metavar="N")
    """Of one worker; null for all, by their times."""


@dataclass(frozen=True)
class BatchWorker:
    """A process that calls run()."""

    number: int
    pid: int
    batch: int | None
    """The mini-batch that it has; null for none."""
    seconds: float
    """That it has had it."""
    memory: int
    """Bytes."""
    cpu: float
    """Seconds of processor time."""


@dataclass(frozen=True)
class SlowMiniBatch:
    """Mini-batch that is among those that took longest."""

    index: int
    name: str
    seconds: float


@dataclass(frozen=True)
class UnequalMiniBatch:
    """Mini-batch with fewer or more results than items."""

    index: int
    name: str
    items: int
    results: int


@dataclass(frozen=True)
class FailedTry:
    """A try of a mini-batch that failed and was followed by another one."""

    time: float
    """Seconds since the epoch."""
    cause: str
    """As that of the mini-batch."""
    message: str
    place: str


@dataclass(frozen=True)
class FailedMiniBatch:
    """Mini-batch whose last try failed."""

    index: int
    name: str
    cause: str
    """`run-failed`, `crashed`, `timeout`, `input`, `result-type`, or `columns` that are not those of the output."""
    message: str
    place: str
    """`score.py:12` where the script failed; empty where nothing says it."""
    tries: int
    items: int
    inputs: list[str]
    """The first files of it."""
    earlier: list[FailedTry] = field(default_factory=list)
    """The tries before the last, in their order."""


@dataclass(frozen=True)
class BatchJob:
    """One job, as a list shows it."""

    name: str
    state: BatchState
    created: float
    """Seconds since the epoch."""
    script: str
    output: str
    """Folder."""
    planned: int
    """Mini-batches so far."""
    is_planned: bool
    """Whether these are all."""
    completed: int
    failed: int
    items: int
    """Files or rows that run() got in mini-batches that are done."""
    results: int
    failed_items: int
    seconds: float
    """Of work."""
    percentage: int
    """Of the input that is behind it."""
    compute: str
    """Compute target whose cluster has the workers; empty for this machine."""
    waiting: str
    """Why no worker there has begun, as a sentence; empty where one has."""


@dataclass(frozen=True)
class BatchJobDetails:
    """Everything about one job."""

    job: BatchJob
    inputs: list[str]
    files: int
    bytes: int
    input_format: str
    mini_batch_size: str
    models: list[str]
    environment: str
    retried: int
    """Tries that failed and were followed by another one."""
    interrupted: int
    """Mini-batches that were under way when the job was ended, and were run again."""
    fewer: int
    more: int
    workers: list[BatchWorker]
    slowest: list[SlowMiniBatch]
    unequal: list[UnequalMiniBatch]
    failures: list[FailedMiniBatch]
    """The first 100."""
    error: str
    """Why it failed, or what failed in one that completed with errors; else empty."""
    traceback: str = field(metadata=LINES)
    notes: list[str]
    """What is not as the script seems to expect."""


@dataclass(frozen=True)
class BatchJobs:
    """Newest first."""

    jobs: list[BatchJob]


@dataclass(frozen=True)
class BatchOutputs:
    """Files with the results of a job."""

    folder: str
    files: list[str]
    """Absolute paths: the output, and the quarantine file where mini-batches failed."""
    quarantine: str
    """Absolute path; empty where none failed."""
    head: list[str] = field(metadata=LINES)
    """The first lines of the output; while the job works, of the results that there are."""
    table: list[list[str]]
    """The same in columns, where each of them has as many values; else empty."""


@dataclass(frozen=True)
class BatchLog:
    """Lines with time, worker and mini-batch."""

    lines: list[str] = field(metadata=LINES)


@dataclass(frozen=True)
class BatchYamlParams:
    """A YAML file of a script of the SDK."""

    path: str
    """Absolute path."""


@dataclass(frozen=True)
class BatchYaml:
    """Contents of the YAML file, as JSON."""

    text: str
    """The document as JSON."""
