"""`scoredock workspace verify|repair|gc|backup|restore`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command, UsageError
from scoredock.cli.session import Session, size
from scoredock.counts import counted
from scoredock.features.workspaces import upkeep
from scoredock.protocol import messages


def _verify(options: Namespace, session: Session) -> int:
    found = session.ask(upkeep.verify, options, id=options.name)
    looked = l10n.t(", ").join([counted(found.versions, "version"), counted(found.files, "file"), size(found.bytes)])
    read = l10n.t("every byte was read") if found.deep else l10n.t("only sizes were compared; --deep reads every byte")
    lines = _problems(found.problems) or [l10n.t("no problems found")]
    session.result(found, "\n".join([l10n.t("; ").join([looked, read]), *lines]))
    return FAILED if found.problems else OK


def _repair(options: Namespace, session: Session) -> int:
    found = session.ask(upkeep.repair, id=options.name)
    lines = [*found.done, *_problems(found.left)] or [l10n.t("nothing to repair")]
    session.result(found, "\n".join(lines))
    return FAILED if found.left else OK


def _collect(options: Namespace, session: Session) -> int:
    if not 0 <= options.grace < 1e6:
        raise UsageError(l10n.t("--grace must be zero or more hours."))
    report = session.ask(upkeep.collect, options, id=options.name, grace_seconds=options.grace * 3600)
    what = l10n.t(", ").join([counted(report.files, "file"), size(report.bytes)])
    if options.dry_run:
        lines = [l10n.t("would remove {what}", what=what), *(f"  {path}" for path in report.paths)]
        lines += [l10n.t("would remove {what} from Docker", what=each) for each in report.docker]
        lines += [l10n.t("would permanently delete {id}", id=id) for id in report.purged]
    else:
        lines = [l10n.t("removed {what}", what=what)]
        lines += [l10n.t("removed {what} from Docker", what=each) for each in report.docker]
        lines += [l10n.t("permanently deleted {id}", id=id) for id in report.purged]
    lines += [l10n.t("Docker keeps {image}, which a container has", image=each) for each in report.docker_in_use]
    lines += [report.kept] if report.kept else []
    session.result(report, "\n".join(lines))
    return OK


def _backup(options: Namespace, session: Session) -> int:
    backup = session.ask(upkeep.backup, options, target=str(Path(options.file).absolute()), id=options.name)
    text = l10n.t(
        "backed up {versions} and {services} to {path}, {size}",
        versions=counted(backup.versions, "version"),
        services=counted(backup.services, "service"),
        path=backup.path,
        size=size(backup.size),
    )
    left = (l10n.t("✗ left out: {what}", what=each) for each in backup.left_out)
    session.result(backup, "\n".join([text, *left]))
    return FAILED if backup.left_out else OK


def _restore(options: Namespace, session: Session) -> int:
    folder = str(Path.cwd()) if options.use else ""
    workspace = session.ask(upkeep.restore, options, path=str(Path(options.file).absolute()), folder=folder)
    text = l10n.t(
        "restored the workspace {name} ({id}) with {models} and {services}; the services are stopped",
        name=workspace.name,
        id=workspace.id,
        models=counted(workspace.models, "model"),
        services=counted(workspace.services, "service"),
    )
    session.result(workspace, "\n".join([text, *workspace.notes]))
    return OK


def _problems(problems: Sequence[messages.WorkspaceProblem]) -> list[str]:
    return [line for problem in problems for line in (f"✗ {problem.message}", f"  {problem.fix}")]


COMMANDS = (
    Command("workspace verify", _verify),
    Command("workspace repair", _repair),
    Command("workspace gc", _collect),
    Command("workspace backup", _backup),
    Command("workspace restore", _restore),
)
