"""Workspaces: list, create, connect, use, show, forget, and the file that names one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.engine_table import LOCAL_ENGINES
from scoredock.errors import ScoredockError
from scoredock.features.workspaces.folder_workspace import view_sentences
from scoredock.protocol import messages
from scoredock.registry.store.faults import storing
from scoredock.state_table import is_running
from scoredock.verb import CliCommand, EditorCommand, argument, files, head, rows, verb
from scoredock.workspace import WorkspaceInfo
from scoredock.workspace_config import WorkspaceConfig, find_config, write_config_file

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments

_USE = argument("--use", help="make it the active workspace of the working directory", action="store_true")
_NAME = argument("name", help="id or name of the workspace", names="workspace")


@verb(
    "workspace/list",
    progress="Reading workspaces",
    terminal=CliCommand(
        "workspace list",
        "List the workspaces of this machine and configurations that could be connected.",
        examples=("scoredock workspace list", "scoredock workspace list --json"),
    ),
)
def list_workspaces(params: messages.StateListParams, context: Context, operation: Operation) -> messages.WorkspaceList:
    """All workspaces of this machine, the default first, and configurations that could be connected."""
    if params.folders:
        context.folders = tuple(absolute(folder) for folder in params.folders)
    return messages.WorkspaceList(records(context), offers(context))


@verb(
    "workspace/create",
    progress="Creating workspace",
    changes=True,
    terminal=CliCommand(
        "workspace create",
        "Create an empty workspace.",
        (argument("name", help="3 to 33 letters, digits, hyphens and underscores", names=""), _USE),
        ("scoredock workspace create experiments --use",),
    ),
    editor=(
        EditorCommand(
            "createWorkspace",
            "Create Workspace…",
            "workspaces/workspaces",
            icon="add",
            menus=(head("workspaces", "navigation@1"),),
        ),
    ),
)
def create(params: messages.WorkspaceCreateParams, context: Context, operation: Operation) -> messages.Workspace:
    """A new empty workspace."""
    info = context.workspaces.create(params.name, params.subscription_id, params.resource_group)
    if params.folder:
        info = context.workspaces.use(info.id, absolute(params.folder))
    return record(info, context)


@verb(
    "workspace/connect",
    progress="Connecting workspace",
    changes=True,
    terminal=CliCommand(
        "workspace connect",
        "Connect the workspace that a config.json names; the same identity gives the same workspace.",
        (
            argument(
                "path", help="the file, or a folder; its parent folders are searched, too", nargs="?", default="."
            ),
            _USE,
        ),
        ("scoredock workspace connect", "scoredock workspace connect .file-path/ws_config.json"),
    ),
    editor=(
        EditorCommand(
            "connectWorkspace",
            "Connect Workspace…",
            "workspaces/workspaces",
            icon="plug",
            menus=(
                files(
                    r"resourceFilename =~ /config\.json$/i && resourceFilename =~ /^(?!.*(inference|deployment))/i",
                    "2_scoredock@5",
                ),
                head("workspaces", "navigation@2"),
                rows("workspaces", "offer", "inline@1", "1_main@1"),
            ),
        ),
    ),
)
def connect(params: messages.WorkspaceConnectParams, context: Context, operation: Operation) -> messages.Workspace:
    """The local workspace of the identity that a configuration file names."""
    folder = absolute(params.folder) if params.folder else None
    return record(context.workspaces.connect(absolute(params.config_path), folder), context)


@verb("workspace/named", progress="Connecting workspace", changes=True)
def named(params: messages.WorkspaceNamedParams, context: Context, operation: Operation) -> messages.Workspace:
    """The workspace that a script names, made where a config.json of the same identity would make it."""
    folder = absolute(params.folder)
    info = context.workspaces.named(params.name, params.subscription_id, params.resource_group, folder)
    return record(info, context)


@verb(
    "workspace/open",
    progress="Connecting workspace",
    changes=True,
    errors=("workspace-config-missing", "workspace-config-invalid"),
)
def open_folder(params: messages.WorkspaceOpenParams, context: Context, operation: Operation) -> messages.Workspace:
    """The workspace that a folder or a configuration file means, created where only the configuration names it.

    A workspace that was named to the program wins. It is searched upwards from a path that is not there as well.
    Raises workspace-config-missing for a folder that means none but the default one, workspace-config-invalid.
    """
    path = absolute(params.path)
    if context.is_named:
        return record(context.current(), context)
    meaning = context.workspaces.meaning(path)
    if path.is_dir() and not params.file_name and meaning.reason == "choice":
        return record(meaning.info, context)
    config = None if path.is_file() else find_config(path, params.file_name)
    return record(context.workspaces.connect(config or path / params.file_name), context)


@verb(
    "workspace/writeConfig",
    progress="Changing workspace",
    changes=True,
    errors=("workspace-not-found", "workspace-config-exists"),
    terminal=CliCommand(
        "workspace write-config",
        "Write the config.json of a folder, which Workspace.from_config() of a script looks for.",
        (
            argument(
                "name", help="id or name; the folder's workspace by default", names="workspace", nargs="?", default=""
            ),
            argument("--folder", help="the working directory by default", default="."),
        ),
        ("scoredock workspace write-config", "scoredock workspace write-config local --folder deploy"),
    ),
    editor=(EditorCommand("writeWorkspaceConfig", "Write config.json", "workspaces/workspaces", icon="new-file"),),
)
def write_config(
    params: messages.WorkspaceWriteConfigParams, context: Context, operation: Operation
) -> messages.WorkspaceConfigWritten:
    """Writes the configuration that scripts of the SDK look for. Raises workspace-not-found, and
    workspace-config-exists where the folder has one, and what storing raises. The folder is made where it is not."""
    folder = absolute(params.folder)
    is_meant = not params.workspace_id and not context.is_named
    info = context.workspaces.resolve(folder) if is_meant else context.workspace(params.workspace_id)
    config = WorkspaceConfig(info.subscription_id, info.resource_group, info.name, Path())
    with storing(folder):
        path = write_config_file(folder, config)
    return messages.WorkspaceConfigWritten(str(path), info.name)


@verb(
    "workspace/move",
    progress="Moving to another workspace",
    changes=True,
    terminal=CliCommand(
        "workspace move",
        "Move the services and models of a folder into its workspace; running services run again there.",
        (
            argument("--folder", help="the working directory by default", default="."),
            argument(
                "--from",
                dest="source",
                metavar="NAME",
                help="workspace that has them; local by default",
                names="workspace",
                default="",
            ),
            argument(
                "--to",
                dest="target",
                metavar="NAME",
                help="workspace that gets them; that of the folder by default",
                names="workspace",
                default="",
            ),
            argument("--dry-run", help="only show what would be moved", action="store_true"),
        ),
        ("scoredock workspace move --dry-run", "scoredock workspace move --from contoso-ml --to local"),
    ),
    editor=(
        EditorCommand(
            "moveToWorkspace",
            "Move Here from Default Workspace…",
            "workspaces/move",
            icon="move",
            menus=(rows("workspaces", "left", "inline@1", "1_main@3"),),
        ),
    ),
)
def move(params: messages.WorkspaceMoveParams, context: Context, operation: Operation) -> messages.WorkspaceMoved:
    """Moves what a folder has in another workspace to its own, see `moving.move_folder`; what works with services is
    imported for it only."""
    from scoredock.features.workspaces.moving import move_folder

    return move_folder(params, context, operation)


@verb(
    "workspace/use",
    progress="Switching workspace",
    changes=True,
    terminal=CliCommand(
        "workspace use",
        "Make a workspace the active workspace of a folder.",
        (_NAME, argument("--folder", help="the working directory by default", default=".")),
        ("scoredock workspace use experiments",),
    ),
    editor=(
        EditorCommand(
            "switchWorkspace",
            "Use in This Folder",
            "workspaces/workspaces",
            icon="check",
            menus=(rows("workspaces", "workspace !active", "inline@1", "1_main@1"),),
        ),
    ),
)
def use(params: messages.WorkspaceUseParams, context: Context, operation: Operation) -> messages.Workspace:
    """Makes it the active one of a folder."""
    return record(context.workspaces.use(params.id, absolute(params.folder)), context)


@verb(
    "workspace/engine",
    progress="Changing workspace",
    terminal=CliCommand(
        "workspace engine",
        "Show or choose what services for ACI and AKS run with: processes of this machine, or containers.",
        (
            argument(
                "engine",
                help="process or docker; without one, what is chosen is shown",
                nargs="?",
                default=None,
                choices=LOCAL_ENGINES,
            ),
        ),
        ("scoredock workspace engine docker", "scoredock workspace engine"),
    ),
    editor=(
        EditorCommand(
            "chooseWorkspaceEngine",
            "Choose Engine for ACI and AKS…",
            "workspaces/engine",
            menus=(rows("workspaces", "workspace", "3_engine@1"),),
        ),
    ),
)
def choose_engine(params: messages.WorkspaceEngineParams, context: Context, operation: Operation) -> messages.Workspace:
    """Decides what services for ACI and AKS run with from now on; those that are there stay where they are."""
    if params.engine not in LOCAL_ENGINES:
        raise ScoredockError("engine-not-available", l10n.t("There is no engine {name}.", name=params.engine[:32]))
    return record(context.workspaces.choose_engine(context.workspace(params.id).id, params.engine), context)


@verb(
    "workspace/show",
    progress="Reading workspace",
    terminal=CliCommand(
        "workspace show",
        "Show one workspace.",
        (
            argument(
                "name", help="id or name; the active workspace by default", names="workspace", nargs="?", default=""
            ),
        ),
        ("scoredock workspace show",),
    ),
    editor=(
        EditorCommand(
            "showWorkspace",
            "Show Details",
            "workspaces/workspaces",
            icon="info",
            menus=(rows("workspaces", "workspace", "1_main@2"),),
        ),
    ),
)
def show(params: messages.WorkspaceRef, context: Context, operation: Operation) -> messages.Workspace:
    """One workspace."""
    return record(context.workspace(params.id), context)


@verb(
    "workspace/forget",
    progress="Removing workspace",
    changes=True,
    errors=("workspace-in-use",),
    terminal=CliCommand(
        "workspace forget",
        "Hide a workspace. No files are removed, and connecting it again shows it again.",
        (_NAME,),
        ("scoredock workspace forget experiments",),
    ),
    editor=(
        EditorCommand(
            "forgetWorkspace",
            "Remove from List…",
            "workspaces/workspaces",
            menus=(rows("workspaces", "workspace !default", "9_delete@1"),),
        ),
    ),
)
def forget(params: messages.WorkspaceRef, context: Context, operation: Operation) -> messages.WorkspaceForgotten:
    """Hides it; nothing is removed. Raises workspace-in-use while services of it run."""
    info = context.workspaces.get(params.id)
    running = [] if info.is_default else _running(context.deployments(info.id))
    if running:
        raise ScoredockError(
            "workspace-in-use",
            l10n.t(
                "The workspace {name} still has running services: {running}.",
                name=info.name,
                running=", ".join(running),
            ),
            details={"services": running},
        )
    return messages.WorkspaceForgotten(str(context.workspaces.forget(info.id)))


def _running(deployments: Deployments) -> list[str]:
    """Names of services and endpoints."""
    from scoredock.services.endpoints.endpoints import Endpoints

    services = [view.name for view in deployments.services() if is_running(view.state)]
    return list(dict.fromkeys([*services, *Endpoints(deployments).running()]))


def records(context: Context) -> list[messages.Workspace]:
    """All as messages."""
    active = context.current()
    shown = context.workspaces.list()
    if all(info.id != active.id for info in shown):
        shown.append(active)
    return [_record(info, context, active.id) for info in shown]


def record(info: WorkspaceInfo, context: Context) -> messages.Workspace:
    """One as a message."""
    return _record(info, context, context.current().id)


def offers(context: Context) -> list[messages.ConnectOffer]:
    """Configurations in or above the open folders that are not connected; what the active folder means is listed among
    the workspaces."""
    active = context.current()
    return [
        messages.ConnectOffer(str(found.path), found.workspace_name, found.subscription_id, found.resource_group)
        for found in context.workspaces.offers(context.folders)
        if active.exists or found.identity != active.identity
    ]


def _record(info: WorkspaceInfo, context: Context, active: str) -> messages.Workspace:
    read_only, models, services = "", 0, 0
    try:
        read_only = context.workspaces.open(info.id).read_only
        models, services = context.counts(info.id)
    except ScoredockError as error:
        # A damaged workspace is listed with its reason, so that the others stay usable.
        read_only = error.message
    reason, left_behind_text = view_sentences(context) if info.id == active and not context.is_named else ("", "")
    return messages.Workspace(
        id=info.id,
        name=info.name,
        is_default=info.is_default,
        is_active=info.id == active,
        path=str(Path(info.path)),
        subscription_id=info.subscription_id,
        resource_group=info.resource_group,
        config_path=info.config_path,
        read_only=read_only,
        models=models,
        services=services,
        engine=info.engine,
        exists=info.exists and not info.forgotten,
        reason=reason,
        left=left_behind_text,
    )
