"""Endpoints: several services as the versions of one, behind one port."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

from scoredock import l10n
from scoredock.features.context import Context, Operation
from scoredock.protocol import messages
from scoredock.state_table import State, is_at_rest
from scoredock.status import endpoint_status, version_status
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

if TYPE_CHECKING:
    from scoredock.service import Service
    from scoredock.services.endpoints.endpoints import Endpoints, EndpointView, Guard
    from scoredock.services.endpoints.record import EndpointVersion

ENDPOINT = argument("name", help="name of the endpoint", names="endpoint")
_NEW = argument("name", help="name of the endpoint", names="")
_VERSION = argument("version", help="name of the version")

_OWN = "-"
"""In the counts of a router: requests that no version was asked for."""


@verb(
    "endpoint/list",
    progress="Reading endpoints",
    terminal=CliCommand(
        "endpoint list",
        "List the endpoints and the traffic of their versions.",
        examples=("scoredock endpoint list", "scoredock endpoint list --json"),
    ),
)
def list_endpoints(
    params: messages.EndpointListParams, context: Context, operation: Operation
) -> messages.EndpointList:
    """All endpoints of a workspace, by name."""
    workspace = context.workspace(params.workspace_id)
    return messages.EndpointList(
        [_message(each, workspace.id) for each in _endpoints(context, workspace.id, operation).all()]
    )


@verb(
    "endpoint/show",
    progress="Reading endpoint",
    errors=("endpoint-not-found",),
    terminal=CliCommand(
        "endpoint show",
        "Show an endpoint: its versions, their traffic and what they have responded.",
        (ENDPOINT,),
        ("scoredock endpoint show diabetes",),
    ),
    editor=(
        EditorCommand(
            "showEndpoint",
            "Show Details",
            "endpoints/endpoints",
            icon="info",
            menus=(rows("services", "endpoint", "1_main@3"),),
        ),
    ),
)
def show(params: messages.EndpointRef, context: Context, operation: Operation) -> messages.EndpointDetails:
    """One endpoint."""
    workspace = context.workspace(params.workspace_id)
    return _message(_endpoints(context, workspace.id, operation).one(params.name), workspace.id)


@verb(
    "endpoint/create",
    progress="Creating endpoint",
    changes=True,
    errors=("service-not-found", "service-exists", "port-in-use"),
    terminal=CliCommand(
        "endpoint create",
        "Create an endpoint: one port for several services, which become its versions.",
        (
            _NEW,
            argument(
                "--service", help="the service that is its first and default version", names="service", required=True
            ),
            argument("--version", help="name of that version; by default the name of the endpoint", default=""),
            argument("--port", help="port of the endpoint; 0 takes a free one", type=int, default=0),
            argument(
                "--sticky-header",
                help="requests with the same value of this header go to the same version",
                default="",
                metavar="HEADER",
            ),
            argument(
                "--no-takeover",
                help="while the default version takes no requests its share gets 503, and no other version responds",
                action="store_true",
            ),
        ),
        ("scoredock endpoint create diabetes --service diabetes-blue --version blue --port 8080",),
        makes="endpoint",
    ),
    editor=(
        EditorCommand(
            "addToEndpoint",
            "Add to Endpoint…",
            "endpoints/joining",
            icon="split-horizontal",
            palette="",
            menus=(rows("services", "addressed", "3_project@2", menu="scoredock.service.tools"),),
        ),
    ),
)
def create(params: messages.EndpointCreateParams, context: Context, operation: Operation) -> messages.EndpointDetails:
    """An endpoint whose first version is a service."""
    workspace = context.workspace(params.workspace_id)
    made = _endpoints(context, workspace.id, operation).create(
        params.name,
        params.version,
        params.service,
        port=params.port,
        sticky_header=params.sticky_header,
        takeover=params.takeover,
    )
    return _message(made, workspace.id)


@verb(
    "endpoint/setVersion",
    progress="Changing version",
    changes=True,
    errors=("endpoint-not-found", "service-not-found", "traffic-invalid"),
    terminal=CliCommand(
        "endpoint set-version",
        "Add a service as a version of an endpoint, or change a version.",
        (
            ENDPOINT,
            _VERSION,
            argument("--service", help="the service that is this version", names="service", default=""),
            argument(
                "--traffic", help="percent of the requests, 0 to 100; a new version gets none", type=int, metavar="N"
            ),
            argument("--default", help="make it the default version, which gets all that is left", action="store_true"),
            argument("--control", help="make it the control version; all others are treatments", action="store_true"),
            argument(
                "--withdraw-above-errors",
                help="withdraw it when more of its responses are errors, such as 5%%; `off` ends that",
                default="",
                metavar="PERCENT",
            ),
            argument(
                "--withdraw-above-latency",
                help="withdraw it when the 95th percentile of its response times is above, such as 500ms",
                default="",
                metavar="TIME",
            ),
            argument("--over", help="how far back these limits look", default="60s", metavar="TIME"),
            argument(
                "--at-least",
                help="responses below which these limits decide nothing",
                type=int,
                default=20,
                metavar="N",
            ),
        ),
        ("scoredock endpoint set-version diabetes green --service diabetes-green --traffic 10",),
    ),
    editor=(
        EditorCommand(
            "addEndpointVersion",
            "Add Version…",
            "endpoints/joining",
            icon="add",
            menus=(rows("services", "endpoint", "2_change@3"),),
        ),
    ),
)
def set_version(
    params: messages.EndpointVersionParams, context: Context, operation: Operation
) -> messages.EndpointDetails:
    """A version more, or a change of one."""
    from scoredock.services.endpoints.endpoints import VersionChanges
    from scoredock.services.endpoints.record import VersionLimits

    workspace = context.workspace(params.workspace_id)
    limits = VersionLimits(**dataclasses.asdict(params.limits)) if params.limits is not None else None
    changes = VersionChanges(params.service, params.share, params.is_default, params.is_control, limits)
    endpoints = _endpoints(context, workspace.id, operation)
    return _message(endpoints.set_version(params.name, params.version, changes, _guard(params)), workspace.id)


@verb(
    "endpoint/removeVersion",
    progress="Removing version",
    changes=True,
    errors=("endpoint-not-found", "endpoint-version-not-found"),
    terminal=CliCommand(
        "endpoint delete-version",
        "Remove a version from an endpoint once it has responded to all its requests. Its service stays.",
        (ENDPOINT, _VERSION),
        ("scoredock endpoint delete-version diabetes green",),
    ),
    editor=(
        EditorCommand(
            "deleteEndpointVersion",
            "Delete Version",
            "endpoints/traffic",
            icon="trash",
            menus=(rows("services", "deletable", "9_delete@1"),),
        ),
    ),
)
def remove_version(
    params: messages.EndpointVersionRef, context: Context, operation: Operation
) -> messages.EndpointDetails:
    """A version less; its service stays."""
    workspace = context.workspace(params.workspace_id)
    changed = _endpoints(context, workspace.id, operation).remove_version(params.name, params.version, _guard(params))
    return _message(changed, workspace.id)


@verb(
    "endpoint/traffic",
    progress="Changing traffic",
    changes=True,
    errors=("endpoint-not-found", "endpoint-version-not-found", "traffic-invalid"),
    terminal=CliCommand(
        "service traffic",
        "Change which version of an endpoint gets how many percent of the requests.",
        (
            ENDPOINT,
            argument("shares", help="VERSION=PERCENT; versions that are not named get 0", nargs="*", metavar="SHARE"),
            argument("--default", help="the version that gets what is left of 100", default="", metavar="VERSION"),
            argument(
                "--mirror",
                help="VERSION=PERCENT: send this version copies of requests, 0 to 50%%; `off` ends that",
                default="",
                metavar="SHARE",
            ),
        ),
        (
            "scoredock service traffic diabetes blue=90 green=10",
            "scoredock service traffic diabetes --mirror green=20",
            "scoredock service traffic diabetes",
        ),
    ),
    editor=(
        EditorCommand(
            "setEndpointTraffic",
            "Change Traffic…",
            "endpoints/traffic",
            icon="settings",
            menus=(rows("services", "endpoint", "2_change@1"),),
        ),
    ),
)
def traffic(params: messages.EndpointTrafficParams, context: Context, operation: Operation) -> messages.EndpointDetails:
    """Which version gets how much."""
    workspace = context.workspace(params.workspace_id)
    changed = _endpoints(context, workspace.id, operation).traffic(
        params.name, params.traffic, params.default, _guard(params)
    )
    return _message(changed, workspace.id)


@verb(
    "endpoint/limits",
    progress="Changing limits",
    changes=True,
    errors=("endpoint-not-found", "endpoint-version-not-found", "limits-invalid"),
    editor=(
        EditorCommand(
            "setVersionLimits",
            "Withdraw Automatically…",
            "endpoints/limits",
            icon="shield",
            menus=(rows("services", "deletable", "1_main@3"),),
        ),
    ),
)
def limits(params: messages.EndpointLimitsParams, context: Context, operation: Operation) -> messages.EndpointDetails:
    """Above which versions are withdrawn by the router."""
    from scoredock.services.endpoints.record import VersionLimits

    workspace = context.workspace(params.workspace_id)
    given = {name: VersionLimits(**dataclasses.asdict(each)) for name, each in params.limits.items()}
    changed = _endpoints(context, workspace.id, operation).limits(params.name, given, _guard(params))
    return _message(changed, workspace.id)


@verb(
    "endpoint/mirror",
    progress="Changing traffic",
    changes=True,
    errors=("endpoint-not-found", "endpoint-version-not-found", "traffic-invalid"),
    editor=(
        EditorCommand(
            "mirrorEndpoint",
            "Mirror Traffic…",
            "endpoints/traffic",
            icon="mirror",
            menus=(rows("services", "endpoint", "2_change@2"),),
        ),
    ),
)
def mirror(params: messages.EndpointMirrorParams, context: Context, operation: Operation) -> messages.EndpointDetails:
    """Copies of requests to a version."""
    workspace = context.workspace(params.workspace_id)
    changed = _endpoints(context, workspace.id, operation).mirror(
        params.name, params.version, params.share, _guard(params)
    )
    return _message(changed, workspace.id)


@verb(
    "endpoint/differences",
    progress="Reading endpoint",
    errors=("endpoint-not-found",),
    terminal=CliCommand(
        "endpoint differences",
        "List the first responses to copied requests that differ from the response that the client got.",
        (ENDPOINT,),
        ("scoredock endpoint differences diabetes",),
    ),
)
def differences(params: messages.EndpointRef, context: Context, operation: Operation) -> messages.EndpointDifferences:
    """Answers to copies that were not as those of the version that the request was for."""
    found = _endpoints(context, context.workspace(params.workspace_id).id, operation).differences(params.name)
    told = [
        messages.EndpointDifference(
            each.time,
            each.version,
            each.compared_with,
            each.difference,
            each.request,
            list(each.answers),
            list(each.milliseconds),
        )
        for each in found
    ]
    return messages.EndpointDifferences(params.name, told)


@verb(
    "endpoint/promote",
    progress="Promoting version",
    changes=True,
    errors=("endpoint-not-found", "endpoint-version-not-found"),
    terminal=CliCommand(
        "endpoint promote",
        "Make a version the default one and send it all requests.",
        (ENDPOINT, _VERSION),
        ("scoredock endpoint promote diabetes green",),
    ),
    editor=(
        EditorCommand(
            "promoteVersion",
            "Promote",
            "endpoints/traffic",
            icon="arrow-up",
            menus=(rows("services", "promotable", "inline@1", "1_main@1"),),
        ),
    ),
)
def promote(params: messages.EndpointVersionRef, context: Context, operation: Operation) -> messages.EndpointDetails:
    """A version answers everything from now on."""
    workspace = context.workspace(params.workspace_id)
    changed = _endpoints(context, workspace.id, operation).promote(params.name, params.version, _guard(params))
    return _message(changed, workspace.id)


@verb(
    "endpoint/withdraw",
    progress="Withdrawing version",
    changes=True,
    errors=("endpoint-not-found", "endpoint-version-not-found"),
    terminal=CliCommand(
        "endpoint withdraw",
        "Send a version no requests any more. The default version gets them.",
        (ENDPOINT, _VERSION),
        ("scoredock endpoint withdraw diabetes green",),
    ),
    editor=(
        EditorCommand(
            "withdrawVersion",
            "Withdraw",
            "endpoints/traffic",
            icon="arrow-down",
            menus=(rows("services", "withdrawable", "1_main@2"),),
        ),
    ),
)
def withdraw(params: messages.EndpointVersionRef, context: Context, operation: Operation) -> messages.EndpointDetails:
    """A version answers nothing from now on, and stays."""
    workspace = context.workspace(params.workspace_id)
    changed = _endpoints(context, workspace.id, operation).withdraw(params.name, params.version, _guard(params))
    return _message(changed, workspace.id)


@verb(
    "endpoint/start",
    progress="Starting endpoint",
    changes=True,
    errors=("endpoint-not-found",),
    terminal=CliCommand(
        "endpoint start", "Start an endpoint that was stopped.", (ENDPOINT,), ("scoredock endpoint start diabetes",)
    ),
    editor=(
        EditorCommand(
            "startEndpoint",
            "Start",
            "endpoints/endpoints",
            icon="play",
            menus=(rows("services", "halted", "inline@3", "2_change@4"),),
        ),
    ),
)
def start(params: messages.EndpointRef, context: Context, operation: Operation) -> messages.EndpointDetails:
    """The router of an endpoint."""
    workspace = context.workspace(params.workspace_id)
    return _message(_endpoints(context, workspace.id, operation).start(params.name), workspace.id)


@verb(
    "endpoint/stop",
    progress="Stopping endpoint",
    changes=True,
    errors=("endpoint-not-found",),
    terminal=CliCommand(
        "endpoint stop",
        "Stop an endpoint. The services of its versions stay.",
        (ENDPOINT,),
        ("scoredock endpoint stop diabetes",),
    ),
    editor=(
        EditorCommand(
            "stopEndpoint",
            "Stop",
            "endpoints/endpoints",
            icon="debug-stop",
            menus=(rows("services", "routing", "inline@3", "2_change@4"),),
        ),
    ),
)
def stop(params: messages.EndpointRef, context: Context, operation: Operation) -> messages.EndpointDetails:
    """The router of an endpoint; the services stay."""
    workspace = context.workspace(params.workspace_id)
    return _message(_endpoints(context, workspace.id, operation).stop(params.name), workspace.id)


@verb(
    "endpoint/delete",
    progress="Deleting endpoint",
    changes=True,
    errors=("endpoint-not-found",),
    terminal=CliCommand(
        "endpoint delete",
        "Delete an endpoint. The services of its versions stay.",
        (ENDPOINT,),
        ("scoredock endpoint delete diabetes",),
    ),
    editor=(
        EditorCommand(
            "deleteEndpoint",
            "Delete Endpoint",
            "endpoints/endpoints",
            icon="trash",
            menus=(rows("services", "endpoint", "9_delete@1"),),
        ),
    ),
)
def delete(params: messages.EndpointRef, context: Context, operation: Operation) -> messages.Empty:
    """An endpoint; the services stay."""
    _endpoints(context, context.workspace(params.workspace_id).id, operation).delete(params.name)
    return messages.Empty()


def _endpoints(context: Context, workspace_id: str, operation: Operation | None = None) -> Endpoints:
    from scoredock.services.endpoints.endpoints import Endpoints

    if operation is None:
        return Endpoints(context.deployments(workspace_id))
    return Endpoints(context.deployments(workspace_id), operation.progress, operation.cancel)


def current_endpoints(context: Context, workspace_id: str, services: list[Service]) -> list[messages.EndpointDetails]:
    """All endpoints as they are seen, for the views; `services` are those of the workspace."""
    return [_message(each, workspace_id) for each in _endpoints(context, workspace_id).look(services)]


def _guard(
    params: messages.EndpointVersionParams
    | messages.EndpointVersionRef
    | messages.EndpointTrafficParams
    | messages.EndpointMirrorParams
    | messages.EndpointLimitsParams,
) -> Guard:
    from scoredock.services.endpoints.endpoints import Guard

    return Guard(params.preview, params.expected)


def _message(view: EndpointView, workspace_id: str) -> messages.EndpointDetails:
    from scoredock.services.endpoints.record import stamp_of

    endpoint, seen = view.row.endpoint, view.seen
    port = seen.port if seen is not None and not is_at_rest(seen.state) else None
    own = view.answered.get(_OWN)
    return messages.EndpointDetails(
        name=endpoint.name,
        workspace_id=workspace_id,
        state=view.state,
        phase="degraded" if view.degraded else "",
        status=endpoint_status(view.state, "degraded" if view.degraded else ""),
        port=port,
        scoring_uri=f"http://127.0.0.1:{port}/score" if port else "",
        versions=[_version(view, each) for each in endpoint.versions],
        sticky_header=endpoint.sticky_header,
        mirror=endpoint.mirror,
        mirror_share=endpoint.mirror_share,
        takeover=endpoint.takeover,
        created=view.row.created,
        updated=view.row.updated,
        unanswered=own.lost if own is not None else 0,
        log_file=str(view.log_file) if view.log_file.exists() else "",
        stamp=stamp_of(endpoint),
        changes=list(view.changes),
    )


def _version(view: EndpointView, version: EndpointVersion) -> messages.EndpointVersionDetails:
    from scoredock.services.endpoints.router import AnswerCounts

    endpoint, service = view.row.endpoint, view.services.get(version.name)
    answered = view.answered.get(version.name) or AnswerCounts()
    kind: Literal["", "Control", "Treatment"] = ""
    if endpoint.control:
        kind = "Control" if version.name == endpoint.control else "Treatment"
    state: State | Literal["Missing"] = service.state if service is not None else "Missing"
    share, takes_requests = endpoint.effective(version.name), view.takes_requests(version.name)
    answered_by = view.answered_by(version.name)
    return messages.EndpointVersionDetails(
        name=version.name,
        service=version.service,
        share=share,
        is_default=version.name == endpoint.default,
        type=kind,
        state=state,
        status=version_status(state, takes_requests, share, answered_by),
        engine=service.engine if service is not None else "",
        takes_requests=takes_requests,
        answered_by=", ".join(answered_by),
        away_since=view.away_since(version.name),
        answered=answered.requests,
        failed=answered.failed,
        lost=answered.lost,
        mean_ms=_mean(answered.seconds, answered.requests - answered.lost),
        copied=answered.copied,
        different=answered.different,
        incomparable=answered.incomparable,
        uncopied=answered.uncopied,
        dropped=answered.dropped,
        copy_mean_ms=_mean(answered.copy_seconds, answered.copied),
        compared_mean_ms=_mean(answered.answer_seconds, answered.copied),
        limits=messages.EndpointLimits(**dataclasses.asdict(version.limits)) if version.limits else None,
        withdrawn=_withdrawn(version),
        withdrawn_at=version.withdrawal.time if version.withdrawal else None,
    )


def _withdrawn(version: EndpointVersion) -> str:
    withdrawal, limits = version.withdrawal, version.limits
    if withdrawal is None:
        return ""
    if withdrawal.kind == "errors":
        return l10n.t(
            "{name} was withdrawn: {measured:g}% of {requests} responses in {seconds} s were errors, above {limit}%.",
            name=version.name,
            measured=withdrawal.measured,
            requests=withdrawal.requests,
            seconds=limits.seconds,
            limit=limits.errors,
        )
    return l10n.t(
        "{name} was withdrawn: {measured:g}% of {requests} responses in {seconds} s took longer than {limit} ms.",
        name=version.name,
        measured=withdrawal.measured,
        requests=withdrawal.requests,
        seconds=limits.seconds,
        limit=limits.milliseconds,
    )


def _mean(seconds: float, number: int) -> float | None:
    """In milliseconds."""
    return round(seconds / number * 1000, 3) if number else None
