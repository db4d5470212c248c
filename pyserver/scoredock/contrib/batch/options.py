"""The options of a batch job, each declared once: command line, message, configuration and record take them from here.

They have the names of ParallelRunConfig (SDK v1); docs/batch.md says what each does, docs/internals/batch-contract.md
has the facts with their sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from scoredock.deploy_options import BatchInputFormat, BatchScriptOptions
from scoredock.late_dataclass import dataclass
from scoredock.options import option

BatchOutputFormat = Literal["text", "csv", "parquet"]
BatchOutputAction = Literal["append_row", "summary_only"]
BatchLoggingLevel = Literal["DEBUG", "INFO", "WARNING"]
NO_LIMIT, ALL_PERCENT = -1, 100.0
"""Of thresholds: every failure is ignored."""
DEFAULT_FILE_NAME = "parallel_run_step.txt"
POD_CORES, POD_MEMORY_GB = 0.1, 0.5
"""That each pod requests, as a service of AKS does, where nobody says how much."""
ACTOR_CORES = 1.0
"""That each actor of Ray asks for where nobody says how many."""
_MOST = 2**31 - 1
_MOST_SECONDS = 259_200
"""Three days, as for parallel jobs of v2."""


@dataclass(frozen=True, kw_only=True)
class BatchOptions(BatchScriptOptions):
    """Options on how mini-batches are made and run, and what becomes of their results."""

    input_format: BatchInputFormat = option(
        "--input-format",
        default="files",
        help="what run() gets: a list of file paths, or rows of CSV or Parquet files as a data frame",
    )
    error_threshold: int | None = option(
        "--error-threshold",
        default=None,
        help="files or rows of the whole input that may fail; -1 for any number, even all",
        metavar="N",
        between=(NO_LIMIT, _MOST),
    )
    """Of this and the next two null is for no limit. A limit of -1, and one of 100 percent, say that every failure is
    allowed: a job in which nothing has a result completes with errors then, and fails else."""
    allowed_failed_count: int | None = option(
        "--allowed-failed-count",
        "--mini-batch-error-threshold",
        default=None,
        help="mini-batches that may fail; -1 for any number, even all",
        metavar="N",
        between=(NO_LIMIT, _MOST),
    )
    allowed_failed_percent: float | None = option(
        "--allowed-failed-percent",
        default=None,
        help="percent of the mini-batches that may fail; 100 for all",
        metavar="PERCENT",
        between=(0, ALL_PERCENT),
    )
    output_action: BatchOutputAction = option(
        "--output-action",
        default="append_row",
        help="append_row puts all results into one file; summary_only counts them",
    )
    append_row_file_name: str = option(
        "--append-row-file-name",
        "--output-file-name",
        default=DEFAULT_FILE_NAME,
        help="name of that file",
        metavar="NAME",
        names="",
    )
    """Ends as `output_format` does where it is not said."""
    output_format: BatchOutputFormat = option(
        "--output-format",
        default="text",
        help="text as v1 forms it, or a table with names of columns as CSV or Parquet",
    )
    """`text` as v1 forms it, or a table with the names of its columns."""
    input_keys: bool = option(
        "--input-keys",
        default=False,
        help="put mini-batch, file and row of the input before each row of a CSV or Parquet output",
    )
    """Each row of a table says which mini-batch, file and row of the input it is of."""
    process_count: int = option(
        "--process-count",
        default=0,
        help="processes that call run(); one per processor by default",
        metavar="N",
        between=(0, 1024),
    )
    """Workers; 0 for one per processor."""
    run_invocation_timeout: float = option(
        "--run-invocation-timeout",
        default=60.0,
        help="seconds that one call of run() may take",
        metavar="SECONDS",
        between=(0.001, _MOST_SECONDS),
    )
    """Seconds."""
    run_max_try: int = option(
        "--run-max-try", default=3, help="calls of run() with one mini-batch", metavar="N", between=(1, _MOST)
    )
    logging_level: BatchLoggingLevel = option("--logging-level", default="INFO", help="of the script's log")
    partition_keys: tuple[str, ...] = option(
        "--partition-key",
        default=(),
        help="one mini-batch for each value of this part of the paths, or of this column of tables; may be repeated",
        metavar="KEY",
        names="",
    )
    partition_format: str = option(
        "--partition-format",
        default="",
        help="where the keys stand in a path, such as {user}/{season}/{genre}.wav; folders key=value by default",
        metavar="FORMAT",
    )
    environment_variables: Mapping[str, str] = option(
        "--env", default_factory=dict, help="environment variable; may be repeated", metavar="KEY=VALUE"
    )


@dataclass(frozen=True, kw_only=True)
class BatchWorkerOptions:
    """Place of the workers of a job, and what each requests there."""

    compute: str = option(
        "--compute",
        default="",
        help="compute target whose cluster has the workers: 2 pods or Ray actors, or --process-count of them",
        metavar="NAME",
        names="compute",
    )
    """Compute target whose cluster has the workers; empty for this machine."""
    cpu_cores: float = option(
        "--cpu-cores",
        default=0.0,
        help=f"processors that each worker on a cluster requests; {POD_CORES:g} by default, {ACTOR_CORES:g} on Ray",
        metavar="N",
        between=(0.001, 1024),
    )
    """That each pod of a compute target requests; 0 for what is usual."""
    memory_gb: float = option(
        "--memory-gb",
        default=0.0,
        help=f"memory that each worker on a cluster requests; {POD_MEMORY_GB:g} by default, nothing on Ray",
        metavar="GB",
        between=(0.001, 65536),
    )
    """The same of its memory."""
