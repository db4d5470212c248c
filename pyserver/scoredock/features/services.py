"""Services: deploy, update, list, show, stop, start, restart, delete, sample, call, keys, profile, debug."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.errors import Cancelled, ScoredockError
from scoredock.features.compute_engine import stand_in
from scoredock.features.context import Context, Operation, absolute, request_of
from scoredock.features.images import logins_of
from scoredock.features.model_files import Registrations
from scoredock.protocol import messages

if TYPE_CHECKING:
    from scoredock.services.access.bodies import ScoringRequest
    from scoredock.services.access.calls import Answer
    from scoredock.services.client import Client
    from scoredock.services.debug import DebugTarget
    from scoredock.services.deployments import Deployments

_FILE_BYTES = 20_000_000
_RUNNING = ("Healthy", "Unhealthy", "Transitioning")


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


def show(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.Service:
    """One service as it is right now."""
    return _record_of(context, params.workspace_id, params.name)


def deploy(params: messages.ServiceDeployParams, context: Context, operation: Operation) -> messages.Service:
    """Blocks until the service is Healthy. Raises the cause when it is not; it stays in the list as Failed then."""
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


def update(params: messages.ServiceUpdateParams, context: Context, operation: Operation) -> messages.Service:
    """The old revision serves until the new one is healthy, and goes on when it is not."""
    from scoredock.images.registries import handed_over
    from scoredock.services.own_file import OwnFile
    from scoredock.services.request import UpdateRequest

    image = _image_id(context, params.workspace_id, params.image)
    changes = request_of(UpdateRequest, params, image=image, inference_source=params.inference_source)
    workspace = context.workspace(params.workspace_id)
    with handed_over(logins_of(params.registry_credentials)):
        try:
            return context.deployments(workspace.id).update(params.name, changes, operation.progress, operation.cancel)
        except ScoredockError as error:
            raise OwnFile(params.inference_config, params.inference_source).error(error) from None


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


def stop(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.Service:
    """Ends it and frees its port; log and revisions stay."""
    _deployments(params, context).stop(params.name, operation.progress, operation.cancel)
    return _record_of(context, params.workspace_id, params.name)


def start(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.Service:
    """Starts what was stopped; blocks until Healthy."""
    _deployments(params, context).start(params.name, operation.progress, operation.cancel)
    return _record_of(context, params.workspace_id, params.name)


def restart(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.Service:
    """Stops and starts it; blocks until Healthy."""
    _deployments(params, context).restart(params.name, operation.progress, operation.cancel)
    return _record_of(context, params.workspace_id, params.name)


def delete(params: messages.ServiceDeleteParams, context: Context, operation: Operation) -> messages.Empty:
    """Stops it and leaves nothing of it."""
    _deployments(params, context).delete(params.name, operation.progress, operation.cancel, force=params.force)
    return messages.Empty()


def stop_all(params: messages.ServiceStopAllParams, context: Context, operation: Operation) -> messages.ServiceNames:
    """Stops what runs; gives the names. One that cannot be stopped does not keep the others running; it is raised
    last."""

    from scoredock.services.endpoints.endpoints import Endpoints

    def running(deployments: Deployments) -> list[str]:
        services = [view.name for view in deployments.services() if view.state in _RUNNING]
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


def places(params: messages.ServicePlacesParams, context: Context, operation: Operation) -> messages.ServicePlaces:
    """The person's own files for those that tracebacks of the service name. Raises service-not-found."""
    deployments = context.deployments(params.workspace_id)
    deployments.ledger.require(params.name)
    known = deployments.logs.places(params.name)
    return messages.ServicePlaces([known.own(file) for file in params.files])


def sample(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceSample:
    """A request that fits the service, and the others that are known."""
    first, *others = map(_body_message, _deployments(params, context).client.bodies(params.name))
    return messages.ServiceSample(**vars(first), others=others)


def file_body(params: messages.ServiceFileBodyParams, context: Context, operation: Operation) -> messages.RequestBody:
    """A request with the content of a file. Raises ScoredockError `file-not-found`, `file-unreadable`,
    `file-too-large`."""
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
    from scoredock.features.request_parts import with_form
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
    )


def _base64_of(body: bytes) -> str:
    try:
        body.decode()
    except UnicodeDecodeError:
        return base64.b64encode(body).decode()
    return ""


def keys(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceKeys:
    """The two keys that open the service."""
    return messages.ServiceKeys(*_deployments(params, context).credentials.keys(params.name))


def regenerate_key(
    params: messages.ServiceRegenerateKeyParams, context: Context, operation: Operation
) -> messages.ServiceKeys:
    """Another primary or secondary key, from now on and without a restart; both keys."""
    deployments = context.deployments(params.workspace_id)
    return messages.ServiceKeys(*deployments.credentials.regenerate_key(params.name, params.key, params.value))


def token(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceToken:
    """A token that opens the service for an hour."""
    made = _deployments(params, context).credentials.token(params.name)
    return messages.ServiceToken(made.access_token, made.token_type, made.refresh_after, made.expiry_on)


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


def debug_target(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceDebugTarget:
    """What an editor must know before it listens."""
    from scoredock.services.debug import debug_target as target

    found = target(context.deployments(params.workspace_id), params.name)
    return messages.ServiceDebugTarget(found.entry_script, mappings_of(found))


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
