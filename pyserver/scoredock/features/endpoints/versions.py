"""The versions of an endpoint: which there are, and how much traffic each gets."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from scoredock.context import Context, Operation
from scoredock.features.endpoints.endpoints import ENDPOINT, endpoints_of, looked_at
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

if TYPE_CHECKING:
    from scoredock.services.endpoints.changes import Guard
    from scoredock.services.endpoints.endpoints import Endpoints
    from scoredock.services.endpoints.view import EndpointView


_VERSION = argument("version", help="name of the version")
_Change = (
    messages.EndpointVersionParams
    | messages.EndpointVersionRef
    | messages.EndpointTrafficParams
    | messages.EndpointMirrorParams
    | messages.EndpointLimitsParams
)


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
                help="withdraw it when more of its responses are errors, such as 5%; `off` ends that",
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
    from scoredock.services.endpoints.changes import VersionChanges
    from scoredock.services.endpoints.record import VersionLimits

    limits = VersionLimits(**dataclasses.asdict(params.limits)) if params.limits is not None else None
    changes = VersionChanges(params.service, params.share, params.is_default, params.is_control, limits)
    return _changed(
        params,
        context,
        operation,
        lambda endpoints, guard: endpoints.set_version(params.name, params.version, changes, guard),
    )


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
    return _changed(
        params,
        context,
        operation,
        lambda endpoints, guard: endpoints.remove_version(params.name, params.version, guard),
    )


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
    """Change the shares of the versions in the traffic."""
    return _changed(
        params,
        context,
        operation,
        lambda endpoints, guard: endpoints.traffic(params.name, params.traffic, params.default, guard),
    )


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

    limits = {name: VersionLimits(**dataclasses.asdict(each)) for name, each in params.limits.items()}
    return _changed(params, context, operation, lambda endpoints, guard: endpoints.limits(params.name, limits, guard))


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
    return _changed(
        params,
        context,
        operation,
        lambda endpoints, guard: endpoints.mirror(params.name, params.version, params.share, guard),
    )


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
    differences = [
        messages.EndpointDifference(
            each.time,
            each.version,
            each.compared_with,
            each.difference,
            each.request,
            list(each.answers),
            list(each.milliseconds),
        )
        for each in endpoints_of(context, params.workspace_id, operation).differences(params.name)
    ]
    return messages.EndpointDifferences(params.name, differences)


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
    return _changed(
        params, context, operation, lambda endpoints, guard: endpoints.promote(params.name, params.version, guard)
    )


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
    return _changed(
        params, context, operation, lambda endpoints, guard: endpoints.withdraw(params.name, params.version, guard)
    )


def _changed(
    params: _Change, context: Context, operation: Operation, change: Callable[[Endpoints, Guard], EndpointView]
) -> messages.EndpointDetails:
    """Result of a change; it is only shown where the params ask for a preview."""
    from scoredock.services.endpoints.changes import Guard

    guard = Guard(params.preview, params.expected)
    return looked_at(context, params.workspace_id, operation, lambda endpoints: change(endpoints, guard))
