"""`scoredock workspace …`."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command, argument
from scoredock.cli.session import Session, facts, table
from scoredock.features import workspaces
from scoredock.protocol import messages


def _list(options: Namespace, session: Session) -> int:
    found = workspaces.list_workspaces(messages.StateListParams([]), session.context, session.operation())
    rows = [
        (
            "●" if item.is_active else "○",
            item.name,
            item.id,
            item.models,
            item.services,
            item.read_only or item.config_path,
        )
        for item in found.workspaces
    ]
    lines = [table(rows, ("", l10n.t("NAME"), l10n.t("ID"), l10n.t("MODELS"), l10n.t("SERVICES"), ""))]
    lines += [
        l10n.t("not connected: {name} from {path}", name=offer.workspace_name, path=offer.config_path)
        + f"\n  scoredock workspace connect {offer.config_path}"
        for offer in found.offers
    ]
    session.result(found, "\n".join(lines))
    return OK


def _create(options: Namespace, session: Session) -> int:
    folder = str(Path.cwd()) if options.use else ""
    params = messages.WorkspaceCreateParams(options.name, folder)
    return _told(workspaces.create(params, session.context, session.operation()), session)


def _connect(options: Namespace, session: Session) -> int:
    params = messages.WorkspaceConnectParams(str(Path(options.path).absolute()), str(Path.cwd()) if options.use else "")
    return _told(workspaces.connect(params, session.context, session.operation()), session)


def _use(options: Namespace, session: Session) -> int:
    folder = str(Path(options.folder).absolute())
    params = messages.WorkspaceUseParams(options.name, folder)
    return _told(workspaces.use(params, session.context, session.operation()), session)


def _write_config(options: Namespace, session: Session) -> int:
    params = messages.WorkspaceWriteConfigParams(str(Path(options.folder).absolute()), options.name)
    made = workspaces.write_config(params, session.context, session.operation())
    told = l10n.t("wrote {path}; it names the workspace {name}", path=made.path, name=made.workspace)
    session.result(made, told)
    return OK


def _show(options: Namespace, session: Session) -> int:
    return _told(workspaces.show(messages.WorkspaceRef(options.name), session.context, session.operation()), session)


def _engine(options: Namespace, session: Session) -> int:
    if not options.engine:
        found = workspaces.show(messages.WorkspaceRef(""), session.context, session.operation())
    else:
        params = messages.WorkspaceEngineParams(options.engine)
        found = workspaces.choose_engine(params, session.context, session.operation())
    session.result(
        found,
        l10n.t("Services for ACI and AKS run in {engine}.", engine=engine_words(found))
        if found.engine
        else l10n.t("Services for ACI and AKS run in {engine}; nothing was chosen.", engine=engine_words(found)),
    )
    return OK


def engine_words(workspace: messages.Workspace) -> str:
    """What stands for ACI and AKS there."""
    return l10n.t("containers of this machine") if workspace.engine == "docker" else l10n.t("processes of this machine")


def _forget(options: Namespace, session: Session) -> int:
    gone = workspaces.forget(messages.WorkspaceRef(options.name), session.context, session.operation())
    session.result(gone, l10n.t("forgotten; no files were removed, its models are still in {folder}", folder=gone.path))
    return OK


def _move(options: Namespace, session: Session) -> int:
    params = messages.WorkspaceMoveParams(
        str(Path(options.folder).absolute()), options.source, options.target, options.dry_run
    )
    done = workspaces.move(params, session.context, session.operation())
    title = l10n.t("would move from {source} to {target}", source=done.source, target=done.target)
    if not options.dry_run:
        title = l10n.t("moved from {source} to {target}", source=done.source, target=done.target)
    rows = [(l10n.t("services"), ", ".join(done.services)), (l10n.t("models"), ", ".join(done.models))]
    lines = [title, facts(rows)] if done.services or done.models else [l10n.t("nothing was moved")]
    lines += [l10n.t("left: {what}", what=each) for each in done.left]
    if not options.dry_run and (done.services or done.models):
        undo = f"scoredock workspace move --from {done.target} --to {done.source}"
        lines.append(l10n.t("To undo, run `{command}`.", command=undo))
    session.result(done, "\n".join(lines))
    return FAILED if done.left else OK


def _told(workspace: messages.Workspace, session: Session) -> int:
    session.result(
        workspace,
        facts(
            [
                (l10n.t("name"), workspace.name),
                (l10n.t("id"), workspace.id),
                (l10n.t("active"), l10n.t("yes") if workspace.is_active else l10n.t("no")),
                (l10n.t("subscription"), workspace.subscription_id),
                (l10n.t("resource group"), workspace.resource_group),
                (l10n.t("configuration"), workspace.config_path),
                (l10n.t("ACI and AKS"), engine_words(workspace)),
                (l10n.t("models"), workspace.models),
                (l10n.t("services"), workspace.services),
                (l10n.t("read-only"), workspace.read_only),
                (l10n.t("folder"), workspace.path),
            ]
        ),
    )
    return OK


_NAME = argument("name", help="id or name of the workspace", names="workspace")
_USE = argument("--use", help="make it the active workspace of the working directory", action="store_true")

COMMANDS = (
    Command(
        "workspace list",
        "List the workspaces of this machine and configurations that could be connected.",
        _list,
        examples=("scoredock workspace list", "scoredock workspace list --json"),
    ),
    Command(
        "workspace create",
        "Create an empty workspace.",
        _create,
        (argument("name", help="3 to 33 letters, digits, hyphens and underscores", names=""), _USE),
        ("scoredock workspace create experiments --use",),
    ),
    Command(
        "workspace connect",
        "Connect the workspace that a config.json names; the same identity gives the same workspace.",
        _connect,
        (
            argument(
                "path", help="the file, or a folder; its parent folders are searched, too", nargs="?", default="."
            ),
            _USE,
        ),
        ("scoredock workspace connect", "scoredock workspace connect .file-path/ws_config.json"),
    ),
    Command(
        "workspace use",
        "Make a workspace the active workspace of a folder.",
        _use,
        (_NAME, argument("--folder", help="the working directory by default", default=".")),
        ("scoredock workspace use experiments",),
    ),
    Command(
        "workspace write-config",
        "Write the config.json of a folder, which Workspace.from_config() of a script looks for.",
        _write_config,
        (
            argument(
                "name", help="id or name; the folder's workspace by default", names="workspace", nargs="?", default=""
            ),
            argument("--folder", help="the working directory by default", default="."),
        ),
        ("scoredock workspace write-config", "scoredock workspace write-config local --folder deploy"),
    ),
    Command(
        "workspace move",
        "Move the services and models of a folder into its workspace; running services run again there.",
        _move,
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
    Command(
        "workspace show",
        "Show one workspace.",
        _show,
        (
            argument(
                "name", help="id or name; the active workspace by default", names="workspace", nargs="?", default=""
            ),
        ),
        ("scoredock workspace show",),
    ),
    Command(
        "workspace engine",
        "Show or choose what services for ACI and AKS run with: processes of this machine, or containers.",
        _engine,
        (
            argument(
                "engine",
                help="process or docker; without one, what is chosen is shown",
                nargs="?",
                default=None,
                choices=("process", "docker"),
            ),
        ),
        ("scoredock workspace engine docker", "scoredock workspace engine"),
    ),
    Command(
        "workspace forget",
        "Hide a workspace. No files are removed, and connecting it again shows it again.",
        _forget,
        (_NAME,),
        ("scoredock workspace forget experiments",),
    ),
)
