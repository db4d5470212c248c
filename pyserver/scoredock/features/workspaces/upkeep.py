"""`workspace verify|repair|gc|backup|restore`: upkeep of a workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.errors import ScoredockError, WorkspaceDamaged
from scoredock.features.workspaces.workspaces import record
from scoredock.protocol import messages
from scoredock.registry.audit.log import AuditLog
from scoredock.registry.store.outbox import change
from scoredock.registry.upkeep.backup_file import BackupReader
from scoredock.registry.upkeep.carried_part import CarriedNote
from scoredock.registry.upkeep.problems import Problem
from scoredock.verb import CliCommand, EditorCommand, argument, head, rows, verb

_NAME = argument("name", help="id or name; the active workspace by default", names="workspace", nargs="?", default="")


@verb(
    "workspace/verify",
    progress="Verifying workspace",
    terminal=CliCommand(
        "workspace verify",
        "Check that a workspace is complete and undamaged. Nothing is changed.",
        (_NAME, argument("--deep", help="read every stored byte", action="store_true")),
        ("scoredock workspace verify", "scoredock workspace verify --deep"),
    ),
    editor=(
        EditorCommand(
            "verifyWorkspace",
            "Check Files…",
            "workspaces/maintenance",
            icon="verified",
            menus=(rows("workspaces", "workspace", "1_upkeep@1", menu="scoredock.workspace.upkeep"),),
        ),
    ),
)
def verify(
    params: messages.WorkspaceVerifyParams, context: Context, operation: Operation
) -> messages.WorkspaceVerified:
    """Problems of a workspace; nothing is changed. A store that cannot be opened is one of the problems."""
    from scoredock.features.workspaces.parts import problems_of_parts

    info = context.workspace(params.id)
    try:
        inspection = context.workspaces.open(info.id).inspect(
            params.deep, progress=operation.progress, cancel=operation.cancel
        )
    except ScoredockError as error:
        if not isinstance(error, WorkspaceDamaged):
            raise
        fix = l10n.t("Repair the workspace. The store is rebuilt from the manifests next to the models.")
        problem = messages.WorkspaceProblem(str(info.path), error.message, fix, repairable=True)
        return messages.WorkspaceVerified([problem], 0, 0, 0, params.deep)
    return messages.WorkspaceVerified(
        [*_problems(inspection.problems), *problems_of_parts(info.path, deep=params.deep, cancel=operation.cancel)],
        inspection.versions,
        inspection.files,
        inspection.bytes,
        inspection.deep,
    )


@verb(
    "workspace/repair",
    progress="Repairing workspace",
    changes=True,
    terminal=CliCommand(
        "workspace repair",
        "Repair what can be repaired: a lost store, manifests, and files that a service has a copy of.",
        (_NAME,),
        ("scoredock workspace repair",),
    ),
    editor=(
        EditorCommand(
            "repairWorkspace",
            "Repair…",
            "workspaces/maintenance",
            icon="tools",
            menus=(rows("workspaces", "workspace", "1_upkeep@2", menu="scoredock.workspace.upkeep"),),
        ),
    ),
)
def repair(
    params: messages.WorkspaceRepairParams, context: Context, operation: Operation
) -> messages.WorkspaceRepaired:
    """Puts right what can be; also when the store cannot be opened."""
    from scoredock.features.workspaces.parts import problems_of_parts
    from scoredock.registry.upkeep.repair import repair as put_right
    from scoredock.services.endpoints.adoption import adopt

    info = context.workspace(params.id)
    context.workspaces.close(info.id)
    try:
        found = put_right(info.path, adopt=adopt, progress=operation.progress, cancel=operation.cancel)
    finally:
        context.workspaces.close(info.id)
    others = problems_of_parts(info.path, deep=True, cancel=operation.cancel)
    return messages.WorkspaceRepaired(found.repairs, [*_problems(found.problems), *others])


@verb(
    "workspace/collect",
    progress="Removing unused files",
    changes=True,
    errors=("request-invalid",),
    terminal=CliCommand(
        "workspace gc",
        "Remove files that no version needs, what killed commands left, versions that have been in the trash for 30"
        " days, and what the workspace has put into Docker and no longer needs.",
        (
            _NAME,
            argument(
                "--grace",
                help="remove only files that are older than this; 24 hours by default",
                type=float,
                default=24.0,
                metavar="HOURS",
            ),
            argument("--dry-run", help="remove nothing, and show what would be removed", action="store_true"),
        ),
        ("scoredock workspace gc", "scoredock workspace gc --grace 0", "scoredock workspace gc --dry-run"),
    ),
    editor=(
        EditorCommand(
            "cleanUpWorkspace",
            "Remove Unused Files",
            "workspaces/maintenance",
            menus=(rows("workspaces", "workspace", "1_upkeep@3", menu="scoredock.workspace.upkeep"),),
        ),
    ),
)
def collect(
    params: messages.WorkspaceCollectParams, context: Context, operation: Operation
) -> messages.WorkspaceCollected:
    """Removes what nothing needs. Raises request-invalid for a grace that is not a time."""
    if not 0 <= params.grace_seconds < 1e10:
        raise ScoredockError(
            "request-invalid", l10n.t("The grace must be zero or more seconds."), l10n.t("Give a number of seconds.")
        )
    from scoredock.features.workspaces.parts import clear, left_over
    from scoredock.no_code.unused import collect, unused
    from scoredock.services.packaging.content_records import collect_layers, unneeded_layers
    from scoredock.services.packaging.made_images import collect as collect_images
    from scoredock.workspace.left_over import weight

    registry = context.registry(params.id)
    deployments = context.deployments(params.id)
    watch = (operation.progress, operation.cancel)
    report = registry.collect(params.grace_seconds, watch=watch, is_trial=params.dry_run)
    if params.dry_run:
        paths = [
            *unused(registry, params.grace_seconds),
            *unneeded_layers(registry, params.grace_seconds),
            *left_over(registry.folder),
        ]
        more = [weight(path) for path in paths]
        report.paths += map(str, paths)
    else:
        more = [
            collect(registry, params.grace_seconds),
            collect_layers(registry, params.grace_seconds),
            clear(registry.folder),
        ]
    files, size = sum(each for each, _ in more), sum(each for _, each in more)
    images = collect_images(deployments, dry_run=params.dry_run)
    return messages.WorkspaceCollected(
        report.files + files,
        report.bytes + size + images.bytes,
        report.purged,
        report.reason,
        list(images.references),
        list(images.references_in_use),
        report.paths,
    )


@verb(
    "workspace/backup",
    progress="Backing up workspace",
    terminal=CliCommand(
        "workspace backup",
        "Write a whole workspace to one file. `tar` can unpack it, too.",
        (
            argument("file", help="the file to write, outside the workspace"),
            argument(
                "name", help="id or name; the active workspace by default", names="workspace", nargs="?", default=""
            ),
            argument("--overwrite", help="replace the file if it exists", action="store_true"),
        ),
        ("scoredock workspace backup models.scoredock.tar",),
    ),
    editor=(
        EditorCommand(
            "backupWorkspace",
            "Back Up…",
            "workspaces/maintenance",
            icon="save",
            menus=(rows("workspaces", "workspace", "6_backup@1"),),
        ),
    ),
)
def backup(params: messages.WorkspaceBackupParams, context: Context, operation: Operation) -> messages.WorkspaceBackup:
    """The whole workspace as one file."""
    from scoredock.features.workspaces.parts import PARTS
    from scoredock.registry.upkeep.backup import backup as write
    from scoredock.services.lifecycle.service_backup import CarriedServices

    info = context.workspace(params.id)
    context.workspaces.open(info.id)
    archive = write(
        info.path,
        {
            "name": info.name,
            "subscriptionId": info.subscription_id,
            "resourceGroup": info.resource_group,
            "created": info.created,
        },
        absolute(params.target),
        CarriedServices(PARTS),
        overwrite=params.overwrite,
        progress=operation.progress,
        cancel=operation.cancel,
    )
    return messages.WorkspaceBackup(
        str(archive.path), archive.size, archive.versions, archive.services, archive.left_out
    )


@verb(
    "workspace/restore",
    progress="Restoring workspace",
    changes=True,
    terminal=CliCommand(
        "workspace restore",
        "Create a workspace from a backup. Every file is compared with its digest.",
        (
            argument("file", help="the backup file"),
            argument(
                "--name", help="name of the new workspace; the name in the backup by default", names="", default=""
            ),
            argument("--use", help="make it the active workspace of the working directory", action="store_true"),
        ),
        (
            "scoredock workspace restore models.scoredock.tar",
            "scoredock workspace restore models.scoredock.tar --name copy --use",
        ),
    ),
    editor=(
        EditorCommand(
            "restoreWorkspace",
            "Restore from Backup…",
            "workspaces/maintenance",
            menus=(head("workspaces", "1_backup@1"),),
        ),
    ),
)
def restore(params: messages.WorkspaceRestoreParams, context: Context, operation: Operation) -> messages.Workspace:
    """A new workspace from a backup; all of it or nothing."""
    from scoredock.features.workspaces.parts import PARTS, note_text
    from scoredock.registry.assets.compute_files import ComputeFiles
    from scoredock.registry.upkeep.restoring import restore as read
    from scoredock.services.lifecycle.service_backup import CarriedServices

    notes: list[CarriedNote] = []
    unpacked: list[str] = []
    """Where it was read, which is another folder when all is there."""

    def fill(folder: Path) -> Mapping[str, Any]:
        done = read(path, folder, CarriedServices(PARTS), progress=operation.progress, cancel=operation.cancel)
        ComputeFiles(folder).forget_key_of(each.path for each in context.workspaces.list())
        notes[:] = [*map(CarriedNote, done.notes), *done.parts]
        unpacked[:] = [str(folder)]
        header: Mapping[str, Any] = done.header["workspace"]
        _record(folder, header, path, done.header.get("created"))
        return header

    path = absolute(params.path)
    with BackupReader(path, operation.cancel) as reader:
        context.workspaces.intake.name_for(params.name, reader.header["workspace"])  # refused before anything is read
    info = context.workspaces.intake.take_in(fill, params.name)
    if params.folder:
        info = context.workspaces.use(info.id, absolute(params.folder))
    restored = record(info, context)
    texts = [note_text(each, restored) for each in notes]
    for folder in unpacked:
        texts = [each.replace(folder, str(info.path)) for each in texts]
    return replace(restored, notes=texts)


def _record(folder: Path, header: Mapping[str, Any], path: Path, created: object) -> None:
    """The audit log of a restored workspace begins with that."""
    name = str(header["name"])[:100]
    facts = {"name": name, "backup": str(path), "created": created if isinstance(created, int | float) else None}
    AuditLog(folder).append(lambda _: [change("workspace.restored", f"workspaces/{name}", facts)])


def _problems(problems: list[Problem]) -> list[messages.WorkspaceProblem]:
    return [messages.WorkspaceProblem(each.subject, each.message, each.fix, each.repairable) for each in problems]
