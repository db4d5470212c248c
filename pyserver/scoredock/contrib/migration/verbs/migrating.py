"""Assets of Azure ML v1 are written as files of v2, with a report."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.migration import messages
from scoredock.errors import ScoredockError
from scoredock.verb import CliCommand, EditorCommand, MenuItem, argument, verb

if TYPE_CHECKING:
    from scoredock.contrib.migration.domain.report import Outcome

REPORT = "report.md"
_FOLDER = "explorerResourceIsFolder"


@verb(
    "migration/write",
    progress="Migrating to Azure ML v2",
    errors=("file-not-found", "migration-target-not-empty", "migration-source-invalid", "service-not-found"),
    terminal=CliCommand(
        "migrate",
        "Write the files of Azure ML v2 for assets of v1, with a report of what changes.",
        (
            argument("path", help="folder of a project, or one of its files", nargs="?", default=""),
            argument(
                "--output-path",
                help="folder to write; must be new or empty",
                default="",
                metavar="FOLDER",
            ),
            argument(
                "--service",
                help="instead of a folder: this service of the workspace, with its models and environment; may be"
                " repeated",
                names="service",
                action="append",
                default=[],
                metavar="NAME",
            ),
            argument(
                "--all",
                help="instead of a folder: all models, environments and services of the workspace",
                action="store_true",
            ),
            argument("--dry-run", help="print what would be written, and write nothing", action="store_true"),
        ),
        (
            "scoredock migrate . --output-path ../v2",
            "scoredock migrate --service diabetes --output-path v2",
            "scoredock migrate --all --output-path v2 --json",
            "scoredock migrate . --dry-run",
        ),
    ),
    editor=(
        EditorCommand(
            "migrate",
            "Migrate to Azure ML v2…",
            "contrib/migration/migrate",
            menus=((MenuItem("explorer/context", _FOLDER, "5_scoredock@8"),),),
        ),
    ),
)
def write(params: messages.MigrationParams, context: Context, operation: Operation) -> messages.Migration:
    """Writes everything at once, into a folder that takes its place as a whole. With `preview` nothing is written.

    Raises ScoredockError `migration-target-not-empty`, `migration-source-invalid` where there is nothing of v1,
    `cancelled`, and what reading and writing raise.
    """
    from scoredock.contrib.migration.domain.report import WrittenDocument
    from scoredock.contrib.migration.domain.report_text import counts_of, report_text, summary
    from scoredock.contrib.migration.verbs import writing

    folder = absolute(params.output_path) if params.output_path else None
    if not params.preview:
        if folder is None:
            raise ScoredockError(
                "migration-target-not-empty",
                l10n.t("No folder to write into was named."),
                l10n.t("Name one with `--output-path`, or look first with `--dry-run`."),
            )
        writing.require_free(folder)
    outcome, title = _outcome(params, context, operation, folder)
    report = report_text(outcome, title)
    documents = [WrittenDocument(REPORT, report), *outcome.documents]
    if not params.preview and folder is not None:
        writing.write(folder, documents, outcome.copies, operation)
    files = [messages.MigratedFile(each.path, each.text, each.origin) for each in documents]
    files += [messages.MigratedFile(each.path, source=each.place) for each in outcome.copies]
    return messages.Migration(
        folder=str(folder) if folder is not None else "",
        is_written=not params.preview,
        files=sorted(files, key=lambda each: each.path),
        notes=[messages.MigrationNote(n.kind, n.subject, n.key, n.message, n.next_step) for n in outcome.notes],
        changes=[messages.ScriptChange(path, diff) for path, diff in outcome.diffs],
        commands=list(outcome.commands),
        counts={str(kind): count for kind, count in counts_of(outcome).items()},
        summary=summary(outcome),
        report=report,
    )


def _outcome(
    params: messages.MigrationParams, context: Context, operation: Operation, folder: Path | None
) -> tuple[Outcome, str]:
    from scoredock.contrib.migration.domain.services import migrate
    from scoredock.contrib.migration.verbs.carried_packages import with_files
    from scoredock.contrib.migration.verbs.files import read_project
    from scoredock.contrib.migration.verbs.project import ProjectShelf
    from scoredock.contrib.migration.verbs.workspace import WorkspaceShelf

    workspace = context.workspace(params.workspace_id)
    local = context.environments(workspace.id).local_wheels
    if params.path:
        path = absolute(params.path)
        project = read_project(path, context, operation, folder)
        if not any(project.files.values()):
            raise ScoredockError("migration-source-invalid", l10n.t("{path} has nothing of Azure ML v1.", path=path))
        source = ProjectShelf(project, context, operation, workspace.id, folder)
        outcome = migrate(with_files(source.shelf(), local, operation))
        source.write_scripts(outcome)
        return _below(outcome, project.root), l10n.t("{path} in Azure ML v2", path=path.name or str(path))
    stored = WorkspaceShelf(context, operation, workspace.id)
    shelf = stored.services(params.services) if params.services else stored.everything()
    outcome = migrate(with_files(shelf, local, operation))
    return outcome, l10n.t("The workspace {name} in Azure ML v2", name=workspace.name)


def _below(outcome: Outcome, root: Path) -> Outcome:
    """The outcome with files of the project by their places in it."""
    prefix = f"{root}{os.sep}"
    outcome.notes = [
        replace(
            note,
            subject=note.subject.replace(prefix, ""),
            message=note.message.replace(prefix, ""),
            next_step=note.next_step.replace(prefix, ""),
        )
        for note in outcome.notes
    ]
    return outcome
