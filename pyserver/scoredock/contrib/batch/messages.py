"""Batch jobs: what they are to do, how far one is, what came out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.protocol.messages.documents import BatchInputFormat as BatchInputFormat
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
BatchOutputFormat = Literal["text", "csv", "parquet"]
BatchOutputAction = Literal["append_row", "summary_only"]
BatchLoggingLevel = Literal["DEBUG", "INFO", "WARNING"]


@dataclass(frozen=True)
class BatchRunParams:
    """A new batch job. Paths are absolute; docs/batch.md says what each option does."""

    name: str
    """3 to 32 small letters, digits and hyphens, beginning with a letter."""
    inputs: list[str]
    """Files, folders, patterns with `*`, `?` and `**`, addresses such as `s3://bucket/folder`, `dataset:NAME[:VERSION]`
    and `service:NAME`."""
    output_path: str
    """Folder for the output."""
    entry_script: str = ""
    """Empty where `file` names it."""
    file: str = ""
    """YAML of a batch deployment of Azure ML v2: what it says holds where these options say nothing else."""
    models: list[str] = field(default_factory=list)
    source_directory: str = ""
    environment_file: str = ""
    environment: str = ""
    """Registered environment instead of a file."""
    input_format: BatchInputFormat = "files"
    encoding: str = ""
    """Of CSV files, such as `cp1252` or `utf-16`; empty for UTF-8."""
    separator: str = ""
    """Of their values, one character or `tab`; empty for a comma."""
    mini_batch_size: str = ""
    """Number of files or rows, or bytes of a table such as `1MB`; empty for 10 files or 1 MB."""
    error_threshold: int | None = None
    """Of this and the next two null is for no limit. A limit of -1, and one of 100 percent, say that every failure is
    allowed: a job in which nothing has a result completes with errors then, and fails else."""
    allowed_failed_count: int | None = None
    allowed_failed_percent: float | None = None
    output_action: BatchOutputAction = "append_row"
    append_row_file_name: str = "parallel_run_step.txt"
    """Ends as `output_format` does where it is not said."""
    output_format: BatchOutputFormat = "text"
    """`text` as v1 forms it, or a table with the names of its columns."""
    input_keys: bool = False
    """Each row of a table says which mini-batch, file and row of the input it is of."""
    process_count: int = 0
    """Workers; 0 for one per processor."""
    run_invocation_timeout: float = 60.0
    """Seconds."""
    run_max_try: int = 3
    logging_level: BatchLoggingLevel = "INFO"
    partition_keys: list[str] = field(default_factory=list)
    partition_format: str = ""
    arguments: list[str] = field(default_factory=list)
    environment_variables: Mapping[str, str] = field(default_factory=dict)
    compute: str = ""
    """Compute target whose cluster has the workers; empty for this machine."""
    cpu_cores: float = 0.0
    """That each pod of a compute target requests; 0 for what is usual."""
    memory_gb: float = 0.0
    """The same of its memory."""
    overwrite: bool = False
    """An output file that is there is replaced."""
    skip_checks: bool = False
    accept_columns: bool = False
    """Begin although the tables have other columns than a model without a script takes."""
    wait: bool = True
    """Until the job has ended; a cancel of the request cancels the job then."""
    workspace_id: str = ""
    """Empty for the active workspace."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class BatchListParams:
    """All jobs of a workspace."""

    workspace_id: str = ""
    """Empty for the active workspace."""


@dataclass(frozen=True)
class BatchRef:
    """One job."""

    name: str
    workspace_id: str = ""
    """Empty for the active workspace."""


@dataclass(frozen=True)
class BatchResumeParams:
    """Goes on with a job from what is done."""

    name: str
    mini_batches: list[int] = field(default_factory=list)
    """Of those that failed these alone are run again; empty for all."""
    wait: bool = True
    workspace_id: str = ""
    """Empty for the active workspace."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class BatchPauseParams:
    """Has a job begin no other mini-batch."""

    name: str
    wait: bool = True
    """Until those that are under way have finished."""
    workspace_id: str = ""
    """Empty for the active workspace."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class BatchLogsParams:
    """Lines that workers wrote."""

    name: str
    tail: int = 0
    """So many last lines; 0 for all that is kept."""
    worker: int | None = None
    """Of one worker; null for all, by their times."""
    workspace_id: str = ""
    """Empty for the active workspace."""


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
    """One of those that took longest."""

    index: int
    name: str
    seconds: float


@dataclass(frozen=True)
class UnequalMiniBatch:
    """One with fewer or more results than items."""

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
    """One whose last try failed."""

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
    """Where the results of a job are."""

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
    """What it says."""

    text: str
    """The document as JSON."""
