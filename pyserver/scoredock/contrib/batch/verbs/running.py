"""A new batch job: its script, models and environment as for a service, its input listed, its driver started."""

from __future__ import annotations

import dataclasses
import functools
import time
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.batch import messages
from scoredock.contrib.batch.domain.elsewhere.on_cluster import POD_CORES, POD_MEMORY_GB, PODS, require_requests
from scoredock.contrib.batch.domain.elsewhere.on_ray import ACTOR_CORES
from scoredock.contrib.batch.verbs.before_start import columns_note, models_of, require_columns
from scoredock.contrib.batch.verbs.deployment_file import with_deployment_file
from scoredock.contrib.batch.verbs.job_input import prepare_input
from scoredock.contrib.batch.verbs.jobs import details_of
from scoredock.contrib.batch.verbs.place import WorkersPlace, target_of
from scoredock.contrib.batch.verbs.waiting import follow
from scoredock.contrib.batch.verbs.without_script import add_script, require_model, table_format, with_readers
from scoredock.errors import Place, ScoredockError
from scoredock.features.scripts.script_options import ENCODING, MINI_BATCH_SIZE, SCRIPT_ARGUMENT, SEPARATOR
from scoredock.registry.store.faults import storing
from scoredock.verb import CliCommand, EditorCommand, MenuItem, argument, head, rows, verb

if TYPE_CHECKING:
    from scoredock.analysis.result_cache import Answers
    from scoredock.contrib.batch.domain.former_plans import FormerPlan, JobPlan
    from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration
    from scoredock.contrib.batch.domain.work.jobs import JobFolder, JobRecord

_SCRIPT_BYTES = 4_000_000
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
    configuration = _configuration(params)
    output = absolute(params.output_path)
    _require_new(output / configuration.append_row_file_name, params, configuration)
    with storing(registry.folder):
        lock = output_lock(context.home, str(output))
        require_free_output(lock, str(output))
        try:
            clear(registry.folder)
            with new_folder(registry.folder, params.name) as folder:
                job = _prepared(params, configuration, folder, context, operation)
                folder.write_job(job)
        finally:
            lock.release()
        start_driver(context.home, folder)
    return folder


def _configuration(params: messages.BatchRunParams) -> BatchConfiguration:
    from scoredock.contrib.batch.domain.work.configuration import LIMITS, BatchConfiguration, file_name, limits_of
    from scoredock.contrib.batch.domain.work.csv_text import separator_character
    from scoredock.contrib.batch.domain.work.sizes import DEFAULT_FILES, DEFAULT_TABLE, parse_size

    default = DEFAULT_FILES if params.input_format == "files" else DEFAULT_TABLE
    return BatchConfiguration(
        input_format=params.input_format,
        encoding=params.encoding,
        separator=separator_character(params.separator),
        mini_batch_size=parse_size(params.mini_batch_size, "items") if params.mini_batch_size else default,
        **limits_of({name: getattr(params, name) for name in LIMITS}),
        output_action=params.output_action,
        append_row_file_name=file_name(params.append_row_file_name, params.output_format),
        output_format=params.output_format,
        input_keys=params.input_keys,
        worker_count=params.process_count,
        run_invocation_timeout=params.run_invocation_timeout,
        run_max_try=params.run_max_try,
        logging_level=params.logging_level,
        partition_keys=tuple(params.partition_keys),
        partition_format=params.partition_format,
        arguments=tuple(params.arguments),
        environment_variables=dict(params.environment_variables),
    )


def _require_new(target: Path, params: messages.BatchRunParams, configuration: BatchConfiguration) -> None:
    if configuration.output_action == "append_row" and not params.overwrite and target.exists():
        raise ScoredockError(
            "batch-output-exists",
            l10n.t("The output file {path} already exists.", path=target),
            place=Place(str(target)),
        )


