"""A new batch job: its script, models and environment as for a service, its input listed, its driver started."""

from __future__ import annotations

import dataclasses
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock.context import Context, Operation, absolute
from scoredock.contrib.batch import messages
from scoredock.contrib.batch.options import BatchOptions, BatchWorkerOptions
from scoredock.contrib.batch.verbs.deployment_file import with_deployment_file
from scoredock.contrib.batch.verbs.jobs import details_of
from scoredock.contrib.batch.verbs.new_job import prepared, require_new
from scoredock.contrib.batch.verbs.place import target_of
from scoredock.contrib.batch.verbs.waiting import follow
from scoredock.contrib.batch.verbs.without_script import require_model, table_format
from scoredock.errors import ScoredockError
from scoredock.features.arguments import option_arguments
from scoredock.options import options_of, values_of
from scoredock.registry.store.faults import storing
from scoredock.verb import CliCommand, EditorCommand, MenuItem, head, rows, verb

if TYPE_CHECKING:
    from scoredock.contrib.batch.domain.work.jobs import JobFolder

_OF_JOBS = (*options_of(BatchOptions), *options_of(BatchWorkerOptions))


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
            *option_arguments(messages.BatchRunParams, without=_OF_JOBS),
            *option_arguments(BatchOptions),
            *option_arguments(BatchWorkerOptions),
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

    params = dataclasses.replace(params, name=params.name or _name_of_now(params))
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


def _name_of_now(params: messages.BatchRunParams) -> str:
    """Name of a new job, as jobs of Azure ML have one, each its own."""
    source = params.file or params.entry_script or next(iter(params.models), "").partition(":")[0]
    stem = re.sub(r"[^a-z0-9]+", "-", Path(source).stem.lower()).strip("-")
    return f"{stem[:18] if stem[:1].isalpha() else 'job'}-{time.strftime('%m%d-%H%M%S')}"


def _started(params: messages.BatchRunParams, context: Context, operation: Operation) -> JobFolder:
    """A job whose driver runs. What fails before leaves no job."""
    from scoredock.contrib.batch.domain.driving import start_driver
    from scoredock.contrib.batch.domain.elsewhere.on_cluster import PODS, require_requests
    from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration
    from scoredock.contrib.batch.domain.work.jobs import output_lock, require_free_output
    from scoredock.contrib.batch.domain.work.left_over import clear, new_folder

    if not params.entry_script:
        require_model(params)
        form = table_format(params)
        params = dataclasses.replace(params, input_format=form)
    registry = context.registry(params.workspace_id)
    require_requests(params)
    target_of(params.compute, registry)
    if params.compute and not params.process_count:
        params = dataclasses.replace(params, process_count=PODS)
    configuration = BatchConfiguration(**values_of(BatchOptions, params))
    output = absolute(params.output_path)
    require_new(output / configuration.file_name, params, configuration)
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
