"""Services: deploy, update, list, show, stop, start, restart, delete, sample, call, keys, profile, debug."""

from __future__ import annotations

import base64
import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.errors import Cancelled, ScoredockError
from scoredock.features.arguments import ALL, CREDENTIAL_ARGUMENTS, SERVICE, option_arguments
from scoredock.features.context import Context, Operation, absolute, request_of
from scoredock.features.file_names import DEPLOYED, NOT_DEPLOYED, TRUSTED
from scoredock.features.workspaces.compute_engine import stand_in
from scoredock.protocol import messages
from scoredock.state_table import is_running
from scoredock.verb import (
    CliCommand,
    EditorCommand,
    Key,
    argument,
    files,
    head,
    needs,
    rows,
    tabs,
    title_bar,
    verb,
)

if TYPE_CHECKING:
    from scoredock.services.access.bodies import ScoringRequest
    from scoredock.services.access.calls import Answer
    from scoredock.services.client import Client
    from scoredock.services.debug import DebugTarget
    from scoredock.services.deployments import Deployments
    from scoredock.services.request import UpdateRequest

_NAME_HERE = argument("name", help="name of the service", names="service", nargs="?", default="")
_NAME_FLAG = argument(
    "-n", "--name", help="the same as NAME", names="service", dest="name_option", default="", metavar="NAME"
)
_REGISTER = argument(
    "--register-model",
    help="model file or folder to register and deploy; a file that is already registered is not"
    " registered again; may be repeated",
    dest="register_models",
    action="append",
    default=[],
    metavar="[NAME=]PATH",
)
_FROM_AZURE_ML_CLI = (
    argument(
        "-f",
        "--model-metadata-file",
        help="file that `model register -t` wrote; may be repeated",
        action="append",
        default=[],
        metavar="FILE",
    ),
    argument(
        "--ev",
        "--environment-version",
        help="version of --environment-name; the newest by default",
        dest="environment_version",
        default="",
        metavar="VERSION",
    ),
)
METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "QUERY", "TRACE")

_FILE_BYTES = 20_000_000


@verb(
    "service/list",
    progress="Reading services",
    terminal=CliCommand(
        "service list",
        "List the services and their states.",
        (ALL,),
        ("scoredock service list", "scoredock service list --all --json"),
    ),
)
def list_services(params: messages.ServiceListParams, context: Context, operation: Operation) -> messages.ServiceList:
    """Services as they are right now, of one workspace or of all of this machine."""
    ids = [info.id for info in context.workspaces.list()] if params.all else [context.workspace(params.workspace_id).id]
    found: list[messages.Service] = []
    for workspace_id in ids:
        try:
            found += context.deployments(workspace_id).services()
        except ScoredockError:
            # One damaged workspace must not hide what runs in the others.
            if not params.all:
                raise
    return messages.ServiceList(found)


