"""A new batch job: its script, models and environment as for a service, its input listed, its driver started."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, get_args

from scoredock.context import Context, Operation, absolute
from scoredock.contrib.batch import messages
from scoredock.contrib.batch.domain.elsewhere.on_cluster import POD_CORES, POD_MEMORY_GB, PODS, require_requests
from scoredock.contrib.batch.domain.elsewhere.on_ray import ACTOR_CORES
from scoredock.contrib.batch.verbs.deployment_file import with_deployment_file
from scoredock.contrib.batch.verbs.jobs import details_of
from scoredock.contrib.batch.verbs.new_job import configuration_of, prepared, require_new
from scoredock.contrib.batch.verbs.place import target_of
from scoredock.contrib.batch.verbs.waiting import follow
from scoredock.contrib.batch.verbs.without_script import require_model, table_format
from scoredock.errors import ScoredockError
from scoredock.features.scripts.script_options import ENCODING, MINI_BATCH_SIZE, SCRIPT_ARGUMENT, SEPARATOR
from scoredock.registry.store.faults import storing
from scoredock.verb import CliCommand, EditorCommand, MenuItem, argument, head, rows, verb

if TYPE_CHECKING:
    from scoredock.contrib.batch.domain.work.jobs import JobFolder

_PATH = {"default": "", "metavar": "FILE"}


@verb(
    "batch/run",
    progress="Running batch job",
    changes=True,
    errors=(
        "batch-name-invalid",
        "batch-job-exists",
        "batch-option-invalid",
        "batch-input-missing",
        "batch-input-empty",
        "batch-input-invalid",
        "batch-input-unreachable",
        "batch-columns-differ",
        "asset-not-found",
        "service-not-found",
        "batch-output-in-use",
        "batch-output-exists",
        "batch-driver-failed",
        "batch-script-failed",
        "batch-workers-missing",
        "batch-workers-lost",
        "compute-missing",
        "batch-threshold-passed",
        "batch-nothing-scored",
        "batch-storage-failed",
        "batch-output-failed",
        "batch-package-missing",
        "check-failed",
        "compute-invalid",
        "cluster-unreachable",
        "cluster-login-failed",
        "cluster-not-allowed",
        "cluster-refused",
        "cluster-namespace-missing",
        "ray-unreachable",
        "ray-token-refused",
        "ray-not-a-head",
        "ray-python-differs",
        "ray-environment-unfit",
        "ray-package-too-large",
    ),
    terminal=CliCommand(
        "batch run",
        "Score files or rows of tables on this machine by a batch script, each exactly once. Ctrl+C cancels;"
        " `batch resume` goes on.",
        (
            argument(
                "-n",
                "--name",
                help="name of the job; without it one is made of the file and the time",
                names="",
                default="",
                metavar="NAME",
            ),
            argument(
                "--entry-script",
                "--es",
                help="script with init() and run(mini_batch); a model of a framework that needs none is scored without",
                **_PATH,
            ),
            argument(
                "-f",
                "--file",
                help="YAML of a batch deployment of Azure ML v2, which says what options here leave open",
                **_PATH,
            ),
            argument(
                "-i",
                "--input",
                help="file, folder, pattern with *, ? or **, address such as s3://bucket/folder,"
                " dataset:NAME[:VERSION], or service:NAME for what a service collected; may be repeated",
                names="",
                required=True,
                action="append",
                metavar="PATH",
            ),
            argument("-o", "--output-path", help="folder for the output", names="", required=True, metavar="FOLDER"),
            argument(
                "-m",
                "--model",
                help="name:version, name@alias, or name for the newest version; may be repeated",
                names="model",
                action="append",
                metavar="MODEL",
            ),
            argument("--source-directory", "--sd", help="folder that the script belongs to", **_PATH),
            argument("--environment-file", "--conda-file", "--cf", help="conda YAML or pip requirements", **_PATH),
            argument(
                "-e",
                "--environment",
                "--environment-name",
                help="registered or curated environment instead of a file",
                names="environment",
                default="",
                metavar="NAME[:VERSION]",
            ),
            argument(
                "--input-format",
                help="what run() gets: a list of file paths, or rows of CSV or Parquet files as a data frame",
                choices=get_args(messages.BatchInputFormat),
                default="files",
            ),
            ENCODING,
            SEPARATOR,
            MINI_BATCH_SIZE,
            argument(
                "--error-threshold",
                help="files or rows of the whole input that may fail; -1 for any number, even all",
                type=int,
                metavar="N",
            ),
            argument(
                "--allowed-failed-count",
                "--mini-batch-error-threshold",
                help="mini-batches that may fail; -1 for any number, even all",
                type=int,
                metavar="N",
            ),
            argument(
                "--allowed-failed-percent",
                help="percent of the mini-batches that may fail; 100 for all",
                type=float,
                metavar="PERCENT",
            ),
            argument(
                "--output-action",
                help="append_row puts all results into one file; summary_only counts them",
                choices=get_args(messages.BatchOutputAction),
                default="append_row",
            ),
            argument(
                "--append-row-file-name",
                "--output-file-name",
                help="name of that file",
                names="",
                default="parallel_run_step.txt",
                metavar="NAME",
            ),
            argument(
                "--output-format",
                help="text as v1 forms it, or a table with names of columns as CSV or Parquet",
                choices=get_args(messages.BatchOutputFormat),
                default="text",
            ),
            argument(
                "--input-keys",
                help="put mini-batch, file and row of the input before each row of a CSV or Parquet output",
                action="store_true",
            ),
            argument(
                "--process-count",
                help="processes that call run(); one per processor by default",
                type=int,
                default=0,
                metavar="N",
            ),
            argument(
                "--run-invocation-timeout",
                help="seconds that one call of run() may take",
                type=float,
                default=60.0,
                metavar="SECONDS",
            ),
            argument("--run-max-try", help="calls of run() with one mini-batch", type=int, default=3, metavar="N"),
            argument(
                "--logging-level",
                help="of the script's log",
                choices=get_args(messages.BatchLoggingLevel),
                default="INFO",
            ),
            argument(
                "--partition-key",
                help="one mini-batch for each value of this part of the paths, or of this column of tables; may be"
                " repeated",
                names="",
                action="append",
                metavar="KEY",
            ),
            argument(
                "--partition-format",
                help="where the keys stand in a path, such as {user}/{season}/{genre}.wav; folders key=value by"
                " default",
                default="",
                metavar="FORMAT",
            ),
            SCRIPT_ARGUMENT,
            argument(
                "--compute",
                help="compute target whose cluster has the workers: 2 pods or Ray actors, or --process-count of them",
                names="compute",
                default="",
                metavar="NAME",
            ),
            argument(
                "--cpu-cores",
                help="processors that each worker on a cluster requests;"
                f" {POD_CORES:g} by default, {ACTOR_CORES:g} on Ray",
                type=float,
                default=0.0,
                metavar="N",
            ),
            argument(
                "--memory-gb",
                help=f"memory that each worker on a cluster requests; {POD_MEMORY_GB:g} by default, nothing on Ray",
                type=float,
                default=0.0,
                metavar="GB",
            ),
            argument("--env", help="environment variable; may be repeated", action="append", metavar="KEY=VALUE"),
            argument("--overwrite", help="replace an output file that is there", action="store_true"),
            argument("--skip-checks", help="continue even if checks find errors", action="store_true"),
            argument(
                "--yes",
                help="begin although the input has other columns than the model takes",
                dest="accept_columns",
                action="store_true",
            ),
            argument("--no-wait", help="return when the job has begun", action="store_true"),
        ),
        (
            "scoredock batch run --name nightly --entry-script batch_score.py --conda-file conda.yml"
            " --input customers.csv --input-format csv --mini-batch-size 10000 --model churn:1 --output-path scored",
            "scoredock batch run --name heart --file deployment.yml --input images --output-path heart",
        ),
        makes="batch",
    ),
    editor=(
        EditorCommand(
            "scoreInBatch",
            "Score in Batch…",
            "contrib/batch/scoring",
            icon="play",
            menus=(
                head("jobs", "navigation@1"),
                rows("models", "version|group", "1_deploy@3"),
                (
                    MenuItem(
                        "explorer/context",
                        "resourceScheme =~ /^(file|vscode-remote)$/"
                        " && resourceFilename =~ /(batch.*\\.py|\\.(csv|parquet))$/i",
                        "2_scoredock@4",
                    ),
                ),
            ),
        ),
    ),
)
def run_job(params: messages.BatchRunParams, context: Context, operation: Operation) -> messages.BatchJobDetails:
    """Starts a job, and waits for its end where the caller wants that. Raises the code that a job failed with."""
    from scoredock.scripts.registrations import Registrations

    registry = context.registry(params.workspace_id)
    registrations = Registrations(registry, operation)
    try:
        folder = _started(with_deployment_file(params, registry, registrations, operation.progress), context, operation)
    except ScoredockError as error:
        registrations.tell(error)
        raise
    if params.wait:
        follow(folder, operation)
    return details_of(folder)


def _started(params: messages.BatchRunParams, context: Context, operation: Operation) -> JobFolder:
    """A job whose driver runs. What fails before leaves no job."""
    from scoredock.contrib.batch.domain.driving import start_driver
    from scoredock.contrib.batch.domain.work.jobs import output_lock, require_free_output
    from scoredock.contrib.batch.domain.work.left_over import clear, new_folder

    if not params.entry_script:
        require_model(params)
        form = table_format(params)
        params = dataclasses.replace(params, input_format=form)
    registry = context.registry(params.workspace_id)
    require_requests(params.compute, params.cpu_cores, params.memory_gb)
    target_of(params.compute, registry)
    if params.compute and not params.process_count:
        params = dataclasses.replace(params, process_count=PODS)
    configuration = configuration_of(params)
    output = absolute(params.output_path)
    require_new(output / configuration.append_row_file_name, params, configuration)
    with storing(registry.folder):
        lock = output_lock(context.home, str(output))
        require_free_output(lock, str(output))
        try:
            clear(registry.folder)
            with new_folder(registry.folder, params.name) as folder:
                job = prepared(params, configuration, folder, context, operation)
                folder.write_job(job)
        finally:
            lock.release()
        start_driver(context.home, folder)
    return folder
