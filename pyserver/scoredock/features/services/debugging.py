"""A service that waits for a debugger, and where its files are for the editor."""

from __future__ import annotations

from scoredock.context import Context, Operation
from scoredock.features.arguments import SERVICE
from scoredock.features.debug_messages import mappings_of
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, Key, argument, files, needs, rows, tabs, verb


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
    sources = deployments.logs.places(params.name)
    return messages.ServicePlaces([sources.own(file) for file in params.files])


@verb("service/debugTarget", progress="Reading service")
def debug_target(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceDebugTarget:
    """Entry script and paths that an editor needs before it listens."""
    from scoredock.services.debug import debug_target as target

    script = target(context.deployments(params.workspace_id), params.name)
    return messages.ServiceDebugTarget(script.entry_script, mappings_of(script))


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

    deployments = context.deployments(params.workspace_id)
    skip = params.skip_checks
    service = start(deployments, params.name, params.port, operation.progress, operation.cancel, skip_checks=skip)
    return messages.ServiceDebug(service, mappings_of(target(deployments, params.name)))


def await_debug_end(params: messages.ServiceRef, context: Context, operation: Operation) -> None:
    """Block until the debug session has ended, for a process that would end before the session that goes through it."""
    from scoredock.services.debug import await_session_end

    await_session_end(context.deployments(params.workspace_id), params.name, operation.cancel)
