"""The services of a workspace and whether they run: listing, starting, stopping and deleting them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.clusters.target import patient_looks
from scoredock.context import Context, Operation
from scoredock.errors import Cancelled, ScoredockError
from scoredock.features.arguments import ALL, SERVICE
from scoredock.protocol import messages
from scoredock.state_table import is_running
from scoredock.verb import CliCommand, EditorCommand, argument, head, rows, verb

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments


@verb(
    "service/list",
    progress="Reading services",
    terminal=CliCommand(
        "service list",
        "List the services and their states.",
        (
            ALL,
            argument(
                "--refresh",
                help="wait longer for clusters that do not answer",
                action="store_true",
            ),
        ),
        ("scoredock service list", "scoredock service list --all --json", "scoredock service list --refresh"),
    ),
)
def list_services(params: messages.ServiceListParams, context: Context, operation: Operation) -> messages.ServiceList:
    """Services as they are right now, of one workspace or of all of this machine."""
    ids = [info.id for info in context.workspaces.list()] if params.all else [context.workspace(params.workspace_id).id]
    services: list[messages.Service] = []
    for workspace_id in ids:
        try:
            with patient_looks() if params.refresh else nullcontext():
                services += context.deployments(workspace_id).services()
        except ScoredockError:
            # One damaged workspace must not hide what runs in the others.
            if not params.all:
                raise
    return messages.ServiceList(services)


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
            menus=(rows("services", "service", "1_main@3"), rows("services", "served", "2_look@2")),
        ),
    ),
)
def show(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.Service:
    """One service as it is right now."""
    return context.deployments(params.workspace_id).service(params.name)


@verb(
    "service/stop",
    progress="Stopping service",
    changes=True,
    terminal=CliCommand(
        "service stop",
        "Stop a service; it can be started again.",
        (
            SERVICE,
            argument(
                "--now",
                help="do not wait for requests under way, which are cut off",
                action="store_true",
            ),
        ),
        ("scoredock service stop diabetes", "scoredock service stop diabetes --now"),
    ),
    editor=(
        EditorCommand(
            "stopService",
            "Stop",
            "services/services",
            icon="debug-stop",
            menus=(rows("services", "stoppable", "inline@3", "2_change@1"),),
        ),
        EditorCommand(
            "stopServiceNow",
            "Stop Now",
            "services/services",
            icon="debug-stop",
            menus=(rows("services", "stopping", "inline@3", "2_change@1"),),
        ),
    ),
)
def stop(params: messages.ServiceStopParams, context: Context, operation: Operation) -> messages.Service:
    """Ends it and frees its port; log and revisions stay."""
    deployments = context.deployments(params.workspace_id)
    deployments.stop(params.name, operation.progress, operation.cancel, now=params.now)
    return deployments.service(params.name)


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
    deployments = context.deployments(params.workspace_id)
    deployments.start(params.name, operation.progress, operation.cancel)
    return deployments.service(params.name)


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
    deployments = context.deployments(params.workspace_id)
    deployments.restart(params.name, operation.progress, operation.cancel)
    return deployments.service(params.name)


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
    context.deployments(params.workspace_id).delete(
        params.name, operation.progress, operation.cancel, force=params.force
    )
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

    def step(name: str) -> str:
        return l10n.t("Stopping {name}", name=name)

    return _all_of(params.all, context, operation, step, running, stop)


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
    from scoredock.services.deployments import Deployments

    def step(name: str) -> str:
        return l10n.t("Starting {name}", name=name)

    def start(deployments: Deployments, name: str) -> object:
        return deployments.start(name, operation.progress, operation.cancel)

    return _all_of(params.all, context, operation, step, Deployments.interrupted, start)


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
    changed: list[str] = []
    failure: ScoredockError | None = None
    for workspace_id in ids:
        try:
            deployments = context.deployments(workspace_id)
            services = names(deployments)
        except ScoredockError as error:  # a damaged workspace
            failure = failure or error
            continue
        for name in services:
            operation.cancel.raise_if_cancelled()
            operation.progress.report(step(name))
            try:
                act(deployments, name)
                changed.append(name)
            except Cancelled:
                raise
            except ScoredockError as error:
                failure = failure or error
    if failure is not None:
        raise failure
    return messages.ServiceNames(changed)
