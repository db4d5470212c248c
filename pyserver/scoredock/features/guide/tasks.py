"""Tasks of the editor: what runs for one of tasks.json, which ones a folder offers, and the one that deploys a service
as it is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.table import is_present
from scoredock.deploy_options import DeployOptions, of_options
from scoredock.engine_table import DEFAULT_ENGINE
from scoredock.errors import ScoredockError, ServiceStateInvalid
from scoredock.options import FieldOption, options_of
from scoredock.protocol import messages
from scoredock.scripts.project_files import look
from scoredock.scripts.proposal import DeploymentProposal, ProposalQuestion, proposed_deployment
from scoredock.scripts.request_files import files_with_tests
from scoredock.service import Service
from scoredock.verb import verb
from scoredock.workspace.own_program import own_program, own_variables

_OF_A_SERVICE = ("deploy", "start", "stop")
_SECRET = re.compile(r"key|token|secret|password|passwd|pwd|credential|connection_?string|sas", re.IGNORECASE)
_PROPERTIES = tuple(name for name in options_of(DeployOptions) if name != "overwrite")


@verb("task/command", progress="Preparing the terminal", errors=("task-invalid",))
def command(params: messages.TaskCommandParams, context: Context, operation: Operation) -> messages.TerminalCommand:
    """The command line that a task stands for."""
    return _command(params.definition, absolute(params.folder), context)


@verb("task/list", progress="Looking for tasks")
def list_tasks(params: messages.TaskListParams, context: Context, operation: Operation) -> messages.TaskList:
    """Tasks that run in each folder as it is: the deployment that Deploy would propose, those of its services, its
    tests, and its checks."""
    services = context.deployments(context.active().id).services()
    found: list[messages.ProposedTask] = []
    for folder in params.folders:
        operation.cancel.raise_if_cancelled()
        definitions = list(_of_folder(absolute(folder), services, context, operation))
        found += [_proposed(each, absolute(folder), context) for each in definitions]
    return messages.TaskList(found)


@verb(
    "task/ofService",
    progress="Reading service",
    errors=("service-not-found", "task-folder-missing"),
)
def of_service(params: messages.TaskOfServiceParams, context: Context, operation: Operation) -> messages.ProposedTask:
    """The task that deploys a service as it was deployed the last time."""
    deployments = context.deployments(params.workspace_id)
    service = deployments.service(params.name)
    folders = [absolute(folder) for folder in params.folders]
    folder = next((each for each in folders if _lies_in(service.entry_script, each)), None) or next(iter(folders), None)
    if folder is None:
        raise ScoredockError("task-folder-missing", l10n.t("No folder is open that a task could belong to."))
    definition = _deployment(service, folder, context)
    if definition is None:
        raise ServiceStateInvalid(l10n.t("The service {name} was never deployed completely.", name=params.name))
    return _proposed(definition, folder, context)


# --------------------------------------------------------------------------------------------- the command line


def _proposed(definition: messages.TaskDefinition, folder: Path, context: Context) -> messages.ProposedTask:
    return messages.ProposedTask(str(folder), definition, _command(definition, folder, context))


def _command(definition: messages.TaskDefinition, folder: Path, context: Context) -> messages.TerminalCommand:
    words = [*own_program(), *_words(definition)]
    return messages.TerminalCommand(
        _title(definition), words, str(folder), own_variables(context.settings, context.home)
    )


def _words(definition: messages.TaskDefinition) -> list[str]:
    if definition.task not in _OF_A_SERVICE:
        return list(_of_files(definition))
    if not definition.service:
        raise ScoredockError("task-invalid", l10n.t("The task “{task}” names no service.", task=definition.task))
    if definition.task != "deploy":
        return ["service", definition.task, definition.service]
    registered = [f"--register-model={each}" for each in definition.register_models]
    return ["service", "deploy", definition.service, "--overwrite", *_options(definition), *registered]


def _of_files(definition: messages.TaskDefinition) -> Iterator[str]:
    yield definition.task
    if definition.task == "test" and definition.service:
        yield f"--service={definition.service}"
    if definition.paths:
        yield from ("--", *definition.paths)


def _options(definition: messages.TaskDefinition) -> Iterator[str]:
    options = options_of(DeployOptions)
    for name in _PROPERTIES:
        yield from _option(_flag(options[name]), getattr(definition, name))


def _option(flag: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield f"{flag}={key}={each}"
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield f"{flag}={each}"
    elif value is True:
        yield flag
    elif value is not None and value is not False and value != "":
        yield f"{flag}={value}"


def _flag(option: FieldOption) -> str:
    """The first one that is a word, which reads better than the short forms of az."""
    return next(flag for flag in option.flags if len(flag) > len("--xx"))


def _title(definition: messages.TaskDefinition) -> str:
    subject = definition.service if definition.task in _OF_A_SERVICE else " ".join(definition.paths)
    return f"{definition.task} {subject}".rstrip()


# ---------------------------------------------------------------------------------------------- what is offered


def _of_folder(
    folder: Path, services: list[Service], context: Context, operation: Operation
) -> Iterator[messages.TaskDefinition]:
    own = [service for service in services if _lies_in(service.entry_script, folder)]
    for service in own:
        definition = _deployment(service, folder, context)
        if definition is not None:
            yield definition
    proposed = _proposal(folder, context)
    if proposed is not None and proposed.service not in {service.name for service in own}:
        yield proposed
    if is_present("request_tests") and any(files_with_tests([str(folder)], context, operation.cancel)):
        yield messages.TaskDefinition(task="test")
    if any(look(folder, context).kinds.values()):
        yield messages.TaskDefinition(task="check")


def _proposal(folder: Path, context: Context) -> messages.TaskDefinition | None:
    """Task that Deploy proposes for a folder; None where it would have to ask."""
    try:
        return _task_of(proposed_deployment(ProposalQuestion(str(folder)), context), folder)
    except ScoredockError:
        return None


def _task_of(proposal: DeploymentProposal, folder: Path) -> messages.TaskDefinition | None:
    choice, last = proposal.choice, proposal.last
    if proposal.script_state not in ("certain", "no-code") or choice.state in ("several", "missing"):
        return None
    engine, _ = proposal.place
    return messages.TaskDefinition(
        task="deploy",
        service=proposal.name,
        models=choice.models,
        register_models=[f"{each.name}={_short(each.paths[0], folder)}" for each in choice.files],
        entry_script=_short(proposal.entry_script, folder),
        inference_config=_short(proposal.inference_config, folder),
        source_directory="" if proposal.inference_config else _short(proposal.source_directory, folder),
        environment_file=_short(proposal.environment_file, folder),
        environment=proposal.environment,
        environment_variables=_without_secrets((last.environment_variables or {}) if last is not None else {}),
        deployment_config=_short(proposal.deployment_config, folder),
        engine="" if engine == DEFAULT_ENGINE else engine,
        auth=last.auth if last is not None else "",
        port=last.port if last is not None else None,
        description=last.description if last is not None else "",
        tags=dict(last.tags) if last is not None else {},
    )


def _deployment(service: Service, folder: Path, context: Context) -> messages.TaskDefinition | None:
    """Task with what a service was deployed with; None where it never was."""
    current = context.deployments(service.workspace_id).ledger.require(service.name).current
    if current is None:
        return None
    options = options_of(DeployOptions)
    request = current.request
    paths = {name: _short(str(getattr(request, name)), folder) for name, option in options.items() if option.path}
    return of_options(
        messages.TaskDefinition,
        request,
        **paths,
        task="deploy",
        service=service.name,
        overwrite=False,
        engine="" if request.engine == DEFAULT_ENGINE else request.engine,
        environment_variables=_without_secrets(request.environment_variables or {}),
    )


def _without_secrets(variables: Mapping[str, str]) -> dict[str, str]:
    """The file is meant for the repository: what looks like a secret is taken from the editor's own variables."""
    return {name: f"${{env:{name}}}" if _SECRET.search(name) else value for name, value in variables.items()}


def _short(path: str, folder: Path) -> str:
    """Relative to the folder and with slashes where it lies in it, which holds on other machines."""
    if path and Path(path) == folder:
        return "."
    return Path(path).relative_to(folder).as_posix() if _lies_in(path, folder) else path


def _lies_in(path: str, folder: Path) -> bool:
    return bool(path) and os.path.normcase(path).startswith(os.path.normcase(str(folder)).rstrip(os.sep) + os.sep)
