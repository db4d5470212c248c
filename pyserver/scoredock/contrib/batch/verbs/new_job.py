"""Prepares a new batch job: its configuration, its plan, and its folder with all of it."""

from __future__ import annotations

import functools
import time
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.batch import messages
from scoredock.contrib.batch.options import BatchWorkerOptions
from scoredock.contrib.batch.verbs.before_start import columns_note, models_of, require_columns
from scoredock.contrib.batch.verbs.job_input import prepare_input
from scoredock.contrib.batch.verbs.place import WorkersPlace, target_of
from scoredock.contrib.batch.verbs.without_script import add_script, with_readers
from scoredock.errors import Place, ScoredockError
from scoredock.options import values_of

if TYPE_CHECKING:
    from scoredock.analysis.result_cache import Answers
    from scoredock.contrib.batch.domain.former_plans import FormerPlan, JobPlan
    from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration
    from scoredock.contrib.batch.domain.work.jobs import JobFolder, JobRecord

_SCRIPT_BYTES = 4_000_000


def require_new(target: Path, params: messages.BatchRunParams, configuration: BatchConfiguration) -> None:
    """Raises ScoredockError `batch-output-exists`."""
    if configuration.output_action == "append_row" and not params.overwrite and target.exists():
        raise ScoredockError(
            "batch-output-exists",
            l10n.t("The output file {path} already exists.", path=target),
            place=Place(str(target)),
        )


def prepared(
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
        **values_of(BatchWorkerOptions, params),
        protocol=PROTOCOL,
    )
    return place.completed(record, python, folder)


def _plan(params: messages.BatchRunParams, context: Context) -> JobPlan:
    """Plan of the job, as that of a service; the checks are those of batch scripts. A former plan is used again."""
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
