"""Endpoints: several services as the versions of one, behind one port."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scoredock.context import Context, Operation
from scoredock.features.endpoint_messages import details
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

if TYPE_CHECKING:
    from scoredock.service import Service
    from scoredock.services.endpoints.endpoints import Endpoints
    from scoredock.services.endpoints.looks import EndpointLooks
    from scoredock.services.endpoints.view import EndpointView

ENDPOINT = argument("name", help="name of the endpoint", names="endpoint")
_NEW = argument("name", help="name of the endpoint", names="")


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
        [details(each, workspace.id) for each in endpoints_of(context, workspace.id, operation).all()]
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
    return looked_at(context, params.workspace_id, operation, lambda endpoints: endpoints.one(params.name))


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
            argument(
                "--through-router",
                help="on a compute target with a Gateway: requests come by the router, which counts and compares them",
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

    def new(endpoints: Endpoints) -> EndpointView:
        from scoredock.services.endpoints.changes import EndpointOptions

        options = EndpointOptions(params.port, params.sticky_header, params.takeover, params.through_router)
        return endpoints.create(params.name, params.version, params.service, options)

    return looked_at(context, params.workspace_id, operation, new)


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
    return looked_at(context, params.workspace_id, operation, lambda endpoints: endpoints.start(params.name))


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
    return looked_at(context, params.workspace_id, operation, lambda endpoints: endpoints.stop(params.name))


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
    endpoints_of(context, params.workspace_id, operation).delete(params.name)
    return messages.Empty()


def endpoints_of(context: Context, workspace_id: str, operation: Operation) -> Endpoints:
    """The endpoints of a workspace; empty means the active one."""
    from scoredock.services.endpoints.endpoints import Endpoints

    return Endpoints(context.deployments(workspace_id), operation.progress, operation.cancel)


def looked_at(
    context: Context, workspace_id: str, operation: Operation, act: Callable[[Endpoints], EndpointView]
) -> messages.EndpointDetails:
    """Result of an act as a message."""
    workspace_id = context.workspace(workspace_id).id
    return details(act(endpoints_of(context, workspace_id, operation)), workspace_id)


class ShownEndpoints:
    """Endpoints as they are seen, for the views, which look all the time."""

    def __init__(self) -> None:
        self._looks: EndpointLooks | None = None

    def details(
        self, context: Context, workspace_id: str, services: list[Service], good_for: float
    ) -> list[messages.EndpointDetails]:
        """All of a workspace, whose services are `services`; a look at a cluster is good for so many seconds."""
        from scoredock.services.endpoints.looks import EndpointLooks

        self._looks = self._looks or EndpointLooks()
        endpoints = endpoints_of(context, workspace_id, Operation())
        views = self._looks.views(workspace_id, endpoints, services, good_for)
        return [details(each, workspace_id) for each in views]