def _prepared(
    params: messages.BatchRunParams,
    configuration: BatchConfiguration,
    folder: JobFolder,
    context: Context,
    operation: Operation,
) -> JobRecord:
    """Everything that is decided before the driver begins."""
    from scoredock.contrib.batch.domain.work.jobs import APP_ROOT, JobRecord
    from scoredock.contrib.batch.domain.work.needed_packages import missing_for, require_packages
    from scoredock.environments.spec import shown_name
    from scoredock.services.lifecycle.staging import stage
    from scoredock_runtime.batch.frames import PROTOCOL

    registry = context.registry(params.workspace_id)
    operation.progress.report(l10n.t("Reading"))
    plan = _plan(params, context)
    environment, entry_script = plan.environment, plan.staged_script
    if not params.entry_script:
        environment = with_readers(environment, params.input_format, params.output_format)
        for note in plan.notes:
            operation.progress.report(note)
    progress, cancel = operation.progress, operation.cancel
    deployments = functools.partial(context.deployments, params.workspace_id)
    place = WorkersPlace(target_of(params.compute, registry), environment, deployments, operation)
    python = place.require_takes(params)
    environments = context.environments(params.workspace_id)
    build = functools.cache(lambda: environments.prepare(environment, progress, cancel))
    job_input = prepare_input(params, configuration, folder, registry, build, operation)
    output = absolute(params.output_path)
    output.mkdir(parents=True, exist_ok=True)
    note = columns_note(plan.models, configuration, folder, registry)
    if params.entry_script and note:  # a script may make columns
        operation.progress.report(note)
    elif not params.accept_columns:
        require_columns(note)
    built = None if params.compute else build()
    if built is not None:
        require_packages(configuration, missing_for(str(built.python)))
    stage(plan, registry, folder.of(APP_ROOT), context.deploy_settings(), progress, cancel, models=place.takes_models)
    if not params.entry_script:
        entry_script = add_script(folder.of(APP_ROOT), entry_script)
    source = plan.script.source_directory
    variables = {**plan.variables, **configuration.environment_variables}
    record = JobRecord(
        name=params.name,
        created=time.time(),
        script=str(plan.script.path),
        entry_script=entry_script,
        source=source.name if source else "",
        model_dir=plan.model_dir,
        models=tuple(model.id for model in plan.models),
        inputs=job_input.names,
        origins=job_input.origins,
        output=str(output),
        configuration=configuration,
        python=str(built.server) if built else "",
        script_python=str(built.script_python or "") if built else "",
        environment=shown_name(environment.display_name),
        environment_key=built.key if built else "",
        variables=built.process_environment(variables) if built else variables,
        files=job_input.files,
        bytes=job_input.bytes,
        compute=params.compute,
        cpu_cores=params.cpu_cores,
        memory_gb=params.memory_gb,
        protocol=PROTOCOL,
    )
    return place.completed(record, python, folder)


def _plan(params: messages.BatchRunParams, context: Context) -> JobPlan:
    """As a service would be planned; the checks are those of batch scripts. A former plan is taken over."""
    from scoredock.contrib.batch.domain.former_plans import FormerPlan

    former = None
    is_alone = not params.models and not params.source_directory and not params.environment and not context.overlays()
    if params.entry_script and is_alone:
        registry, file = context.registry(params.workspace_id), params.environment_file
        former = FormerPlan(
            registry,
            absolute(params.entry_script),
            str(absolute(file)) if file else "",
            skip_checks=params.skip_checks,
        )
        plan = former.read()
        if plan is not None:
            return plan
    return _made_plan(params, context, former)


def _made_plan(params: messages.BatchRunParams, context: Context, former: FormerPlan | None) -> JobPlan:
    """`former` keeps it, where it depends on nothing else."""
    from scoredock.analysis.facts import Facts
    from scoredock.checks.check import check
    from scoredock.contrib.batch.domain.former_plans import JobPlan
    from scoredock.services.planning.findings import LocatedFinding, require_checked
    from scoredock.services.planning.plan_request import plan_request
    from scoredock.services.planning.project import PROJECTS
    from scoredock.services.planning.reading import read_text
    from scoredock.services.request import DeployRequest

    script = absolute(params.entry_script) if params.entry_script else None
    first: Answers = {}
    others: Answers = {}
    if script is not None:
        text = read_text(script, _SCRIPT_BYTES)
        first = former.first_answers(text) if former is not None else first
        facts = Facts(path=str(script), settings=PROJECTS.settings(script))
        findings = [LocatedFinding(str(script), each) for each in check(text, facts, "batch-script")]
        require_checked(findings, params.skip_checks)
    models, asks_none = (tuple(params.models), True) if script is None else models_of(params, script, context)
    request = DeployRequest(
        name="batch-job",
        models=models,
        source_directory=str(absolute(params.source_directory)) if params.source_directory else "",
        environment_file=str(absolute(params.environment_file)) if params.environment_file else "",
        environment=params.environment,
        entry_script=str(script or ""),
        skip_checks=True,
    )
    plan = JobPlan.of(plan_request(request, context.registry(params.workspace_id), answers=others))
    if former is not None and asks_none:
        former.keep(plan, first, others)
    return plan
