"""`scoredock workspace list|create|connect|use|show|engine|forget|move`."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command
from scoredock.cli.session import Session, facts, table
from scoredock.engine_table import places
from scoredock.features.workspaces import workspaces
from scoredock.protocol import messages


def _list(options: Namespace, session: Session) -> int:
    workspace_list = session.ask(workspaces.list_workspaces, folders=[])
    rows = [
        (
            "●" if item.is_active else "○",
            item.name,
            item.id,
            item.models,
            item.services,
            item.read_only or item.config_path,
        )
        for item in workspace_list.workspaces
    ]
    lines = [table(rows, ("", l10n.t("NAME"), l10n.t("ID"), l10n.t("MODELS"), l10n.t("SERVICES"), ""))]
    lines += [
        l10n.t("not connected: {name} from {path}", name=offer.workspace_name, path=offer.config_path)
        + f"\n  scoredock workspace connect {offer.config_path}"
        for offer in workspace_list.offers
    ]
    session.result(workspace_list, "\n".join(lines))
    return OK


def _create(options: Namespace, session: Session) -> int:
    folder = str(Path.cwd()) if options.use else ""
    return _report(session.ask(workspaces.create, options, folder=folder), session)


def _connect(options: Namespace, session: Session) -> int:
    return _report(
        session.ask(
            workspaces.connect,
            config_path=str(Path(options.path).absolute()),
            folder=str(Path.cwd()) if options.use else "",
        ),
        session,
    )


def _use(options: Namespace, session: Session) -> int:
    folder = str(Path(options.folder).absolute())
    return _report(session.ask(workspaces.use, id=options.name, folder=folder), session)


def _write_config(options: Namespace, session: Session) -> int:
    made = session.ask(workspaces.write_config, folder=str(Path(options.folder).absolute()), workspace_id=options.name)
    text = l10n.t("wrote {path}; it names the workspace {name}", path=made.path, name=made.workspace)
    session.result(made, text)
    return OK


def _show(options: Namespace, session: Session) -> int:
    return _report(session.ask(workspaces.show, id=options.name), session)


def _engine(options: Namespace, session: Session) -> int:
    if not options.engine:
        workspace = session.ask(workspaces.show, id="")
    else:
        workspace = session.ask(workspaces.choose_engine, options)
    session.result(
        workspace,
        l10n.t("Services for ACI and AKS run in {engine}.", engine=engine_words(workspace))
        if workspace.engine
        else l10n.t("Services for ACI and AKS run in {engine}; nothing was chosen.", engine=engine_words(workspace)),
    )
    return OK


def engine_words(workspace: messages.Workspace) -> str:
    """Engine that stands for ACI and AKS in a workspace, in words."""
    return places(workspace.engine)


def _forget(options: Namespace, session: Session) -> int:
    gone = session.ask(workspaces.forget, id=options.name)
    session.result(gone, l10n.t("forgotten; no files were removed, its models are still in {folder}", folder=gone.path))
    return OK


def _move(options: Namespace, session: Session) -> int:
    move = session.ask(workspaces.move, options, folder=str(Path(options.folder).absolute()))
    title = l10n.t("would move from {source} to {target}", source=move.source, target=move.target)
    if not options.dry_run:
        title = l10n.t("moved from {source} to {target}", source=move.source, target=move.target)
    rows = [(l10n.t("services"), ", ".join(move.services)), (l10n.t("models"), ", ".join(move.models))]
    lines = [title, facts(rows)] if move.services or move.models else [l10n.t("nothing was moved")]
    lines += [l10n.t("left: {what}", what=each) for each in move.left]
    if not options.dry_run and (move.services or move.models):
        undo = f"scoredock workspace move --from {move.target} --to {move.source}"
        lines.append(l10n.t("To undo, run `{command}`.", command=undo))
    session.result(move, "\n".join(lines))
    return FAILED if move.left else OK


def _report(workspace: messages.Workspace, session: Session) -> int:
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


COMMANDS = (
    Command("workspace list", _list),
    Command("workspace create", _create),
    Command("workspace connect", _connect),
    Command("workspace use", _use),
    Command("workspace write-config", _write_config),
    Command("workspace move", _move),
    Command("workspace show", _show),
    Command("workspace engine", _engine),
    Command("workspace forget", _forget),
)