@verb(
    "service/show",
    progress="Reading service",
    terminal=CliCommand(
        "service show",
        "Show one service, and why it failed if it did.",
        (SERVICE,),
        ("scoredock service show diabetes",),
    ),
    editor=(
        EditorCommand(
            "showService",
            "Show Details",
            "services/services",
            icon="info",
            menus=(
                rows("services", "service", "1_main@3"),
                rows("services", "served", "2_look@2"),
            ),
        ),
    ),
)
def show(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.Service:
    """One service as it is right now."""
    return _record_of(context, params.workspace_id, params.name)


@verb(
    "service/deploy",
    progress="Deploying",
    changes=True,
    terminal=CliCommand(
        "service deploy",
        "Deploy models and an entry script as a service, or one model of a supported framework"
        " without a script. Waits until the service is Healthy.",
        (
            _NAME_HERE,
            _NAME_FLAG,
            *option_arguments(messages.ServiceDeployParams),
            _REGISTER,
            *_FROM_AZURE_ML_CLI,
            *CREDENTIAL_ARGUMENTS,
        ),
        (
            "scoredock service deploy diabetes --model diabetes:1 --entry-script score.py --environment-file conda.yml",
            "scoredock service deploy diabetes --register-model model.pkl --ic inferenceconfig.json",
            "scoredock service deploy iris --model iris:1",
            "scoredock service deploy flowers --path flowers.onnx",
            "scoredock service deploy diabetes --model diabetes:1 --entry-script score.py --engine docker",
            (
                "scoredock service deploy diabetes -f model.json --ic inferenceconfig.json --dc deploymentconfig.json"
                " --overwrite"
            ),
        ),
        makes="service",
    ),
    editor=(
        EditorCommand(
            "deploy",
            "Deploy",
            "services/deploy",
            icon="rocket",
            palette="",
            menus=(
                files("resourceExtname == .py", "2_scoredock@2"),
                title_bar(
                    f"{NOT_DEPLOYED} && {TRUSTED}",
                    "navigation@1",
                ),
                tabs("resourceScheme =~ /^(file|vscode-remote)$/ && resourceExtname == .py", "2_scoredock@1"),
                head("services", "navigation@1"),
                rows("models", "version|group", "inline@1", "1_deploy@1"),
            ),
        ),
        EditorCommand(
            "deployAgain",
            "Redeploy",
            "services/deploy",
            icon="debug-rerun",
            palette="",
            menus=(
                title_bar(
                    f"{DEPLOYED} && {TRUSTED}",
                    "navigation@3",
                ),
                head("services", "navigation@2"),
            ),
        ),
        EditorCommand(
            "deployConfiguration",
            "Deploy with This…",
            "services/deploy:deploy",
            icon="rocket",
            menus=(files(r"resourceFilename =~ /(inference|deployment)[-_. ]?config.*\.json$/i", "2_scoredock@2"),),
        ),
    ),
)
def deploy(params: messages.ServiceDeployParams, context: Context, operation: Operation) -> messages.Service:
    """Blocks until the service is Healthy. Raises the cause when it is not; it stays in the list as Failed then."""
    from scoredock.features.images.images import logins_of
    from scoredock.features.models.files import Registrations
    from scoredock.images.registries import handed_over
    from scoredock.services.own_file import OwnFile
    from scoredock.services.request import DeployRequest

    image = _image_id(context, params.workspace_id, params.image)
    workspace = context.workspace(params.workspace_id)
    if not params.engine and not params.image:
        engine = stand_in(workspace, params.deployment_config, params.settings, context.overlays())
        params = dataclasses.replace(params, engine=engine)
    own = {"name": params.name, "image": image, "inference_source": params.inference_source}
    request = request_of(DeployRequest, params, **own)
    deployments = context.deployments(workspace.id)
    registrations = Registrations(context.registry(deployments.registry.folder.name), operation)
    try:
        if params.register_models:
            deployments.require_possible(request)
            registrations.register(params.register_models)
            models = tuple(dict.fromkeys((*(request.models or ()), *registrations.models)))
            request = dataclasses.replace(request, models=models)
        with handed_over(logins_of(params.registry_credentials)):
            return deployments.deploy(request, operation.progress, operation.cancel)
    except ScoredockError as error:
        registrations.tell(error)
        told = OwnFile.of(request).error(error)
        if params.keep_refused and told.code == "check-failed":
            deployments.keep_refused(request, told)
        raise told from error


@verb(
    "service/update",
    progress="Updating service",
    changes=True,
    terminal=CliCommand(
        "service update",
        "Serve new models or code. The old revision responds until the new one is healthy.",
        (
            _NAME_HERE,
            _NAME_FLAG,
            *option_arguments(messages.ServiceUpdateParams),
            *_FROM_AZURE_ML_CLI,
            *CREDENTIAL_ARGUMENTS,
        ),
        ("scoredock service update diabetes --model diabetes:2", "scoredock service update diabetes"),
    ),
    editor=(
        EditorCommand(
            "updateService",
            "Update Models…",
            "services/updateService",
            icon="arrow-up",
            menus=(rows("services", "service", "1_update@1", menu="scoredock.service.update"),),
        ),
    ),
)
def update(params: messages.ServiceUpdateParams, context: Context, operation: Operation) -> messages.Service:
    """The old revision serves until the new one is healthy, and goes on when it is not."""
    from scoredock.features.images.images import logins_of
    from scoredock.images.registries import handed_over
    from scoredock.services.own_file import OwnFile
    from scoredock.services.request import UpdateRequest

    image = _image_id(context, params.workspace_id, params.image)
    changes = request_of(UpdateRequest, params, image=image, inference_source=params.inference_source)
    workspace = context.workspace(params.workspace_id)
    changes = _followed(params.name, changes, context.deployments(workspace.id), context)
    with handed_over(logins_of(params.registry_credentials)):
        try:
            return context.deployments(workspace.id).update(params.name, changes, operation.progress, operation.cancel)
        except ScoredockError as error:
            raise OwnFile(params.inference_config, params.inference_source).error(error) from None


def _followed(name: str, changes: UpdateRequest, deployments: Deployments, context: Context) -> UpdateRequest:
    """With the new place of an entry script that was moved within the open folders, where there is one that fits."""
    from scoredock.features.guide.project_files import look
    from scoredock.services.planning.moved_script import request_before_move

    rows = deployments.ledger.one(name)
    script = rows.current.request.entry_script if rows is not None and rows.current is not None else ""
    if not script or changes.entry_script or changes.inference_config or os.path.exists(script):  # noqa: PTH110
        return changes
    scripts = {each for folder in context.folders for each in look(folder, context).kinds["entry-script"]}
    requests = [request_before_move(Path(each), deployments.ledger, deployments.registry.folder) for each in scripts]
    fitting = [each for each in requests if each is not None and each.name == name]
    if len(fitting) != 1:
        return changes
    moved = fitting[0]
    return dataclasses.replace(
        changes,
        entry_script=moved.entry_script,
        source_directory=changes.source_directory or moved.source_directory,
        environment_file=changes.environment_file or moved.environment_file,
        deployment_config=changes.deployment_config or moved.deployment_config,
    )


def describe(params: messages.ServiceDescribeParams, context: Context, operation: Operation) -> messages.Service:
    """Changes description and tags, adds properties; the service goes on."""
    from scoredock.services.request import Description

    changes = Description(params.description, params.set_tags, tuple(params.remove_tags), params.add_properties)
    return context.deployments(params.workspace_id).describe(params.name, changes)


def configuration(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceConfiguration:
    """What was asked for when the revision that serves was deployed."""
    current = _deployments(params, context).ledger.require(params.name).current
    values = dict(current.spec.configuration) if current is not None and current.spec is not None else {}
    front = current.spec.front if current is not None and current.spec is not None else None
    properties = dict(current.request.properties) if current is not None else {}
    return messages.ServiceConfiguration(
        compute_type=str(values.pop("computeType", "")),
        values=values,
        properties=properties,
        timeout=front.scoring_timeout if front is not None else 0.0,
    )


@verb(
    "service/stop",
    progress="Stopping service",
    changes=True,
    terminal=CliCommand(
        "service stop", "Stop a service; it can be started again.", (SERVICE,), ("scoredock service stop diabetes",)
    ),
    editor=(
        EditorCommand(
            "stopService",
            "Stop",
            "services/services",
            icon="debug-stop",
            menus=(rows("services", "stoppable", "inline@3", "2_change@1"),),
        ),
    ),
)
def stop(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.Service:
    """Ends it and frees its port; log and revisions stay."""
    _deployments(params, context).stop(params.name, operation.progress, operation.cancel)
    return _record_of(context, params.workspace_id, params.name)


@verb(
    "service/start",
    progress="Starting service",
    changes=True,
    terminal=CliCommand("service start", "Start a stopped service.", (SERVICE,), ("scoredock service start diabetes",)),
    editor=(
        EditorCommand(
            "startService",
            "Start",
            "services/services",
            icon="play",
            menus=(rows("services", "startable", "inline@3", "2_change@1"),),
        ),
    ),
)
def start(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.Service:
    """Starts what was stopped; blocks until Healthy."""
    _deployments(params, context).start(params.name, operation.progress, operation.cancel)
    return _record_of(context, params.workspace_id, params.name)


@verb(
    "service/restart",
    progress="Restarting service",
    changes=True,
    terminal=CliCommand(
        "service restart", "Stop and start a service.", (SERVICE,), ("scoredock service restart diabetes",)
    ),
    editor=(
        EditorCommand(
            "restartService",
            "Restart",
            "services/services",
            icon="debug-restart",
            menus=(rows("services", "restartable", "1_update@3", menu="scoredock.service.update"),),
        ),
    ),
)
def restart(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.Service:
    """Stops and starts it; blocks until Healthy."""
    _deployments(params, context).restart(params.name, operation.progress, operation.cancel)
    return _record_of(context, params.workspace_id, params.name)


@verb(
    "service/delete",
    progress="Deleting service",
    changes=True,
    terminal=CliCommand(
        "service delete",
        "Stop and delete a service. Its models stay.",
        (
            SERVICE,
            argument(
                "--force",
                help="delete it even if Docker does not respond; Docker is cleaned up later",
                action="store_true",
            ),
        ),
        ("scoredock service delete diabetes",),
    ),
    editor=(
        EditorCommand(
            "deleteService",
            "Delete Service",
            "services/services",
            icon="trash",
            menus=(rows("services", "service", "9_delete@1"),),
        ),
    ),
)
def delete(params: messages.ServiceDeleteParams, context: Context, operation: Operation) -> messages.Empty:
    """Stops it and leaves nothing of it."""
    _deployments(params, context).delete(params.name, operation.progress, operation.cancel, force=params.force)
    return messages.Empty()


@verb(
    "service/stopAll",
    progress="Stopping services",
    changes=True,
    terminal=CliCommand(
        "service stop-all", "Stop every running service.", (ALL,), ("scoredock service stop-all --all",)
    ),
    editor=(
        EditorCommand(
            "stopAllServices",
            "Stop All Services",
            "services/services",
            icon="stop-circle",
            palette="",
            menus=(head("services", "2_all@1"),),
        ),
    ),
)
def stop_all(params: messages.ServiceStopAllParams, context: Context, operation: Operation) -> messages.ServiceNames:
    """Stops what runs; gives the names. One that cannot be stopped does not keep the others running; it is raised
    last."""

    from scoredock.services.endpoints.endpoints import Endpoints

    def running(deployments: Deployments) -> list[str]:
        services = [view.name for view in deployments.services() if is_running(view.state)]
        return list(dict.fromkeys([*Endpoints(deployments).running(), *services]))

    def stop(deployments: Deployments, name: str) -> None:
        endpoints = Endpoints(deployments, operation.progress, operation.cancel)
        if name in endpoints.running():
            endpoints.stop(name)
        if deployments.ledger.one(name) is not None:
            deployments.stop(name, operation.progress, operation.cancel)

    return _all_of(params.all, context, operation, _stopping, running, stop)


def _stopping(name: str) -> str:
    return l10n.t("Stopping {name}", name=name)


def _starting(name: str) -> str:
    return l10n.t("Starting {name}", name=name)


@verb(
    "service/startAll",
    progress="Starting services",
    changes=True,
    terminal=CliCommand(
        "service start-all",
        "Start the services that were running when the machine or Docker was restarted.",
        (ALL,),
        ("scoredock service start-all", "scoredock service start-all --all"),
    ),
    editor=(
        EditorCommand(
            "startAllServices",
            "Start Services Stopped by a Restart",
            "services/services",
            icon="run-all",
            menus=(head("services", "2_all@2"),),
        ),
    ),
)
def start_all(params: messages.ServiceStartAllParams, context: Context, operation: Operation) -> messages.ServiceNames:
    """Starts what ran when the machine or Docker was restarted; gives the names. One that does not start does not keep
    the others from it; its error is raised last."""

    def start(deployments: Deployments, name: str) -> object:
        return deployments.start(name, operation.progress, operation.cancel)

    def interrupted(deployments: Deployments) -> list[str]:
        return deployments.interrupted()

    return _all_of(params.all, context, operation, _starting, interrupted, start)


def _all_of(
    everywhere: bool,
    context: Context,
    operation: Operation,
    step: Callable[[str], str],
    names: Callable[[Deployments], list[str]],
    act: Callable[[Deployments, str], object],
) -> messages.ServiceNames:
    """Does something to the named services, of the active workspace or of all; gives those that it was done to. The
    first error is raised at the end, `cancelled` at once."""
    ids = [info.id for info in context.workspaces.list()] if everywhere else [context.active().id]
    done: list[str] = []
    failed: ScoredockError | None = None
    for workspace_id in ids:
        try:
            deployments = context.deployments(workspace_id)
            wanted = names(deployments)
        except ScoredockError as error:  # a damaged workspace
            failed = failed or error
            continue
        for name in wanted:
            operation.cancel.raise_if_cancelled()
            operation.progress.report(step(name))
            try:
                act(deployments, name)
                done.append(name)
            except ScoredockError as error:
                if isinstance(error, Cancelled):
                    raise
                failed = failed or error
    if failed is not None:
        raise failed
    return messages.ServiceNames(done)


@verb(
    "service/places",
    progress="Reading log",
    errors=("service-not-found",),
    editor=(EditorCommand("openFullLog", "Open Full Log", "services/services"),),
)
def places(params: messages.ServicePlacesParams, context: Context, operation: Operation) -> messages.ServicePlaces:
    """The person's own files for those that tracebacks of the service name."""
    deployments = context.deployments(params.workspace_id)
    deployments.ledger.require(params.name)
    known = deployments.logs.places(params.name)
    return messages.ServicePlaces([known.own(file) for file in params.files])


@verb(
    "service/sample",
    progress="Making a sample",
    terminal=CliCommand(
        "service sample",
        "Print a request body for the service and its source: the last successful request, a"
        " sample file next to the script, the schema, a dataset, the model's signature, or what"
        " the script reads.",
        (SERVICE,),
        ("scoredock service sample diabetes > request.json",),
    ),
)
def sample(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceSample:
    """A request that fits the service, and the others that are known."""
    first, *others = map(_body_message, _deployments(params, context).client.bodies(params.name))
    return messages.ServiceSample(**vars(first), others=others)


@verb(
    "service/fileBody",
    progress="Reading a file",
    errors=("file-not-found", "file-unreadable", "file-too-large"),
)
def file_body(params: messages.ServiceFileBodyParams, context: Context, operation: Operation) -> messages.RequestBody:
    """A request with the content of a file."""
    from scoredock.services.access.bodies import of_file
    from scoredock.services.planning.files import read_bytes

    path = absolute(params.path)
    return _body_message(of_file(path.name, read_bytes(path, _FILE_BYTES), params.file_field))


def _body_message(body: ScoringRequest) -> messages.RequestBody:
    return messages.RequestBody(
        body.body,
        body.reason,
        body.source,
        "GET" if body.method == "GET" else "POST",
        body.content_type,
        body.encoding,
        body.file_field,
    )


@verb(
    "service/call",
    progress="Sending request",
    errors=("service-request-invalid",),
    terminal=CliCommand(
        "service call",
        "Send a request; without --data, the one that `service sample` proposes. The command"
        " fails with status 400 and above, and shows the line and the log of a failure in the"
        " script.",
        (
            argument("name", help="name of the service", names="service endpoint"),
            argument(
                "-d",
                "--data",
                "--input-data",
                help="request body, @FILE, or - for standard input; for GET, the query",
                default=None,
                metavar="BODY",
            ),
            argument(
                "-X",
                "--method",
                help="HTTP method; by default POST, or the method of the proposed request",
                choices=METHODS,
                default=None,
            ),
            argument(
                "-i", "--include", help="print the status line and the headers before the body", action="store_true"
            ),
            argument(
                "-o",
                "--output",
                help="write the body to this file as it came; - for standard output. A file is replaced only when the"
                " whole response is there",
                default="",
                metavar="FILE",
            ),
            argument(
                "-H",
                "--header",
                help="further header, “Name: value”; may be repeated",
                action="append",
                default=[],
                metavar="HEADER",
            ),
            argument(
                "--query",
                help="parameter of the query; without a body the request is a GET; may be repeated",
                action="append",
                default=[],
                metavar="NAME=VALUE",
            ),
            argument(
                "-F",
                "--form",
                help="field of a form, or a file with NAME=@FILE; may be repeated",
                action="append",
                default=[],
                metavar="NAME=VALUE",
            ),
            argument(
                "--content-type",
                help="content type of the body; by default JSON for text, and the type of the file name for other"
                " content",
                default="",
                metavar="TYPE",
            ),
            argument(
                "--request",
                help="send a request of an .http file, by its name or its position; a file with one request needs"
                " neither",
                default="",
                metavar="FILE[#NAME]",
            ),
            argument(
                "--variable",
                help="value for a variable of the .http file; may be repeated",
                action="append",
                metavar="NAME=VALUE",
            ),
            argument(
                "--environment",
                help="for --request: take variables from this environment of http-client.env.json or of the setting"
                " rest-client.environmentVariables",
                names="",
                default="",
                metavar="NAME",
            ),
            argument(
                "--allow-env",
                help="for --request: let it send this variable of the shell or of the file .env; those of allow-env"
                " under [tool.scoredock] of pyproject.toml are allowed as well; may be repeated",
                names="",
                action="append",
                default=[],
                metavar="NAME",
            ),
            argument(
                "-L",
                "--location",
                help="follow redirects within the service, as a request of an .http file does",
                action="store_true",
            ),
            argument("--timeout", help="seconds to wait for the response", type=float, default=60.0, metavar="SECONDS"),
            argument("--no-key", help="do not send the service's own key", action="store_true"),
        ),
        (
            "scoredock service call diabetes",
            "scoredock service call diabetes --data @request.json",
            "scoredock service call faces --data @photo.jpg > marked.jpg",
            'scoredock service call faces --form image=@photo.jpg --header "Accept: image/png"',
            "scoredock service call faces --data @photo.jpg --include --output marked.jpg",
            "scoredock service call diabetes -X OPTIONS -i",
            "scoredock service call diabetes --query age=50 --query sex=1",
            "scoredock service call diabetes --request requests.http#two-rows",
        ),
    ),
)
def call(params: messages.ServiceCallParams, context: Context, operation: Operation) -> messages.ServiceAnswer:
    """Sends one request to the service and gives whatever it answered, also a 500.

    Raises ScoredockError `service-request-invalid` for Base64 that is none, and what calling a service raises.
    """
    client = client_of(params, context)
    sent = scoring_request(params)
    return answer_message(
        client.send(params.name, sent, timeout=params.timeout, credential=params.key, cancel=operation.cancel)
    )


def client_of(params: messages.ServiceCallParams, context: Context) -> Client:
    """Calls the service, or the endpoint of which it is a version. Raises ScoredockError `endpoint-not-found`,
    `service-unreachable`."""
    deployments = context.deployments(params.workspace_id)
    if not params.endpoint:
        return deployments.client
    from scoredock.services.endpoints.endpoints import Endpoints

    return deployments.client.at(Endpoints(deployments).address(params.endpoint, params.name))


def scoring_request(params: messages.ServiceCallParams) -> ScoringRequest:
    """What is sent. Raises ScoredockError `service-request-invalid` for Base64 that is none, and what reading the files
    of a form raises."""
    from scoredock.features.requests.parts import with_form
    from scoredock.services.access.bodies import ScoringRequest

    params = with_form(params)
    sent = ScoringRequest(
        params.body,
        "",
        "answered",
        params.method,
        params.content_type,
        params.encoding,
        params.file_field,
        params.headers,
        params.query,
        params.route,
        params.follows,
    )
    try:
        _ = sent.content
    except ValueError as fault:
        raise ScoredockError(
            "service-request-invalid", l10n.t("The body of the request is not Base64: {fault}.", fault=fault)
        ) from None
    return sent


def answer_message(answer: Answer) -> messages.ServiceAnswer:
    """Whatever a service answered."""
    return messages.ServiceAnswer(
        answer.status,
        answer.milliseconds,
        dict(answer.headers),
        answer.body.decode("utf-8", "backslashreplace"),
        answer.problem,
        answer.advice,
        _base64_of(answer.body),
        answer.failure,
        list(answer.log_lines),
        answer.is_cut,
        list(answer.head),
        answer.connect_milliseconds,
        answer.first_byte_milliseconds,
        answer.size,
        answer.wire_size,
        answer.encoding,
        list(answer.redirects),
    )


def _base64_of(body: bytes) -> str:
    try:
        body.decode()
    except UnicodeDecodeError:
        return base64.b64encode(body).decode()
    return ""


@verb(
    "service/keys",
    progress="Reading keys",
    terminal=CliCommand(
        "service keys",
        "Print the two keys of a service; with --regenerate, create one of them again. The service is not restarted.",
        (
            SERVICE,
            argument("--regenerate", help="primary or secondary", default="", metavar="KEY"),
            argument(
                "--set", help="read the new key from standard input instead of generating it", action="store_true"
            ),
        ),
        (
            "scoredock service keys diabetes",
            "scoredock service keys diabetes --regenerate primary",
            "scoredock service keys diabetes --regenerate secondary --set < key.txt",
        ),
    ),
    editor=(
        EditorCommand(
            "copyKey",
            "Copy Key…",
            "services/keys",
            menus=(rows("services", "keyed", "2_key@1", menu="scoredock.service.copy"),),
        ),
    ),
)
def keys(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceKeys:
    """The two keys that open the service."""
    return messages.ServiceKeys(*_deployments(params, context).credentials.keys(params.name))


@verb(
    "service/regenerateKey",
    progress="Regenerating key",
    editor=(
        EditorCommand(
            "regenerateKey",
            "Regenerate Key…",
            "services/keys",
            menus=(rows("services", "keyed", "2_key@1", menu="scoredock.service.update"),),
        ),
    ),
)
def regenerate_key(
    params: messages.ServiceRegenerateKeyParams, context: Context, operation: Operation
) -> messages.ServiceKeys:
    """Another primary or secondary key, from now on and without a restart; both keys."""
    deployments = context.deployments(params.workspace_id)
    return messages.ServiceKeys(*deployments.credentials.regenerate_key(params.name, params.key, params.value))


@verb(
    "service/token",
    progress="Making a token",
    terminal=CliCommand(
        "service token",
        "Print a token for a service with token authentication. It is valid for an hour.",
        (SERVICE,),
        ("scoredock service token diabetes", "scoredock service token diabetes --json"),
    ),
    editor=(
        EditorCommand(
            "copyToken",
            "Copy Token",
            "services/keys",
            menus=(rows("services", "tokened", "2_key@1", menu="scoredock.service.copy"),),
        ),
    ),
)
def token(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceToken:
    """A token that opens the service for an hour."""
    made = _deployments(params, context).credentials.token(params.name)
    return messages.ServiceToken(made.access_token, made.token_type, made.refresh_after, made.expiry_on)


@verb(
    "service/profile",
    progress="Profiling service",
    terminal=CliCommand(
        "service profile",
        "Send requests and measure latency, CPU and memory.",
        (
            SERVICE,
            argument(
                "--rows",
                help=(
                    "text file with one request body per line, or dataset:NAME[:VERSION]; by"
                    " default the sample of the service"
                ),
                default="",
                metavar="FILE",
            ),
            argument("--requests", help="number of requests; 200 without --duration", type=int, metavar="N"),
            argument(
                "--duration", help="seconds for which requests are sent", type=float, default=0.0, metavar="SECONDS"
            ),
            argument(
                "--connections",
                help="requests under way at the same time; 1 by default",
                type=int,
                default=1,
                metavar="N",
            ),
            argument(
                "--rate",
                help="requests per second; by default as many as are answered",
                type=float,
                default=0.0,
                metavar="N",
            ),
        ),
        (
            "scoredock service profile diabetes",
            "scoredock service profile diabetes --rows rows.txt --requests 1000",
            "scoredock service profile diabetes --connections 8 --duration 30 --rate 100",
        ),
    ),
    editor=(
        EditorCommand(
            "profileService",
            "Profile…",
            "services/profile",
            icon="dashboard",
            menus=(rows("services", "answering", "1_tools@2", menu="scoredock.service.tools"),),
        ),
    ),
)
def profile(params: messages.ServiceProfileParams, context: Context, operation: Operation) -> messages.ServiceProfile:
    """Sends it requests and tells how it did."""
    from scoredock.services.access.dataset_samples import DATASET
    from scoredock.services.load import LoadPlan
    from scoredock.services.profile import profile as measure

    found = measure(
        context.deployments(params.workspace_id),
        params.name,
        rows=str(absolute(params.rows)) if params.rows and not params.rows.startswith(DATASET) else params.rows,
        plan=LoadPlan(params.requests, params.connections, params.rate, params.duration),
        progress=operation.progress,
        cancel=operation.cancel,
    )
    values = {name.replace("_in_gb", "_in_g_b"): value for name, value in dataclasses.asdict(found).items()}
    return messages.ServiceProfile(name=params.name, **values)


@verb("service/debugTarget", progress="Reading service")
def debug_target(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceDebugTarget:
    """What an editor must know before it listens."""
    from scoredock.services.debug import debug_target as target

    found = target(context.deployments(params.workspace_id), params.name)
    return messages.ServiceDebugTarget(found.entry_script, mappings_of(found))


@verb(
    "service/debug",
    progress="Debugging service",
    changes=True,
    terminal=CliCommand(
        "service debug",
        "Start a new revision that connects to your debugger and waits for it before the script"
        " runs. For a service in a container, keep the command running until the debug session"
        " ends.",
        (
            SERVICE,
            argument(
                "--port", help="port on 127.0.0.1 that the debugger listens on", type=int, required=True, metavar="PORT"
            ),
            argument("--skip-checks", help="start it even if checks find errors", action="store_true"),
        ),
        ("scoredock service debug diabetes --port 5678",),
    ),
    editor=(
        EditorCommand(
            "debugScript",
            "Debug Service of This Script",
            "services/debug",
            palette="scoredock.entryScriptInFront",
            keys=(
                Key("f5", "scoredock.entryScriptInFront && editorTextFocus && !inDebugMode && !debugConfigurationType"),
            ),
        ),
        EditorCommand(
            "debugService",
            "Debug",
            "services/debug",
            icon="debug-alt",
            menus=(
                files("resourceExtname == .py", "2_scoredock@3"),
                tabs("resourceScheme =~ /^(file|vscode-remote)$/ && resourceExtname == .py", "2_scoredock@2"),
                rows("services", "service", "1_tools@1", menu="scoredock.service.tools"),
            ),
        ),
    ),
)
@needs("debug")
def debug(params: messages.ServiceDebugParams, context: Context, operation: Operation) -> messages.ServiceDebug:
    """A new revision that is connected to the debugger on the port; blocks until init() has returned."""
    from scoredock.services.debug import debug as start
    from scoredock.services.debug import debug_target as target

    workspace = context.workspace(params.workspace_id)
    deployments = context.deployments(workspace.id)
    view = start(
        deployments,
        params.name,
        params.port,
        operation.progress,
        operation.cancel,
        skip_checks=params.skip_checks,
    )
    return messages.ServiceDebug(view, mappings_of(target(deployments, params.name)))


def await_debug_end(params: messages.ServiceRef, context: Context, operation: Operation) -> None:
    """For a process that would end before the session that goes through it does; blocks until that one has ended."""
    from scoredock.services.debug import await_session_end

    await_session_end(_deployments(params, context), params.name, operation.cancel)


def mappings_of(target: DebugTarget) -> list[messages.PathMapping]:
    """As a debugger is told of them."""
    return [messages.PathMapping(each.local_root, each.remote_root) for each in target.mappings]


def _deployments(params: messages.ServiceRef | messages.ServiceDeleteParams, context: Context) -> Deployments:
    return context.deployments(params.workspace_id)


def _record_of(context: Context, workspace_id: str, name: str) -> messages.Service:
    workspace = context.workspace(workspace_id)
    return context.deployments(workspace.id).service(name)


def _image_id(context: Context, workspace_id: str, reference: str) -> str:
    """The version that is meant now, so that the service stays with it. Raises asset-not-found."""
    return context.registry(workspace_id).assets.get("image", reference).id if reference else ""
